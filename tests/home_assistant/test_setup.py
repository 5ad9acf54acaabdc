"""Set-up, unload, reload and removal of an entry."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity as entity_helper
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN, PLATFORMS
from custom_components.nats_bridge.entity import BridgeEntity
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import BRIDGE_ID, ScriptedSidecar, hello_result, snapshot

TEMPERATURE = entity("temperature", "sensor", device_class="temperature", unit_of_measurement="°C", state_class="measurement")
HALL = device("climate", "hall", TEMPERATURE, manufacturer="Acme", model="T1", suggested_area="Hall")
HOME = snapshot({"devices": [HALL]}, {"states": [["climate.hall.temperature", 21.5]]})


def _stored(*devices: dict[str, Any], bridge_id: str = BRIDGE_ID) -> dict[str, Any]:
    return {"version": 1, "minor_version": 1, "data": {"bridge_id": bridge_id, "devices": list(devices)}}


async def test_a_sensor_of_the_snapshot_is_added_with_its_state(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    entity_id = entity_id_of(hass, "climate.hall.temperature")
    assert [change.data["new_state"].state for change in changes if change.data["entity_id"] == entity_id] == ["21.5"]
    await sidecar.push({"t": "batch", "seq": 101, "states": [["climate.hall.temperature", 22]]})
    await until_state(hass, "climate.hall.temperature", "22")


async def test_the_client_identifies_itself(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    await set_up(hass, entry)
    [hello] = sidecar.hellos
    assert hello["name"] == "home_assistant"
    assert hello["version"] == "0.1.0"
    assert hello["platform_version"].startswith("2026.")
    assert hello["schema"] == 1
    assert len(hello["instance"]) >= 16
    assert sidecar.listens == [{"epoch": None, "since": None, "last_event": None, "event_epoch": None}]


async def test_devices_have_the_fields_of_their_announcement(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, device_registry: dr.DeviceRegistry
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    hub = device_registry.async_get_device_by_identifier((DOMAIN, BRIDGE_ID), entry.entry_id)
    assert hub is not None
    assert (hub.entry_type, hub.sw_version, hub.configuration_url) == (dr.DeviceEntryType.SERVICE, "0.1.0", sidecar.url)
    hall = device_registry.async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.climate.hall"), entry.entry_id)
    assert hall is not None
    assert (hall.name, hall.manufacturer, hall.model, hall.area_id, hall.via_device_id) == (
        "climate hall",
        "Acme",
        "T1",
        "hall",
        hub.id,
    )
    registered = er.async_get(hass).async_get(entity_id_of(hass, "climate.hall.temperature") or "")
    assert registered is not None
    assert (registered.unique_id, registered.device_id) == (f"{BRIDGE_ID}.climate.hall.temperature", hall.id)


async def test_without_stored_descriptions_an_unreachable_sidecar_is_tried_again(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    await sidecar.stop()
    with patch("custom_components.nats_bridge.hub.CONNECT_TIMEOUT", 0.05):
        await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_a_sidecar_that_starts_within_the_timeout_is_enough(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.status = 503
    sidecar.frames = HOME

    async def comes() -> None:
        await until(lambda: sidecar.connections)
        sidecar.status = None

    hass.async_create_background_task(comes(), "the sidecar comes")
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert sidecar.connections >= 2


async def test_a_sidecar_that_restarts_during_the_first_snapshot_is_waited_for(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    bye = {"t": "bye", "error": {"code": "SHUTDOWN", "message": "bye", "retryable": True, "details": {"retry_after": 0.1}}}
    sidecar.frames = [*HOME[:2], bye]

    async def comes_back() -> None:
        await until(lambda: sidecar.listens)
        sidecar.frames = HOME

    hass.async_create_background_task(comes_back(), "the sidecar comes back")
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert len(sidecar.listens) >= 2
    await until_state(hass, "climate.hall.temperature", "21.5")


async def test_with_stored_descriptions_entities_exist_before_the_sidecar_is_reached(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_storage: dict[str, Any]
) -> None:
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = _stored(HALL)
    await sidecar.stop()
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    state = state_of(hass, "climate.hall.temperature")
    assert state is not None
    assert state.state == "unavailable"
    sidecar.frames = HOME
    await sidecar.start()
    await until_state(hass, "climate.hall.temperature", "21.5")


async def test_the_descriptions_of_another_home_are_not_used(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_storage: dict[str, Any]
) -> None:
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = _stored(HALL, bridge_id="another1")
    await set_up(hass, entry)
    assert entity_id_of(hass, "climate.hall.temperature") is None


async def test_damaged_descriptions_do_no_harm(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_storage: dict[str, Any]
) -> None:
    stored = _stored(HALL, {"type": 5}, {"type": "a", "id": "b", "entities": [7, {"key": "x"}]})
    stored["data"]["devices"].append("nonsense")
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = stored
    sidecar.frames = HOME
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "climate.hall.temperature") is not None


@pytest.mark.parametrize("with_store", [False, True])
async def test_a_wrong_token_asks_for_the_right_one(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_storage: dict[str, Any], with_store: bool
) -> None:
    if with_store:
        hass_storage[f"{DOMAIN}.{entry.entry_id}"] = _stored(HALL)
    sidecar.token = "another"
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_an_unsupported_version_is_an_error_and_a_repair(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    sidecar.hello = hello_result(schema={"min": 2, "max": 2})
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.unsupported_version") is not None
    sidecar.hello = hello_result()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.unsupported_version") is None


async def test_the_sidecar_of_another_home_changes_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    hass_storage: dict[str, Any],
    issue_registry: ir.IssueRegistry,
) -> None:
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = _stored(HALL)
    sidecar.hello = hello_result(bridge_id="another1")
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "climate.hall.temperature") is not None
    assert not sidecar.listens
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.wrong_bridge") is not None


async def test_unloading_ends_the_connection_and_leaves_the_entities_registered(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    state = state_of(hass, "climate.hall.temperature")
    assert state is not None
    assert state.state == "unavailable"
    await until(lambda: not sidecar._sockets)


async def test_setting_up_and_unloading_a_large_home_yields_to_the_event_loop(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every step ends the turn, so that the number of turns does not depend on the machine.
    monkeypatch.setattr("custom_components.nats_bridge.pacer._SECONDS", 0.0)
    many = [device("many", str(number), *(entity(f"e{n}", "sensor") for n in range(40))) for number in range(5)]
    sidecar.frames = snapshot({"devices": many})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = hass.async_create_background_task(count(), "count")
    await set_up(hass, entry)
    assert turns > 200 / 4
    assert len(hass.states.async_entity_ids("sensor")) == 200
    turns = 0
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert turns > 200
    counting.cancel()
    assert {hass.states.get(entity_id).state for entity_id in hass.states.async_entity_ids("sensor")} == {"unavailable"}


async def test_after_a_failed_unload_the_entry_continues(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    with patch.object(hass.config_entries, "async_unload_platforms", return_value=False):
        assert not await hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: len(sidecar.listens) == 2)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["climate.hall.temperature", 25]]})
    await until_state(hass, "climate.hall.temperature", "25")
    await entry.runtime_data.async_stop()


async def test_removing_the_entry_leaves_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    hass_storage: dict[str, Any],
    issue_registry: ir.IssueRegistry,
) -> None:
    issue = {
        "id": "x",
        "key": "duplicate_device",
        "severity": "warning",
        "placeholders": {"device": "climate.hall"},
        "active": True,
    }
    sidecar.frames = snapshot({"devices": [HALL], "issues": [issue]})
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["devices"][0]["id"] == "hall"
    await hass.config_entries.async_remove(entry.entry_id)
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage
    assert not [key for key in issue_registry.issues if key[0] == DOMAIN]
    assert entity_id_of(hass, "climate.hall.temperature") is None


async def test_a_disabled_entity_is_registered_and_shown_after_it_is_enabled(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, entity_registry: er.EntityRegistry
) -> None:
    hidden = entity("rssi", "sensor", enabled_by_default=False, entity_category="diagnostic", name="Signal")
    sidecar.frames = snapshot({"devices": [device("climate", "hall", hidden)]}, {"states": [["climate.hall.rssi", -60]]})
    await set_up(hass, entry)
    entity_id = entity_id_of(hass, "climate.hall.rssi")
    assert entity_id is not None
    assert entity_registry.entities[entity_id].disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert hass.states.get(entity_id) is None
    await sidecar.push({"t": "batch", "seq": 101, "states": [["climate.hall.rssi", -61]]})
    entity_registry.async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await until_state(hass, "climate.hall.rssi", "-60")


async def test_a_renamed_entity_id_still_shows_states(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, entity_registry: er.EntityRegistry
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    entity_registry.async_update_entity(entity_id_of(hass, "climate.hall.temperature") or "", new_entity_id="sensor.my_own_name")
    await hass.async_block_till_done()
    await sidecar.push({"t": "batch", "seq": 101, "states": [["climate.hall.temperature", 19]]})
    await until(lambda: (state := hass.states.get("sensor.my_own_name")) and state.state == "19")
    assert "sensor.my_own_name" in entry.runtime_data.home.own_entity_ids


@pytest.mark.release("2026.11")
@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_no_entity_is_removed_and_added_again_when_it_is_renamed(platform: str) -> None:
    requires = vars(entity_helper)["_entity_class_requires_readd"]
    module = import_module(f"custom_components.nats_bridge.{platform}")
    classes = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, BridgeEntity)]
    assert classes
    assert [one.__name__ for one in classes if requires(one)] == []


async def test_a_disabled_entry_can_be_removed_before_anything_was_set_up(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    disabled = MockConfigEntry(domain=DOMAIN, unique_id=BRIDGE_ID, data={}, disabled_by=ConfigEntryDisabler.USER)
    disabled.add_to_hass(hass)
    hass_storage[f"{DOMAIN}.{disabled.entry_id}"] = _stored(HALL)
    await hass.config_entries.async_remove(disabled.entry_id)
    assert f"{DOMAIN}.{disabled.entry_id}" not in hass_storage
    assert "Traceback" not in caplog.text


async def test_disabling_an_entry_that_was_never_set_up_clears_its_repairs(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    sidecar.hello = hello_result(bridge_id="another1")

    def raised() -> bool:
        return issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.wrong_bridge") is not None

    # On a busy machine a short timeout may end before the sidecar has answered.
    timeout = 0.1
    while not raised():
        assert timeout < 10
        with patch("custom_components.nats_bridge.hub.CONNECT_TIMEOUT", timeout):
            await hass.config_entries.async_reload(entry.entry_id)
        timeout *= 2
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.wrong_bridge") is None


async def test_a_sidecar_that_sends_no_snapshot_at_the_start_is_logged_once_and_without_a_traceback(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = _stored(HALL)
    whole, sidecar.frames = snapshot({"devices": [HALL]}), []
    with patch("custom_components.nats_bridge.hub.SNAPSHOT_TIMEOUT", 0.1):
        await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    await sidecar.cut()
    await until(lambda: "cannot be reached" in caplog.text)
    connections = sidecar.connections
    await until(lambda: sidecar.connections > connections)
    sidecar.frames = whole
    await sidecar.cut()
    await until(lambda: "is connected again" in caplog.text)
    assert caplog.text.count("cannot be reached") == 1
    assert "shielded" not in caplog.text
