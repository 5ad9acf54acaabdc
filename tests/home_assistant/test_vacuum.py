"""A vacuum cleaner's segments: a person assigns them to areas, and cleans areas."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from conftest import set_up
from support.home import device, entity, entity_id_of, until
from support.scripted import ScriptedSidecar, snapshot

KITCHEN = {"id": "16", "name": "Kitchen"}
BATH = {"id": "17", "name": "Bath", "group": "Upstairs"}


def robot(*segments: dict[str, Any]) -> dict[str, Any]:
    """Return a vacuum cleaner with these segments."""
    return device("dev", "one", entity("x", "vacuum", segments=list(segments)))


def assign(hass: HomeAssistant, areas: dict[str, list[str]], *segments: dict[str, Any]) -> er.RegistryEntry:
    """Assign segments to areas as the dialog does."""
    seen = [{"group": None} | segment for segment in segments]
    return er.async_get(hass).async_update_entity_options(
        entity_id_of(hass, "dev.one.x") or "", "vacuum", {"area_mapping": areas, "last_seen_segments": seen}
    )


async def test_a_person_sees_the_segments(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    sidecar.frames = snapshot({"devices": [robot(KITCHEN, BATH)]}, {"states": [["dev.one.x", "docked"]]})
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "vacuum/get_segments", "entity_id": entity_id_of(hass, "dev.one.x")})
    answer = await client.receive_json()
    assert answer["result"] == {"segments": [KITCHEN | {"group": None}, BATH]}


async def test_cleaning_areas_names_their_segments(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    sidecar.frames = snapshot({"devices": [robot(KITCHEN, BATH)]}, {"states": [["dev.one.x", "docked"]]})
    await set_up(hass, entry)
    assign(hass, {"ground_floor": ["16"], "upper_floor": ["17"]}, KITCHEN, BATH)
    target = {"entity_id": entity_id_of(hass, "dev.one.x"), "cleaning_area_id": ["upper_floor", "ground_floor"]}
    await hass.services.async_call("vacuum", "clean_area", target, blocking=True)
    [command] = sidecar.calls
    assert (command["action"], command["params"]) == ("clean_area", {"segment_ids": ["17", "16"]})


async def test_segments_that_differ_from_the_assigned_ones_are_reported(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    sidecar.frames = snapshot({"devices": [robot(KITCHEN, BATH)]}, {"states": [["dev.one.x", "docked"]]})
    await set_up(hass, entry)
    issue = f"segments_changed_{assign(hass, {'ground_floor': ['16']}, KITCHEN, BATH).id}"
    # Another order is no change.
    await sidecar.push({"t": "batch", "seq": 101, "devices": [robot(BATH, KITCHEN) | {"revision": 2}]})
    await until(lambda: entry.runtime_data.cursor()["since"] == 101)
    assert issue_registry.async_get_issue("vacuum", issue) is None
    await sidecar.push({"t": "batch", "seq": 102, "devices": [robot(KITCHEN) | {"revision": 3}]})
    await until(lambda: issue_registry.async_get_issue("vacuum", issue) is not None)
    # The new assignment clears it.
    assign(hass, {"ground_floor": ["16"]}, KITCHEN)
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue("vacuum", issue) is None


async def test_segments_that_changed_while_home_assistant_was_away_are_reported(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    sidecar.frames = snapshot({"devices": [robot(KITCHEN, BATH)]})
    await set_up(hass, entry)
    issue = f"segments_changed_{assign(hass, {'ground_floor': ['16']}, KITCHEN, BATH).id}"
    assert await hass.config_entries.async_unload(entry.entry_id)
    sidecar.frames = snapshot({"devices": [robot(KITCHEN) | {"revision": 2}]})
    await set_up(hass, entry)
    await until(lambda: issue_registry.async_get_issue("vacuum", issue) is not None)
