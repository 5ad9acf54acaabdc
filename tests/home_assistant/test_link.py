"""The link: hostile input, the order of frames, silence, and how it reconnects."""

from __future__ import annotations

from itertools import pairwise
import json
import time
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.link import Backoff
from custom_components.nats_bridge.model import parents_first, read_device
from support.home import device, entity, state_of, until, until_state
from support.scripted import SEPARATOR, ScriptedSidecar, snapshot

HOME = snapshot({"devices": [device("dev", "one", entity("x", "sensor"), entity("y", "sensor"))]}, {"states": [["dev.one.x", 1]]})


def _item(stream: str, item: Any) -> str:
    return json.dumps({"type": 2, "invocationId": stream, "item": item}) + SEPARATOR


async def _alive(hass: HomeAssistant, sidecar: ScriptedSidecar, value: int = 77) -> None:
    """Check that states are still applied, on this connection or on the next."""

    def shown() -> bool:
        return (state := state_of(hass, "dev.one.x")) is not None and state.state == str(value)

    for seq in range(900, 920):
        await until(lambda: sidecar._sockets)
        listens = len(sidecar.listens)
        await sidecar.push({"t": "batch", "seq": seq, "states": [["dev.one.x", value]]})
        await until(lambda: shown() or len(sidecar.listens) > listens)  # noqa: B023
        if shown():
            return
    raise AssertionError("states are no longer applied")


#: Frames that no sidecar sends. The connection may end over them; Home Assistant and the other entities may not.
HOSTILE_RECORDS = {
    "not JSON": "{nonsense" + SEPARATOR,
    "no object": "[1,2]" + SEPARATOR,
    "a number": "5" + SEPARATOR,
    "only separators": SEPARATOR * 3,
    "an unknown type": '{"type":99}' + SEPARATOR,
    "no type": "{}" + SEPARATOR,
    "an answer without a call": '{"type":3,"invocationId":"4711","result":{}}' + SEPARATOR,
    "an answer without an id": '{"type":3}' + SEPARATOR,
    "an invocation of ours": '{"type":1,"target":"Explode","arguments":[]}' + SEPARATOR,
    "the end of the stream": '{"type":3,"invocationId":"2"}' + SEPARATOR,
    "the stream's failure": '{"type":3,"invocationId":"2","error":"boom"}' + SEPARATOR,
    "a close": '{"type":7,"error":"go away","allowReconnect":true}' + SEPARATOR,
    "deep nesting": _item("2", None).replace("null", "[" * 3000 + "]" * 3000),
    "an item that is text": _item("2", "hello"),
    "another stream's item": _item("99", {"t": "batch", "seq": 1, "states": [["dev.one.x", 666]]}),
}

HOSTILE_FRAMES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an unknown kind": {"t": "surprise"},
    "a batch without a number": {"t": "batch", "states": [["dev.one.y", 5]]},
    "devices that are none": {
        "t": "batch",
        "seq": 1,
        "devices": [None, 5, "x", {}, {"type": 1, "id": 2}, {"type": "", "id": ""}],
    },
    "entities that are none": {
        "t": "batch",
        "seq": 1,
        "devices": [{"type": "a", "id": "b", "entities": [None, {}, {"key": 5, "platform": "sensor"}]}],
    },
    "removed that is none": {"t": "batch", "seq": 1, "removed": [None, 5, {"a": 1}]},
    "availability that is none": {"t": "batch", "seq": 1, "availability": [None, {}, {"device": 5, "online": 1}]},
    "states that are none": {
        "t": "batch",
        "seq": 1,
        "states": [None, [], ["dev.one.x"], ["a", "b", "c"], [[], 1], [None, None], 5],
    },
    "states of an unknown entity": {"t": "batch", "seq": 1, "states": [["dev.unknown.x", 5]]},
    "events that are none": {"t": "batch", "seq": 1, "events": [None, {}, {"id": "x", "entity": 1, "event_type": 2}]},
    "issues that are none": {
        "t": "batch",
        "seq": 1,
        "issues": [None, {}, {"id": 5}, {"id": "x", "placeholders": 5, "severity": 7}],
    },
    "links that are none": {"t": "batch", "seq": 1, "links": [1]},
    "members that are none": {"t": "batch", "seq": 1, "states": 5},
    "devices of the wrong shape": {"t": "batch", "seq": 1, "devices": 5},
    "a bye without a reason": {"t": "bye"},
    "a bye of the wrong shape": {"t": "bye", "error": 5},
}


@pytest.mark.parametrize("case", HOSTILE_RECORDS)
async def test_hostile_records_end_the_connection_at_most(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, case: str
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    await sidecar.push_raw(HOSTILE_RECORDS[case])
    await _alive(hass, sidecar)


@pytest.mark.parametrize("case", HOSTILE_FRAMES)
async def test_hostile_frames_end_the_connection_at_most(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, case: str
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    await sidecar.push(HOSTILE_FRAMES[case])
    await _alive(hass, sidecar)
    assert entry.state is ConfigEntryState.LOADED


async def test_a_binary_message_is_read_like_a_text(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    [(socket, stream)] = sidecar._sockets
    await socket.send_bytes(_item(stream, {"t": "batch", "seq": 101, "states": [["dev.one.x", 5]]}).encode())
    await until_state(hass, "dev.one.x", "5")


async def test_records_may_come_together_and_in_pieces(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    [(_, stream)] = sidecar._sockets
    text = "".join(
        _item(stream, {"t": "batch", "seq": 101 + number, "states": [["dev.one.x" if number % 2 else "dev.one.y", number]]})
        for number in range(6)
    )
    for start in range(0, len(text), 37):
        await sidecar.push_raw(text[start : start + 37])
    await until_state(hass, "dev.one.x", "5")
    await until_state(hass, "dev.one.y", "4")
    assert len(sidecar.listens) == 1
    assert entry.runtime_data.cursor()["since"] == 106


async def test_small_frames_do_not_overtake_a_large_one(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    many = [entity(f"s{number}", "sensor") for number in range(600)]
    sidecar.frames = snapshot({"devices": [device("dev", "one", entity("x", "sensor"), *many)]})
    await set_up(hass, entry)
    await sidecar.push(
        {"t": "batch", "seq": 101, "states": [[f"dev.one.s{number}", 1] for number in range(600)] + [["dev.one.x", 1]]},
        {"t": "batch", "seq": 102, "states": [["dev.one.x", 2]]},
        {"t": "batch", "seq": 103, "states": [["dev.one.s599", 3], ["dev.one.x", 3]]},
    )
    await until_state(hass, "dev.one.x", "3")
    await until_state(hass, "dev.one.s599", "3")
    await until_state(hass, "dev.one.s598", "1")
    assert entry.runtime_data.cursor()["since"] == 103


async def test_an_interrupted_snapshot_is_requested_again_completely(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    sidecar.frames = HOME[:-1]
    await sidecar.cut()
    await until(sidecar.listening.is_set)
    sidecar.frames = HOME
    await until(lambda: entry.runtime_data.cursor()["epoch"] is None)
    await sidecar.cut()
    await until(lambda: len(sidecar.listens) == 3)
    assert sidecar.listens[1]["since"] == 100
    assert sidecar.listens[2] == {"epoch": None, "since": None, "last_event": None, "event_epoch": None}
    await _alive(hass, sidecar)


async def test_the_connection_to_a_silent_sidecar_is_replaced(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.client.PING_INTERVAL", 0.05)
    monkeypatch.setattr("custom_components.nats_bridge.client.SILENCE_TIMEOUT", 0.2)
    sidecar.frames = HOME
    await set_up(hass, entry)
    await until(lambda: len(sidecar.listens) >= 2)


async def test_pings_are_sent_and_received_pings_end_the_silence(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.client.PING_INTERVAL", 0.02)
    monkeypatch.setattr("custom_components.nats_bridge.client.SILENCE_TIMEOUT", 0.3)
    sidecar.frames = HOME
    await set_up(hass, entry)
    for _ in range(30):
        pings = sidecar.pings
        await until(lambda: sidecar.pings > pings)  # noqa: B023
        await sidecar.push_raw('{"type":6}' + SEPARATOR)
    assert len(sidecar.listens) == 1


async def test_time_in_which_the_event_loop_stands_still_is_no_silence(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.client.PING_INTERVAL", 0.02)
    monkeypatch.setattr("custom_components.nats_bridge.client.SILENCE_TIMEOUT", 0.2)
    sidecar.frames = HOME
    await set_up(hass, entry)
    for _ in range(3):
        pings = sidecar.pings
        await sidecar.push_raw('{"type":6}' + SEPARATOR)
        time.sleep(0.3)  # noqa: ASYNC251  blocks the loop
        # The ping that follows the check for silence.
        await until(lambda: sidecar.pings > pings)  # noqa: B023
    assert len(sidecar.listens) == 1


async def test_an_unexpected_error_is_logged_and_the_link_reconnects(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    with monkeypatch.context() as patch:
        patch.setattr(entry.runtime_data.feed, "_apply_batch", lambda frame: 1 / 0)
        await sidecar.push({"t": "batch", "seq": 101, "devices": []}, {"t": "batch", "seq": 102, "devices": []})
        await until(lambda: "Unexpected error" in caplog.text or len(sidecar.listens) >= 2)
    await until(lambda: len(sidecar.listens) >= 2)
    await _alive(hass, sidecar)


def test_the_delay_is_short_for_a_minute_and_then_doubles_to_half_a_minute() -> None:
    class Clock:
        now = 0.0

        def time(self) -> float:
            return self.now

    clock = Clock()
    backoff = Backoff(clock)  # type: ignore[arg-type]
    delays = []
    for _ in range(200):
        delays.append(backoff.next())
        clock.now += delays[-1]
    first = [delay for delay in delays if delay <= 1.0]
    later = delays[len(first) :]
    assert all(0.5 <= delay <= 1.0 for delay in first)
    assert 55 <= sum(first) <= 62
    assert all(after >= before * 0.75 for before, after in pairwise(later[:4]))
    assert max(later) <= 30
    assert min(later[-20:]) >= 22
    backoff.reset()
    assert backoff.next() <= 1.0


def test_every_device_is_listed_once_and_after_its_gateway() -> None:
    raws = [device("a", str(number), via_device=f"a.{number + 1}") for number in range(50)] + [
        device("a", "50", via_device="a.0")
    ]
    devices = [found for raw in raws if (found := read_device(raw)) is not None]
    order = [found.id for found in parents_first(devices)]
    assert sorted(order) == sorted(found.id for found in devices)
    assert order.index("a.30") < order.index("a.10")


async def test_states_are_applied_to_entities_of_the_same_frame(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    await sidecar.push(
        {"t": "batch", "seq": 101, "devices": [device("dev", "two", entity("z", "sensor"))], "states": [["dev.two.z", 9]]}
    )
    await until_state(hass, "dev.two.z", "9")
    assert state_of(hass, "dev.one.x") is not None
