"""Infrared and radio: other integrations send and receive signals with our entities."""

from __future__ import annotations

from typing import Any

from homeassistant.components import infrared, radio_frequency
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, entity_id_of, state_of, until
from support.scripted import ScriptedSidecar, snapshot
from support.signals import send_signal

TIMINGS = [9000, -4500, 560]
RANGES = [[433050000, 434790000]]
EMITTER = entity("x", "infrared", device_class="emitter")
INFRARED_RECEIVER = entity("x", "infrared", device_class="receiver")
TRANSMITTER = entity("x", "radio_frequency", supported_frequency_ranges=RANGES)
RADIO_RECEIVER = entity("x", "radio_frequency", device_class="receiver", supported_frequency_ranges=RANGES)

HAS_RADIO_RECEIVERS = hasattr(radio_frequency, "async_subscribe_receiver")


def received(number: int, **attributes: Any) -> dict[str, Any]:
    """Return a signal that the device has received."""
    return {"id": number, "entity": "dev.one.x", "event_type": "received", "attributes": attributes, "at": "2026-11-21T10:00:00Z"}


@pytest.mark.parametrize(
    ("description", "data"),
    [
        (EMITTER, {"timings": TIMINGS, "modulation": 38000}),
        (TRANSMITTER, {"timings": TIMINGS, "modulation": "OOK", "frequency": 433920000}),
        (
            TRANSMITTER,
            {
                "timings": TIMINGS,
                "modulation": "OOK",
                "frequency": 433920000,
                "repeat_count": 3,
                "symbol_rate": 2000,
                "output_power": 10.5,
            },
        ),
    ],
    ids=["infrared", "radio", "radio with everything"],
)
async def test_a_signal_becomes_one_command(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, description: dict[str, Any], data: dict[str, Any]
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", description)]})
    await set_up(hass, entry)
    await send_signal(hass, description["platform"], entity_id_of(hass, "dev.one.x") or "", data)
    [command] = sidecar.calls
    assert (command["entity"], command["action"], command["params"]) == ("dev.one.x", "send_command", data)
    state = state_of(hass, "dev.one.x")
    assert state is not None
    assert state.state != "unknown"


async def test_a_signal_that_the_device_refuses_is_an_error(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", EMITTER)]})
    await set_up(hass, entry)

    async def refuse(_command: Any) -> Any:
        return {"ok": False, "error": {"code": "BUSY", "message": "The lamp is hot", "retryable": True, "details": None}}

    sidecar.on_command = refuse
    with pytest.raises(HomeAssistantError, match="The lamp is hot"):
        await send_signal(hass, "infrared", entity_id_of(hass, "dev.one.x") or "", {"timings": TIMINGS, "modulation": 38000})


async def test_a_received_infrared_signal_reaches_who_waits_for_it(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", INFRARED_RECEIVER)]})
    await set_up(hass, entry)
    signals: list[infrared.InfraredReceivedSignal] = []
    stop = infrared.async_subscribe_receiver(hass, entity_id_of(hass, "dev.one.x") or "", signals.append)
    events = [received(1, timings=TIMINGS, modulation=38000), received(1, timings=[1]), received(2, timings=[5, -5])]
    await sidecar.push({"t": "batch", "seq": 101, "events": events})
    await until(lambda: len(signals) == 2)
    assert [(one.timings, one.modulation) for one in signals] == [(TIMINGS, 38000), ([5, -5], None)]
    stop()


@pytest.mark.release("2026.11")
async def test_a_received_radio_signal_reaches_who_waits_for_it(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", RADIO_RECEIVER)]})
    await set_up(hass, entry)
    signals: list[Any] = []
    subscribe: Any = vars(radio_frequency)["async_subscribe_receiver"]
    stop = subscribe(hass, entity_id_of(hass, "dev.one.x") or "", signals.append)
    events = [received(1, timings=TIMINGS, frequency=433920000, modulation="OOK"), received(2, timings=[5, -5])]
    await sidecar.push({"t": "batch", "seq": 101, "events": events})
    await until(lambda: len(signals) == 2)
    assert [(one.timings, one.frequency, str(one.modulation)) for one in signals] == [
        (TIMINGS, 433920000, "OOK"),
        ([5, -5], None, "OOK"),
    ]
    stop()


@pytest.mark.release("2026.10")
async def test_a_radio_receiver_is_left_out_where_home_assistant_has_none(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    parts = [RADIO_RECEIVER, TRANSMITTER | {"key": "y"}]
    sidecar.frames = snapshot({"devices": [device("dev", "one", *parts)]})
    await set_up(hass, entry)
    assert entity_id_of(hass, "dev.one.x") is None
    assert state_of(hass, "dev.one.y") is not None
    assert "dev.one.x is left out: radio receivers need Home Assistant 2026.11" in caplog.text


async def test_an_emitter_that_becomes_a_receiver_keeps_its_id(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", EMITTER | {"name": "Eye"})]})
    await set_up(hass, entry)
    entity_id = entity_id_of(hass, "dev.one.x")
    await sidecar.push({"t": "batch", "seq": 101, "devices": [device("dev", "one", INFRARED_RECEIVER | {"name": "Eye"})]})
    await until(lambda: (state := state_of(hass, "dev.one.x")) and state.attributes["device_class"] == "receiver")
    assert entity_id_of(hass, "dev.one.x") == entity_id


async def test_a_platform_that_home_assistant_cannot_set_up_leaves_the_others_alone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(*_: Any) -> bool:
        return False

    monkeypatch.setattr(infrared, "async_setup", fail)
    parts = [EMITTER, entity("y", "switch"), TRANSMITTER | {"key": "z"}]
    sidecar.frames = snapshot({"devices": [device("dev", "one", *parts)]}, {"states": [["dev.one.y", "on"]]})
    await set_up(hass, entry)
    state = state_of(hass, "dev.one.y")
    assert state is not None
    assert state.state == "on"
    assert state_of(hass, "dev.one.z") is not None
    assert entity_id_of(hass, "dev.one.x") is None
    assert "Home Assistant cannot set up infrared, so entities of this platform are left out" in caplog.text
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("before", "after"), [(EMITTER, INFRARED_RECEIVER), (INFRARED_RECEIVER, EMITTER)], ids=["emitter", "receiver"]
)
async def test_what_is_described_again_stays_and_what_changes_its_kind_is_replaced(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, before: dict[str, Any], after: dict[str, Any]
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", before)]})
    await set_up(hass, entry)
    first = entry.runtime_data.population.entities["dev.one.x"]
    for revision, description in ((2, before | {"icon": "mdi:remote"}), (3, after)):
        await sidecar.push(
            {"t": "batch", "seq": 100 + revision, "devices": [device("dev", "one", description, revision=revision)]}
        )
        await until(lambda revision=revision: entry.runtime_data.population.devices["dev.one"].revision == revision)
        await hass.async_block_till_done()
        now = entry.runtime_data.population.entities["dev.one.x"]
        assert (now is first) == (description is not after)
        assert state_of(hass, "dev.one.x") is not None


async def test_a_transmitter_that_is_described_again_stays(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", TRANSMITTER)]})
    await set_up(hass, entry)
    first = entry.runtime_data.population.entities["dev.one.x"]
    wider = TRANSMITTER | {"supported_frequency_ranges": [*RANGES, [868000000, 868600000]]}
    await sidecar.push({"t": "batch", "seq": 101, "devices": [device("dev", "one", wider, revision=2)]})
    await until(lambda: len(first.supported_frequency_ranges) == 2)
    assert entry.runtime_data.population.entities["dev.one.x"] is first
