"""To-do lists on their page: what it shows, and what moving an item sends."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from conftest import set_up
from support.home import device, entity, entity_id_of, state_of, until_state
from support.scripted import ScriptedSidecar, snapshot

LIST = device("dev", "one", entity("x", "todo", name=None, supported_features=["move_todo_item"]), name="List")
MILK = {"uid": "1", "summary": "Milk", "status": "needs_action", "due": "2026-12-05T18:00:00+01:00"}
BREAD = {"uid": "2", "summary": "Bread", "status": "completed", "due": "2026-12-06", "completed": "2026-12-04T17:00:00Z"}


def items(*found: dict[str, Any]) -> dict[str, Any]:
    """Return a value with these items."""
    return {"state": None, "items": list(found)}


async def test_a_page_gets_the_items_and_every_change(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    sidecar.frames = snapshot({"devices": [LIST]}, {"states": [["dev.one.x", items(MILK, BREAD)]]})
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "todo/item/subscribe", "entity_id": entity_id_of(hass, "dev.one.x")})
    assert (await client.receive_json())["success"]
    milk, bread = (await client.receive_json())["event"]["items"]
    assert milk == {
        "uid": "1",
        "summary": "Milk",
        "status": "needs_action",
        "due": "2026-12-05T09:00:00-08:00",
        "description": None,
        "completed": None,
    }
    assert (bread["due"], bread["completed"]) == ("2026-12-06", "2026-12-04T09:00:00-08:00")
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", items(BREAD)]]})
    assert [one["uid"] for one in (await client.receive_json())["event"]["items"]] == ["2"]


async def test_an_item_is_moved_behind_another_one_or_to_the_top(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    sidecar.frames = snapshot({"devices": [LIST]}, {"states": [["dev.one.x", items(MILK, BREAD)]]})
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    move = {"type": "todo/item/move", "entity_id": entity_id_of(hass, "dev.one.x")}
    for params in ({"uid": "1", "previous_uid": "2"}, {"uid": "2"}):
        await client.send_json_auto_id(move | params)
        assert (await client.receive_json())["success"]
        assert (sidecar.calls[-1]["action"], sidecar.calls[-1]["params"]) == ("move_item", params)


async def test_a_page_reads_why_a_move_failed(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    async def busy(_command: Any) -> Any:
        return {"error": {"code": "BUSY", "message": "the printer has no paper"}}

    sidecar.frames = snapshot({"devices": [LIST]}, {"states": [["dev.one.x", items(MILK)]]})
    sidecar.on_command = busy
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "todo/item/move", "entity_id": entity_id_of(hass, "dev.one.x"), "uid": "1"})
    answer = await client.receive_json()
    assert answer["error"]["message"] == "List: the printer has no paper"


async def test_a_long_list_is_shown_and_is_no_attribute(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [LIST]}, {"states": [["dev.one.x", items()]]})
    await set_up(hass, entry)
    many = [{"uid": str(number), "summary": "x" * 30, "status": "needs_action"} for number in range(600)]
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", items(*many)]]})
    await until_state(hass, "dev.one.x", "600")
    state = state_of(hass, "dev.one.x")
    assert state is not None
    assert "items" not in state.attributes
