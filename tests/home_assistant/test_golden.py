"""The golden fixtures of the protocol: those of the server are read, those of the client are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from custom_components.nats_bridge.errors import RemoteError
from custom_components.nats_bridge.hello import Hello, Identity
from custom_components.nats_bridge.messages import Message, messages_of
from support.home import entity_id_of, state_of, until, until_state
from support.scripted import SEPARATOR, ScriptedSidecar, hello_result

FOLDER = Path(__file__).resolve().parents[2] / "contract" / "fixtures" / "protocol"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def golden(name: str) -> Any:
    """Return a fixture."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def frame(name: str) -> dict[str, Any]:
    """Return a frame."""
    found: dict[str, Any] = golden(name)["json"]
    return found


async def _set_up(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    sidecar.frames = [frame("frame.begin"), frame("frame.batch"), frame("frame.end")]
    await set_up(hass, entry)


def test_there_are_fixtures() -> None:
    assert {"hello.result", "frame.batch", "records", "report.arguments"} <= set(NAMES)


async def test_the_snapshot_becomes_the_home(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    await _set_up(hass, entry, sidecar)
    temperature = state_of(hass, "climate.hall.temperature")
    assert temperature is not None
    assert (temperature.state, temperature.attributes["unit_of_measurement"]) == ("21.5", "°C")
    heating = state_of(hass, "climate.hall.heating")
    assert heating is not None
    assert heating.attributes["hvac_modes"] == ["off", "heat"]
    assert state_of(hass, "climate.hall.doorbell") is not None
    # Health sensors are registered and disabled by default.
    assert entity_id_of(hass, "climate.hall.health_rssi") is not None
    assert state_of(hass, "climate.hall.health_rssi") is None
    hall = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{entry.unique_id}.climate.hall"), entry.entry_id)
    assert hall is not None
    assert (hall.name, hall.manufacturer, hall.sw_version) == ("Hall thermostat", "Acme", "2.1.0")
    assert hall.connections == {("mac", "02:00:5e:10:00:01")}
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.duplicate_device.climate.hall") is not None
    assert entry.runtime_data.cursor() == {
        "epoch": "6f0e8d1c2b3a4f55",
        "since": 131,
        "last_event": 4712,
        "event_epoch": "8de2a1c4f3b7000",
    }
    counters = entry.runtime_data.home.counters
    assert (counters.malformed, counters.wrong_values, counters.unknown_entities) == (0, 0, 0)


async def test_later_frames_are_applied(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    await _set_up(hass, entry, sidecar)
    await sidecar.push(frame("frame.batch.states"))
    await until_state(hass, "climate.hall.heating", "heat")
    await sidecar.push(frame("frame.batch.removed"))
    await until(lambda: entity_id_of(hass, "climate.hall.temperature") is None)
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.duplicate_device.climate.hall") is None
    assert entry.runtime_data.home.links == {"nats": "down"}


async def test_a_later_full_snapshot_removes_only_what_it_names_in_removed(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    await _set_up(hass, entry, sidecar)
    batch = frame("frame.batch.snapshot")
    old = [{"type": kind, "id": name} for kind, name in (removed.split(".") for removed in batch["removed"])]
    await sidecar.push({"t": "batch", "seq": 132, "devices": old})
    await until(lambda: {"switch.old", "climate.attic"} <= entry.runtime_data.population.devices.keys())
    sidecar.frames = [frame("frame.begin") | {"epoch": "another"}, batch, frame("frame.end")]
    await sidecar.cut()
    await until(lambda: entry.runtime_data.cursor()["epoch"] == "another")
    assert set(entry.runtime_data.population.devices) == {"climate.hall", "test.bench"}
    await until_state(hass, "climate.hall.temperature", "unavailable")
    await until_state(hass, "test.bench.relay", "unavailable")


@pytest.mark.parametrize("name", ["frame.bye", "frame.bye.slow"])
async def test_after_a_bye_it_resumes_where_it_was(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.link._LONGEST_DELAY", 0.1)
    await _set_up(hass, entry, sidecar)
    sidecar.frames = [frame("frame.begin.resume"), frame("frame.end")]
    await sidecar.push(frame(name))
    await until(lambda: len(sidecar.listens) == 2)
    [first], [resumed] = golden("listen.arguments.first")["arguments"], golden("listen.arguments.resume")["arguments"]
    assert sidecar.listens[0] == first
    assert sidecar.listens[1].keys() == resumed.keys()
    assert sidecar.listens[1] == {"epoch": "6f0e8d1c2b3a4f55", "since": 131, "last_event": 4712, "event_epoch": "8de2a1c4f3b7000"}
    await until(lambda: entry.runtime_data.home.links == {"nats": "down", "history": "up"})


def test_hello_is_written_and_read() -> None:
    [argument] = golden("hello.arguments")["arguments"]
    assert Identity("0.1.0", "2026.10.4", "9f3c0a1b", frozenset({"states", "actions"})).as_argument() == argument
    hello = Hello.from_result(frame("hello.result"))
    assert (hello.bridge_id, hello.version, hello.epoch) == ("k3v9x2qa", "0.1.0", "6f0e8d1c2b3a4f55")
    assert hello.capabilities == {
        "commands", "events", "report", "diagnostics", "forget", "publish", "request", "subscribe", "take",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name in {"hello.error", "not_ready", "command.error", "command.result.error"}]
)
def test_errors_are_read(name: str) -> None:
    record = frame(name)["error"]
    error = RemoteError.from_record(record)
    assert (error.code, error.message, error.retryable, error.details) == tuple(
        record[key] for key in ("code", "message", "retryable", "details")
    )


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("command.result", None),
        ("command.result.smallest", None),
        ("command.result.error", HomeAssistantError),
        ("command.error", ServiceValidationError),
    ],
)
async def test_a_command_is_sent_and_its_outcome_read(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, name: str, failure: type[Exception] | None
) -> None:
    result = frame(name)

    async def answer(_command: Any) -> Any:
        return result

    sidecar.on_command = answer
    await _set_up(hass, entry, sidecar)
    call = hass.services.async_call(
        "climate",
        "set_temperature",
        {"entity_id": entity_id_of(hass, "climate.hall.heating"), "temperature": 21.5},
        blocking=True,
        context=Context(id="01JCZ0000000000000000000BB", user_id=None),
    )
    if failure is None:
        await call
    else:
        with pytest.raises(failure, match=result["error"]["message"].split(":")[0].rstrip(".")):
            await call
    [sent] = sidecar.calls
    [whole], [smallest] = golden("command.arguments")["arguments"], golden("command.arguments.smallest")["arguments"]
    assert sent.keys() == whole.keys() == smallest.keys()
    assert sent["context"].keys() == whole["context"].keys()
    assert {key: sent[key] for key in ("entity", "action", "params")} == {
        key: whole[key] for key in ("entity", "action", "params")
    }
    if "state" in result:
        heating = state_of(hass, "climate.hall.heating")
        assert heating is not None
        assert heating.attributes["temperature"] == result["state"]["temperature"]


@pytest.mark.parametrize("name", ["report.result", "report.result.rejected"])
async def test_reports_have_the_shape_of_the_fixture(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, name: str
) -> None:
    result = frame(name)

    async def answer(number: int, batch: list[Any]) -> Any:
        return result

    sidecar.on_report = answer
    await _set_up(hass, entry, sidecar)
    hass.states.async_set("sun.sun", "above_horizon", {"elevation": 12.5})
    await until(lambda: sidecar.reports)
    number, [sent, *_] = sidecar.reports[0]
    expected_number, [expected, *_] = golden("report.arguments")["arguments"]
    assert type(number) is type(expected_number)
    assert sent.keys() == expected.keys()
    assert sent["context"].keys() == expected["context"].keys()
    await until(lambda: entry.runtime_data.reporter.waiting == 0)


@pytest.mark.parametrize(
    ("action", "name", "outcome"),
    [
        ("publish", "publish.result", None),
        ("publish", "publish.error", "message_device_subject"),
        ("request", "request.result", {"payload": "42 %", "headers": {"Unit": "percent"}}),
        ("request", "request.result.binary", {"payload": None, "headers": {}}),
        ("request", "request.error", "message_no_responders"),
    ],
)
async def test_a_message_is_sent_and_its_outcome_read(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, action: str, name: str, outcome: Any
) -> None:
    async def answer(_message: Any) -> Any:
        return frame(name)

    sidecar.on_message = answer
    await _set_up(hass, entry, sidecar)
    [whole] = golden(f"{action}.arguments")["arguments"]
    data = {key: value for key, value in whole.items() if key != "timeout_ms"}
    if action == "request":
        data["timeout"] = 2.5
    call = hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=action == "request")
    if isinstance(outcome, str):
        with pytest.raises(HomeAssistantError) as failure:
            await call
        assert failure.value.translation_key == outcome
    else:
        assert await call == outcome
    assert sidecar.messages == [whole]


async def test_the_items_of_a_subscription_are_read(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    await _set_up(hass, entry, sidecar)
    sidecar.items = [frame("subscribe.item.begin.last")]
    seen: list[Message] = []
    subscription, stop = await messages_of(hass, entry.entry_id).async_subscribe("garden.*.level", seen.append)
    assert sidecar.subscribed == golden("subscribe.arguments")["arguments"]
    assert subscription.last == Message("garden.level", "42", {"Unit": "percent"})
    for name, last in (("message", '{"percent":42}'), ("dropped", '{"percent":42}'), ("lost", None), ("begin", None)):
        await sidecar.push_item(frame(f"subscribe.item.{name}"))
        await until(lambda last=last: (subscription.last.payload if subscription.last is not None else None) == last)
    assert [(message.subject, message.headers) for message in seen] == [("garden.well.level", {"Source": "well"})]
    await until(lambda: "3 messages on garden.*.level came too fast" in caplog.text)
    # What is malformed harms nothing.
    for item in (None, 7, {}, {"t": "message"}, {"t": "message", "subject": 7}, {"t": "begin", "last": []}, {"t": "new"}):
        await sidecar.push_item(item)
    await sidecar.push_item({"t": "message", "subject": "garden.a.level", "payload": 7, "headers": 7})
    await until(lambda: seen[-1] == Message("garden.a.level", None, {}))
    stop()
    await until(lambda: sidecar.cancelled == 1)


async def test_the_session_of_the_records_is_reproduced(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    records = golden("records")["records"]
    assert all(record["record"].endswith(SEPARATOR) for record in records)
    client = [json.loads(record["record"].rstrip(SEPARATOR)) for record in records if record["from"] == "client"]
    targets = {record.get("target"): record for record in client}
    await _set_up(hass, entry, sidecar)
    assert client[0] == {"protocol": "json", "version": 1}
    for target in ("Hello", "Listen"):
        [ours] = [record for record in sidecar.records if record.get("target") == target]
        assert ours.keys() == targets[target].keys()
        assert (ours["type"], ours["invocationId"]) == (targets[target]["type"], targets[target]["invocationId"])
    # The records of the server are read, too.
    [(socket, _)] = sidecar._sockets
    for record in records:
        if record["from"] == "server" and '"item"' in record["record"]:
            await socket.send_str(record["record"])
    await until_state(hass, "climate.hall.temperature", "21.5")
    assert hello_result()["epoch"] == entry.runtime_data.cursor()["epoch"]
