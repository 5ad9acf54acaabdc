"""A person deletes a device on its page: the sidecar forgets it, whether it is online or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from support.home import device, entity, entity_id_of, until, until_state
from support.scripted import BRIDGE_ID, ScriptedSidecar, snapshot

#: What the sidecar expects.
FIXTURES = Path(__file__).resolve().parents[2] / "contract" / "fixtures" / "protocol"

PLUG = entity("plug", "switch")
DESK = device("plug", "desk", PLUG)
#: Gone for good, and therefore offline.
HALL = device("plug", "hall", PLUG, online=False)
BACK = DESK | {"revision": 2}

type Delete = Callable[[str], Awaitable[str | None]]


def _registered(hass: HomeAssistant, entry: MockConfigEntry, device_id: str) -> dr.AnyDeviceEntry | None:
    registry, identifier = dr.async_get(hass), (DOMAIN, f"{BRIDGE_ID}.{device_id}" if device_id else BRIDGE_ID)
    return registry.async_get_device_by_identifier(identifier, entry.entry_id) or registry.async_get_child_device_by_identifier(
        identifier, entry.entry_id
    )


@pytest.fixture
async def delete(hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator) -> Delete:
    """Delete a device as its page does; returns the message that the person reads, None when it is deleted."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)

    async def delete(device_id: str) -> str | None:
        found = _registered(hass, entry, device_id)
        assert found is not None
        await client.send_json_auto_id({"type": "config/device_registry/remove", "device_id": found.id})
        answer = await client.receive_json()
        return None if answer["success"] else str(answer["error"]["message"])

    return delete


@pytest.fixture
async def home(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> MockConfigEntry:
    """Return an entry with a device that is online and one that is not."""
    sidecar.frames = snapshot({"devices": [DESK, HALL]}, {"states": [["plug.desk.plug", "on"]]})
    await set_up(hass, entry)
    await until_state(hass, "plug.desk.plug", "on")
    return entry


@pytest.mark.parametrize("device_id", ["plug.desk", "plug.hall"], ids=["online", "offline"])
async def test_a_device_is_deleted_and_forgotten(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete, device_id: str
) -> None:
    assert await delete(device_id) is None
    assert sidecar.forgotten == [device_id]
    assert _registered(hass, home, device_id) is None
    assert entity_id_of(hass, f"{device_id}.plug") is None
    assert device_id not in home.runtime_data.population.devices
    # What the sidecar sends of the removal changes nothing more.
    await sidecar.push({"t": "batch", "seq": 101, "removed": [device_id]})
    await sidecar.push({"t": "batch", "seq": 102, "devices": [device("plug", "attic", PLUG)]})
    await until_state(hass, "plug.attic.plug", "unknown")


async def test_the_call_is_that_of_the_fixture(home: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete) -> None:
    arguments = json.loads((FIXTURES / "forget.arguments.json").read_text(encoding="utf-8"))["arguments"]
    result = json.loads((FIXTURES / "forget.result.json").read_text(encoding="utf-8"))["json"]

    async def answer(_device: Any) -> Any:
        return result

    sidecar.on_forget = answer
    await sidecar.push({"t": "batch", "seq": 101, "devices": [device("climate", "hall", PLUG)]})
    await until(lambda: "climate.hall.plug" in home.runtime_data.population.entities)
    assert await delete("climate.hall") is None
    assert sidecar.forgotten == arguments


async def test_a_device_that_the_sidecar_does_not_know_is_deleted(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete
) -> None:
    async def unknown(_device: Any) -> Any:
        return {"removed": False}

    sidecar.on_forget = unknown
    # The first is missing: it was named before.
    sidecar.frames = snapshot({"devices": [DESK]}, epoch="e2")
    await sidecar.cut()
    await until(lambda: home.runtime_data.cursor()["epoch"] == "e2")
    dr.async_get(hass).async_get_or_create(
        config_entry_id=home.entry_id, identifiers={(DOMAIN, f"{BRIDGE_ID}.plug.unknown")}, name="Unknown"
    )
    for device_id in ("plug.hall", "plug.unknown"):
        assert await delete(device_id) is None
        assert _registered(hass, home, device_id) is None


async def test_a_deleted_device_comes_back_when_it_announces_itself_again(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete
) -> None:
    entity_id = entity_id_of(hass, "plug.desk.plug")
    assert await delete("plug.desk") is None
    await sidecar.push({"t": "batch", "seq": 101, "devices": [BACK], "states": [["plug.desk.plug", "off"]]})
    await until_state(hass, "plug.desk.plug", "off")
    assert entity_id_of(hass, "plug.desk.plug") == entity_id


@pytest.mark.parametrize("removed", [{}, {"removed": ["plug.desk"]}], ids=["in place", "removed before"])
async def test_a_device_that_is_back_before_it_is_deleted_stays_and_the_person_reads_so(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete, removed: dict[str, Any]
) -> None:
    async def back_at_once(_device: Any) -> Any:
        # A batch has a device in one of the two members only.
        await sidecar.push({"t": "batch", "seq": 101, **removed})
        await sidecar.push({"t": "batch", "seq": 102, "devices": [BACK], "states": [["plug.desk.plug", "off"]]})
        await until_state(hass, "plug.desk.plug", "off")
        return {"removed": True}

    sidecar.on_forget = back_at_once
    message = await delete("plug.desk")
    assert message is not None
    assert "announced itself again" in message
    assert _registered(hass, home, "plug.desk") is not None
    await until_state(hass, "plug.desk.plug", "off")


async def test_a_device_that_is_back_while_it_is_deleted_is_shown(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete
) -> None:
    async def back_soon(_device: Any) -> Any:
        await sidecar.push({"t": "batch", "seq": 101, "removed": ["plug.desk"]})
        await sidecar.push({"t": "batch", "seq": 102, "devices": [BACK], "states": [["plug.desk.plug", "off"]]})
        return {"removed": True}

    sidecar.on_forget = back_soon
    # Which of the two is first does not matter.
    assert "announced itself again" in (await delete("plug.desk") or "announced itself again")
    await until_state(hass, "plug.desk.plug", "off")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "NOT_STORED", "message": "JetStream did not store the removal; try again"}, "JetStream did not store"),
        ({"code": "NOT_READY", "message": "the bridge is starting"}, "the bridge is starting"),
    ],
)
async def test_a_device_that_the_sidecar_cannot_forget_stays_and_the_person_reads_why(
    hass: HomeAssistant,
    home: MockConfigEntry,
    sidecar: ScriptedSidecar,
    delete: Delete,
    error: dict[str, Any],
    expected: str,
) -> None:
    async def refuse(_device: Any) -> Any:
        return {"error": error | {"retryable": True, "details": None}}

    sidecar.on_forget = refuse
    message = await delete("plug.desk")
    assert message is not None
    assert expected in message
    assert message.startswith("plug desk was not deleted")
    await until_state(hass, "plug.desk.plug", "on")


async def test_without_an_answer_the_person_reads_that_it_is_not_known(
    hass: HomeAssistant,
    home: MockConfigEntry,
    sidecar: ScriptedSidecar,
    delete: Delete,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.commands._FORGET_TIMEOUT", 0.1)

    async def silence(_device: Any) -> Any:
        return None

    sidecar.on_forget = silence
    assert "not known whether plug desk was deleted" in (await delete("plug.desk") or "")
    await until_state(hass, "plug.desk.plug", "on")


@pytest.mark.parametrize("loaded", [True, False])
async def test_without_the_sidecar_nothing_is_deleted_and_the_person_reads_so(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete, loaded: bool
) -> None:
    if loaded:
        await sidecar.stop()
        await until(lambda: home.runtime_data.home.connection is None)
    else:
        await hass.config_entries.async_unload(home.entry_id)
        assert home.state is not ConfigEntryState.LOADED
    assert "not connected to the sidecar" in (await delete("plug.desk") or "")
    assert _registered(hass, home, "plug.desk") is not None


async def test_the_bridge_itself_cannot_be_deleted(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete
) -> None:
    assert await delete("") is not None
    assert _registered(hass, home, "") is not None
    assert sidecar.forgotten == []


async def test_devices_behind_a_deleted_one_stay(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete
) -> None:
    behind = device("plug", "behind", PLUG, via_device="plug.desk")
    child = device("outlet", "one", PLUG, parent_device="plug.desk")
    sidecar.frames = snapshot(
        {"devices": [DESK, behind, child]}, {"states": [["plug.behind.plug", "on"], ["outlet.one.plug", "on"]]}
    )
    await set_up(hass, entry)
    assert await delete("plug.desk") is None
    assert sidecar.forgotten == ["plug.desk"]
    for device_id in ("plug.behind", "outlet.one"):
        assert _registered(hass, entry, device_id) is not None
        await until_state(hass, f"{device_id}.plug", "on")


async def test_a_child_is_deleted_without_its_parent(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, delete: Delete
) -> None:
    sidecar.frames = snapshot({"devices": [DESK, device("outlet", "one", PLUG, parent_device="plug.desk")]})
    await set_up(hass, entry)
    assert await delete("outlet.one") is None
    assert sidecar.forgotten == ["outlet.one"]
    assert _registered(hass, entry, "outlet.one") is None
    assert _registered(hass, entry, "plug.desk") is not None
