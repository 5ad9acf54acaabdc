"""A new entity's first state is the value that is known, else unknown: automations "from unavailable" must not react to it."""

from __future__ import annotations

from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, until, until_state
from support.scripted import ScriptedSidecar, snapshot

PLUG = entity("plug", "switch")
POWER = entity("power", "sensor", unit_of_measurement="W", device_class="power", state_class="measurement")
BELL = entity("bell", "event", event_types=["ring"])
DESK = device("plug", "desk", PLUG)


class Changes(dict[str, list[str]]):
    """The states that Home Assistant has written since, by object id."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to record."""
        super().__init__()

        @callback
        def record(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            self.setdefault(event.data["entity_id"].partition(".")[2], []).append("" if state is None else state.state)

        hass.bus.async_listen(EVENT_STATE_CHANGED, record)


@pytest.fixture
def changes(hass: HomeAssistant) -> Changes:
    """Record all states from now on."""
    return Changes(hass)


@pytest.fixture
async def home(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> MockConfigEntry:
    """Return an entry with one device."""
    sidecar.frames = snapshot({"devices": [DESK]}, {"states": [["plug.desk.plug", "on"]]})
    await set_up(hass, entry)
    await until_state(hass, "plug.desk.plug", "on")
    return entry


async def _push(sidecar: ScriptedSidecar, seq: int = 101, **members: Any) -> None:
    await sidecar.push({"t": "batch", "seq": seq, **members})


async def test_a_new_device_begins_with_the_values_that_came_with_it(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, changes: Changes
) -> None:
    # The second platform is set up for it.
    await _push(sidecar, devices=[device("plug", "hall", PLUG, POWER)], states=[["plug.hall.plug", "on"], ["plug.hall.power", 7]])
    await until_state(hass, "plug.hall.power", "7")
    await until_state(hass, "plug.hall.plug", "on")
    assert changes == {"plug_hall_plug": ["on"], "plug_hall_power": ["7"]}


async def test_a_new_device_without_values_begins_as_unknown(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, changes: Changes
) -> None:
    await _push(sidecar, devices=[device("plug", "hall", PLUG)])
    await until_state(hass, "plug.hall.plug", "unknown")
    await _push(sidecar, 102, states=[["plug.hall.plug", "on"]])
    await until_state(hass, "plug.hall.plug", "on")
    assert changes == {"plug_hall_plug": ["unknown", "on"]}


async def test_a_new_entity_begins_with_its_value_and_the_others_are_not_written(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, changes: Changes
) -> None:
    await _push(sidecar, devices=[device("plug", "desk", PLUG, POWER, revision=2)], states=[["plug.desk.power", 7]])
    await until_state(hass, "plug.desk.power", "7")
    assert changes == {"plug_desk_power": ["7"]}


async def test_new_entities_wait_while_more_of_their_values_follow(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, changes: Changes
) -> None:
    hall = device("plug", "hall", PLUG, POWER, BELL)
    ring = {"id": 1, "entity": "plug.hall.bell", "event_type": "ring", "attributes": {}, "at": "2026-11-21T10:00:00.123Z"}
    await _push(sidecar, devices=[hall], states=[["plug.hall.plug", "on"]], more=True)
    await _push(sidecar, 102, events=[ring], more=True)
    await _push(sidecar, 103, states=[["plug.desk.plug", "off"]], more=True)
    await until_state(hass, "plug.desk.plug", "off")
    assert changes == {"plug_desk_plug": ["off"]}
    await _push(sidecar, 104, states=[["plug.hall.power", 7]])
    await until_state(hass, "plug.hall.power", "7")
    await until(lambda: len(changes.get("plug_hall_bell", [])) == 2)
    rung = changes.pop("plug_hall_bell")
    assert rung[0] == "unknown"
    assert rung[1].startswith("20")
    assert changes == {"plug_desk_plug": ["off"], "plug_hall_plug": ["on"], "plug_hall_power": ["7"]}
    assert home.runtime_data.home.counters.unknown_entities == 0


@pytest.mark.parametrize("full", [True, False])
async def test_devices_that_came_while_the_connection_was_lost_begin_with_their_values(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, changes: Changes, full: bool
) -> None:
    sidecar.frames = snapshot(
        {"devices": [DESK, device("plug", "hall", PLUG, POWER)]},
        {"states": [["plug.desk.plug", "on"], ["plug.hall.plug", "on"]]},
        {"states": [["plug.hall.power", 7]]},
        full=full,
        epoch="e2",
    )
    await sidecar.cut()
    await until_state(hass, "plug.hall.power", "7")
    await until_state(hass, "plug.hall.plug", "on")
    assert changes == {"plug_hall_plug": ["on"], "plug_hall_power": ["7"]}


async def test_a_device_that_is_removed_before_its_entities_exist_leaves_nothing(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, changes: Changes
) -> None:
    await _push(sidecar, devices=[device("plug", "hall", PLUG)], states=[["plug.hall.plug", "on"]], more=True)
    await _push(sidecar, 102, removed=["plug.hall"], states=[["plug.desk.plug", "off"]])
    await until_state(hass, "plug.desk.plug", "off")
    assert changes == {"plug_desk_plug": ["off"]}
    assert "plug.hall.plug" not in home.runtime_data.population.entities


async def test_links_that_come_back_in_the_same_batch_count_for_new_entities(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, changes: Changes
) -> None:
    await _push(sidecar, links={"nats": "down"})
    await until_state(hass, "plug.desk.plug", "unavailable")
    await _push(sidecar, 102, devices=[device("plug", "hall", PLUG)], states=[["plug.hall.plug", "on"]], links={"nats": "up"})
    await until_state(hass, "plug.desk.plug", "on")
    await until_state(hass, "plug.hall.plug", "on")
    assert changes == {"plug_desk_plug": ["unavailable", "on"], "plug_hall_plug": ["on"]}


async def test_an_offline_device_is_unavailable_from_the_beginning(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, changes: Changes
) -> None:
    await _push(sidecar, devices=[device("plug", "hall", PLUG, online=False)], states=[["plug.hall.plug", "on"]])
    await until_state(hass, "plug.hall.plug", "unavailable")
    await _push(sidecar, 102, availability=[{"device": "plug.hall", "online": True, "since": "", "why": "announced"}])
    await until_state(hass, "plug.hall.plug", "on")
    assert changes == {"plug_hall_plug": ["unavailable", "on"]}


async def test_after_a_restart_each_entity_goes_to_its_value_once_the_sidecar_is_reached(
    hass: HomeAssistant,
    home: MockConfigEntry,
    sidecar: ScriptedSidecar,
    changes: Changes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await hass.config_entries.async_unload(home.entry_id)
    await until_state(hass, "plug.desk.plug", "unavailable")
    await sidecar.stop()
    changes.clear()
    monkeypatch.setattr("custom_components.nats_bridge.hub.SNAPSHOT_TIMEOUT", 0.1)
    await set_up(hass, home)
    sidecar.frames = snapshot(
        {"devices": [device("plug", "desk", PLUG, POWER)]},
        {"states": [["plug.desk.plug", "off"], ["plug.desk.power", 7]]},
        epoch="e2",
    )
    await sidecar.start()
    await until_state(hass, "plug.desk.plug", "off")
    await until_state(hass, "plug.desk.power", "7")
    # Home Assistant writes the restored state once more, while nothing has been received.
    assert changes["plug_desk_plug"][-2:] == ["unavailable", "off"]
    assert set(changes["plug_desk_plug"][:-1]) == {"unavailable"}
    assert changes["plug_desk_power"] == ["7"]
