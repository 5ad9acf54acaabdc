"""A registry that was made anew removes nobody: what it lost is kept until it comes back or a person says that it is gone."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from conftest import set_up
from custom_components.nats_bridge import async_remove_config_entry_device
from custom_components.nats_bridge.const import DOMAIN
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import BRIDGE_ID, ScriptedSidecar, snapshot

HALL = device("plug", "hall", entity("plug", "switch"))
DESK = device("plug", "desk", entity("plug", "switch"))
STATES: list[Any] = [["plug.hall.plug", "on"], ["plug.desk.plug", "on"]]


def _told(registry: str, *devices: dict[str, Any], epoch: str = "e1") -> list[dict[str, Any]]:
    names = {f"{one['type']}.{one['id']}.plug" for one in devices}
    states = [pair for pair in STATES if pair[0] in names]
    return snapshot({"devices": list(devices)}, {"states": states}, epoch=epoch, begin={"registry": registry})


async def _again(sidecar: ScriptedSidecar, frames: list[dict[str, Any]]) -> None:
    listens = len(sidecar.listens)
    sidecar.frames = frames
    await sidecar.cut()
    await until(lambda: len(sidecar.listens) > listens)


def _issue(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{entry.entry_id}.kept_devices")


@pytest.fixture
async def kept(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> MockConfigEntry:
    """Return an entry whose sidecar's registry was made anew and knows only one of two devices."""
    sidecar.frames = _told("one", HALL, DESK)
    await set_up(hass, entry)
    await until_state(hass, "plug.desk.plug", "on")
    await _again(sidecar, _told("two", HALL, epoch="e2"))
    await until_state(hass, "plug.desk.plug", "unavailable")
    await until_state(hass, "plug.hall.plug", "on")
    return entry


async def test_what_a_new_registry_does_not_know_is_kept_and_said(
    hass: HomeAssistant, kept: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    issue = await until(lambda: _issue(hass, kept))
    assert issue.is_fixable
    assert issue.translation_placeholders == {"count": "1", "devices": "plug desk"}
    # Not by the next snapshot either: it is the same registry, which has never known it.
    await _again(sidecar, _told("two", HALL, epoch="e3"))
    await until(lambda: kept.runtime_data.cursor()["epoch"] == "e3")
    assert entity_id_of(hass, "plug.desk.plug") is not None
    assert state_of(hass, "plug.desk.plug").state == "unavailable"  # type: ignore[union-attr]


async def test_a_kept_device_that_announces_itself_again_is_as_it_was(
    hass: HomeAssistant, kept: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    entity_id = entity_id_of(hass, "plug.desk.plug")
    await sidecar.push({"t": "batch", "seq": 101, "devices": [DESK], "states": [["plug.desk.plug", "off"]]})
    await until_state(hass, "plug.desk.plug", "off")
    assert entity_id_of(hass, "plug.desk.plug") == entity_id
    await until(lambda: _issue(hass, kept) is None)
    # From now on it is a device like any other.
    await _again(sidecar, _told("two", HALL, epoch="e3"))
    await until(lambda: entity_id_of(hass, "plug.desk.plug") is None)


async def test_a_removal_removes_a_kept_device(hass: HomeAssistant, kept: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    await sidecar.push({"t": "batch", "seq": 101, "removed": ["plug.desk"]})
    await until(lambda: entity_id_of(hass, "plug.desk.plug") is None)
    await until(lambda: _issue(hass, kept) is None)


async def test_the_same_registry_still_removes_what_it_does_not_tell(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = _told("one", HALL, DESK)
    await set_up(hass, entry)
    await _again(sidecar, _told("one", HALL, epoch="e2"))
    await until(lambda: entity_id_of(hass, "plug.desk.plug") is None)
    assert _issue(hass, entry) is None


async def test_a_registry_that_is_new_after_a_restart_empties_no_home(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_storage: dict[str, Any]
) -> None:
    key = f"{DOMAIN}.{entry.entry_id}"
    stored = {"bridge_id": BRIDGE_ID, "registry": "one", "kept": ["plug.desk"], "devices": [HALL, DESK]}
    hass_storage[key] = {"version": 1, "minor_version": 1, "data": stored}
    sidecar.frames = _told("two")
    await set_up(hass, entry)
    await until(lambda: entry.runtime_data.feed.kept == {"plug.hall", "plug.desk"})
    assert state_of(hass, "plug.hall.plug").state == "unavailable"  # type: ignore[union-attr]
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass_storage[key]["data"]["registry"] == "two"
    assert hass_storage[key]["data"]["kept"] == ["plug.desk", "plug.hall"]


async def test_a_person_confirms_that_kept_devices_are_gone(
    hass: HomeAssistant, kept: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    await hass.async_block_till_done()
    client = await hass_client()
    issue_id = f"{kept.entry_id}.kept_devices"
    answer = await client.post("/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue_id})
    assert answer.status == HTTPStatus.OK
    step = await answer.json()
    assert (step["step_id"], step["description_placeholders"]["devices"]) == ("confirm", "plug desk")
    answer = await client.post(f"/api/repairs/issues/fix/{step['flow_id']}", json={})
    assert (await answer.json())["type"] == "create_entry"
    await hass.async_block_till_done()
    assert entity_id_of(hass, "plug.desk.plug") is None
    assert entity_id_of(hass, "plug.hall.plug") is not None
    assert _issue(hass, kept) is None


async def test_a_person_removes_one_kept_device(hass: HomeAssistant, kept: MockConfigEntry) -> None:
    registry = dr.async_get(hass)
    desk = registry.async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.plug.desk"), kept.entry_id)
    hall = registry.async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.plug.hall"), kept.entry_id)
    assert desk is not None
    assert hall is not None
    assert not await async_remove_config_entry_device(hass, kept, hall)
    assert await async_remove_config_entry_device(hass, kept, desk)
    assert registry.async_get(desk.id) is None
    assert _issue(hass, kept) is None
