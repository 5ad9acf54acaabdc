"""Only a tombstone removes a device: one that a full snapshot does not name stays, unavailable, until it is removed."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import BRIDGE_ID, ScriptedSidecar, snapshot

PLUG = entity("plug", "switch")
HALL = device("plug", "hall", PLUG)
DESK = device("plug", "desk", PLUG)
#: Its entities stay available while it is offline, but not while it is missing.
LEAF = device("cell", "leaf", PLUG, when_offline="assumed", online=False)
ALL = (HALL, DESK, LEAF)


def _states(*devices: dict[str, Any]) -> list[list[str]]:
    return [[f"{one['type']}.{one['id']}.plug", "on"] for one in devices]


def _full(*devices: dict[str, Any], epoch: str, **members: Any) -> list[dict[str, Any]]:
    """Return a full snapshot of these devices, all of them switched on."""
    return snapshot({"devices": list(devices)} | members, {"states": _states(*devices)}, epoch=epoch)


async def _reconnect(entry: MockConfigEntry, sidecar: ScriptedSidecar, frames: list[dict[str, Any]]) -> None:
    """Let the integration connect again and wait until it has applied these frames."""
    sidecar.frames = frames
    await sidecar.cut()
    await until(lambda: entry.runtime_data.cursor()["epoch"] == frames[0]["epoch"])


def _stored(*devices: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"version": 1, "minor_version": 1, "data": {"bridge_id": BRIDGE_ID, "devices": list(devices)} | fields}


def _registered(hass: HomeAssistant, entry: MockConfigEntry, device_id: str) -> dr.DeviceEntry | None:
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.{device_id}"), entry.entry_id)


@pytest.fixture
async def missing(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> MockConfigEntry:
    """Return an entry whose sidecar names only the hall of the three devices that it named before."""
    sidecar.frames = _full(*ALL, epoch="e1")
    await set_up(hass, entry)
    await until_state(hass, "plug.desk.plug", "on")
    await until_state(hass, "cell.leaf.plug", "on")
    await _reconnect(entry, sidecar, _full(HALL, epoch="e2"))
    return entry


async def test_a_device_that_a_full_snapshot_does_not_name_stays_unavailable_also_a_sleeping_one(
    hass: HomeAssistant, missing: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    for epoch in ("e3", "e4"):
        await until_state(hass, "plug.desk.plug", "unavailable")
        await until_state(hass, "cell.leaf.plug", "unavailable")
        await until_state(hass, "plug.hall.plug", "on")
        # Nor do later snapshots remove it.
        await _reconnect(missing, sidecar, _full(HALL, epoch=epoch))


async def test_it_is_missing_only_after_the_end_of_the_snapshot(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = _full(*ALL, epoch="e1")
    await set_up(hass, entry)
    frames = _full(HALL, epoch="e2")
    sidecar.frames = frames[:-1]
    await sidecar.cut()
    await until(sidecar.listening.is_set)
    await sidecar.push({"t": "batch", "seq": 100, "states": [["plug.hall.plug", "off"]]})
    await until_state(hass, "plug.hall.plug", "off")
    assert state_of(hass, "plug.desk.plug").state == "on"  # type: ignore[union-attr]
    await sidecar.push(frames[-1])
    await until_state(hass, "plug.desk.plug", "unavailable")


async def test_a_snapshot_of_changes_makes_no_device_missing(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = _full(*ALL, epoch="e1")
    await set_up(hass, entry)
    await _reconnect(entry, sidecar, snapshot({"states": [["plug.hall.plug", "off"]]}, full=False, epoch="e2"))
    await until_state(hass, "plug.hall.plug", "off")
    await until_state(hass, "plug.desk.plug", "on")


@pytest.mark.parametrize("description", [DESK, DESK | {"name": "Renamed"}])
async def test_a_missing_device_that_is_named_again_is_as_it_was(
    hass: HomeAssistant, missing: MockConfigEntry, sidecar: ScriptedSidecar, description: dict[str, Any]
) -> None:
    entity_id = entity_id_of(hass, "plug.desk.plug")
    await sidecar.push({"t": "batch", "seq": 101, "devices": [description]})
    # Its last state was not in the snapshot either.
    await until_state(hass, "plug.desk.plug", "unknown")
    await sidecar.push({"t": "batch", "seq": 102, "states": [["plug.desk.plug", "off"]]})
    await until_state(hass, "plug.desk.plug", "off")
    assert entity_id_of(hass, "plug.desk.plug") == entity_id


@pytest.mark.parametrize("change", [{"availability": [{"device": "plug.desk", "online": True}]}, {"states": _states(DESK)}])
async def test_only_its_description_makes_a_missing_device_available(
    hass: HomeAssistant, missing: MockConfigEntry, sidecar: ScriptedSidecar, change: dict[str, Any]
) -> None:
    await sidecar.push({"t": "batch", "seq": 101} | change, {"t": "batch", "seq": 102, "states": [["plug.hall.plug", "off"]]})
    await until_state(hass, "plug.hall.plug", "off")
    await until_state(hass, "plug.desk.plug", "unavailable")


async def test_a_tombstone_removes_a_missing_device(
    hass: HomeAssistant, missing: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    await sidecar.push({"t": "batch", "seq": 101, "removed": ["plug.desk"]})
    await until(lambda: entity_id_of(hass, "plug.desk.plug") is None)
    assert _registered(hass, missing, "plug.desk") is None


async def test_a_full_snapshot_removes_what_its_tombstones_name(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = _full(*ALL, epoch="e1")
    await set_up(hass, entry)
    await _reconnect(entry, sidecar, _full(HALL, epoch="e2", removed=["plug.desk", "plug.unknown"]))
    assert _registered(hass, entry, "plug.desk") is None
    assert entity_id_of(hass, "plug.desk.plug") is None
    await until_state(hass, "cell.leaf.plug", "unavailable")
    await until_state(hass, "plug.hall.plug", "on")


@pytest.mark.parametrize("known", [True, False], ids=["from the store", "from the registry only"])
async def test_a_tombstone_removes_at_the_start_what_was_removed_while_home_assistant_was_down(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_storage: dict[str, Any], known: bool
) -> None:
    sidecar.frames = _full(*ALL, epoch="e1")
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    if not known:
        hass_storage[f"{DOMAIN}.{entry.entry_id}"] = _stored(HALL)
    sidecar.frames = _full(HALL, epoch="e2", removed=["plug.desk"])
    await set_up(hass, entry)
    assert _registered(hass, entry, "plug.desk") is None
    assert entity_id_of(hass, "plug.desk.plug") is None
    # The third device was not removed.
    assert _registered(hass, entry, "cell.leaf") is not None
    await until_state(hass, "cell.leaf.plug", "unavailable")
    await until_state(hass, "plug.hall.plug", "on")


async def test_a_store_of_an_earlier_version_is_read_and_an_empty_sidecar_removes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_storage: dict[str, Any]
) -> None:
    key = f"{DOMAIN}.{entry.entry_id}"
    hass_storage[key] = _stored(*ALL, registry="one", kept=["plug.desk"])
    sidecar.frames = _full(epoch="e1")
    await set_up(hass, entry)
    for one in ("plug.hall", "plug.desk", "cell.leaf"):
        await until_state(hass, f"{one}.plug", "unavailable")
        assert f"{one}.plug" in entry.runtime_data.population.entities
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass_storage[key]["data"].keys() == {"bridge_id", "devices"}
    assert [one["id"] for one in hass_storage[key]["data"]["devices"]] == ["hall", "desk", "leaf"]


async def test_an_entity_that_a_named_device_no_longer_has_is_removed(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    hall = device("plug", "hall", PLUG, entity("power", "sensor"))
    sidecar.frames = _full(hall, DESK, epoch="e1")
    await set_up(hass, entry)
    # The registry may know more than the store, which is written later.
    for device_id in ("plug.hall", "plug.desk"):
        er.async_get(hass).async_get_or_create("sensor", DOMAIN, f"{BRIDGE_ID}.{device_id}.energy", config_entry=entry)
    await _reconnect(entry, sidecar, _full(HALL, epoch="e2"))
    await until(lambda: entity_id_of(hass, "plug.hall.energy") is None)
    assert entity_id_of(hass, "plug.hall.power") is None
    # A missing device has withdrawn nothing.
    assert entity_id_of(hass, "plug.desk.energy") is not None
