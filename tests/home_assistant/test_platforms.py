"""What holds for every platform."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceNotSupported, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN, PLATFORMS
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import ScriptedSidecar, snapshot

#: The required fields of each platform.
REQUIRED: dict[str, dict[str, Any]] = {
    "climate": {"hvac_modes": ["off", "heat"]},
    "event": {"event_types": ["ring"]},
    "light": {"supported_color_modes": ["hs"]},
    "select": {"options": ["a"]},
}
EVERY_PLATFORM = snapshot({"devices": [device("dev", "one", *(entity(p, p, **REQUIRED.get(p, {})) for p in sorted(PLATFORMS)))]})


async def test_an_entity_without_a_state_is_unknown(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    sidecar.frames = EVERY_PLATFORM
    await set_up(hass, entry)
    for platform in PLATFORMS:
        state = state_of(hass, f"dev.one.{platform}")
        assert state is not None, platform
        # Of these Home Assistant has a state when nothing is known of them.
        assert state.state == {"calendar": "off", "camera": "idle"}.get(platform, "unknown"), platform
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_stored_entity_is_unavailable_before_the_sidecar_is_reached(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    sidecar.frames = EVERY_PLATFORM
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await sidecar.stop()
    await set_up(hass, entry)
    for platform in PLATFORMS:
        state = hass.states.get(entity_id_of(hass, f"dev.one.{platform}") or "")
        assert state is not None, platform
        assert state.state == "unavailable", platform
        # Home Assistant shows entities that no integration adds as restored.
        assert "restored" not in state.attributes, platform
        assert f"dev.one.{platform}" in entry.runtime_data.population.entities
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_repeated_values_are_written_only_with_force_update(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot(
        {"devices": [device("dev", "one", entity("a", "sensor"), entity("b", "sensor", force_update=True))]}
    )
    await set_up(hass, entry)
    seen: list[str] = []
    hass.bus.async_listen("state_changed", lambda event: seen.append(event.data["entity_id"]))
    for seq in range(3):
        await sidecar.push({"t": "batch", "seq": 101 + seq, "states": [["dev.one.a", 5], ["dev.one.b", 5]]})
    await until(lambda: seen.count(entity_id_of(hass, "dev.one.b") or "") == 3)
    assert seen.count(entity_id_of(hass, "dev.one.a") or "") == 1


async def test_an_action_that_the_device_does_not_support_is_not_sent(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot(
        {"devices": [device("dev", "one", entity("x", "cover", supported_features=["open"]), entity("n", "number", max=10))]},
        {"states": [["dev.one.x", "closed"]]},
    )
    await set_up(hass, entry)
    with pytest.raises(ServiceNotSupported):
        await hass.services.async_call("cover", "close_cover", {"entity_id": entity_id_of(hass, "dev.one.x")}, blocking=True)
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            "number", "set_value", {"entity_id": entity_id_of(hass, "dev.one.n"), "value": 99}, blocking=True
        )
    assert sidecar.calls == []


async def test_reserved_attributes_are_left_out_and_reported_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lamp = entity("x", "light", supported_color_modes=["brightness"], name="Lamp")
    stray = {"friendly_name": "Mine", "supported_color_modes": ["rgb"], "unit_of_measurement": "lx", "restored": True, "phase": 1}
    sidecar.frames = snapshot(
        {"devices": [device("dev", "one", lamp, entity("plain", "sensor", name="Plain"), name="dev one")]},
        {"states": [["dev.one.x", {"state": "on", "brightness": 5} | stray], ["dev.one.plain", {"state": 1, "icon": "mdi:no"}]]},
    )
    await set_up(hass, entry)
    state = state_of(hass, "dev.one.x")
    assert state is not None
    shown = {key: state.attributes.get(key) for key in (*stray, "brightness")}
    assert shown == {
        "friendly_name": "dev one Lamp",
        "supported_color_modes": ["brightness"],
        "unit_of_measurement": None,
        "restored": None,
        "phase": 1,
        "brightness": 5,
    }
    plain = state_of(hass, "dev.one.plain")
    assert plain is not None
    assert "icon" not in plain.attributes
    issue = issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.reserved_attributes")
    assert issue is not None
    shown = (issue.translation_placeholders or {})["plain_devices"]
    assert shown == "dev.one: friendly_name, icon, restored, supported_color_modes, unit_of_measurement"
    logged = len([record for record in caplog.records if "Home Assistant sets itself" in record.message])
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.plain", {"state": 2, "icon": "mdi:no"}]]})
    await until_state(hass, "dev.one.plain", "2")
    assert len([record for record in caplog.records if "Home Assistant sets itself" in record.message]) == logged


async def test_the_repair_of_reserved_attributes_is_cleared_with_a_new_description_or_a_removal(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    def stands() -> bool:
        return issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.reserved_attributes") is not None

    def stray(number: int) -> list[Any]:
        return ["dev.one.plain", {"state": number, "icon": "mdi:no"}]

    plain = entity("plain", "sensor", name="Plain")
    sidecar.frames = snapshot({"devices": [device("dev", "one", plain)]}, {"states": [stray(1)]})
    await set_up(hass, entry)
    assert stands()
    await sidecar.push({"t": "batch", "seq": 101, "devices": [device("dev", "one", plain, sw_version="2")]})
    await until(lambda: not stands())
    await sidecar.push({"t": "batch", "seq": 102, "states": [stray(2)]})
    await until(stands)
    await sidecar.push({"t": "batch", "seq": 103, "removed": ["dev.one"]})
    await until(lambda: not stands())


async def test_attributes_of_an_event_cannot_replace_its_type(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("bell", "door", entity("ring", "event", event_types=["ring"]))]})
    await set_up(hass, entry)
    attributes: dict[str, Any] = {"event_type": "fire", "event_types": [], "n": 1}
    event = {"id": 1, "entity": "bell.door.ring", "event_type": "ring", "attributes": attributes, "at": "2026-11-21T10:00:00Z"}
    await sidecar.push({"t": "batch", "seq": 101, "events": [event]})
    await until(lambda: (state := state_of(hass, "bell.door.ring")) and state.attributes["event_type"] == "ring")
    state = state_of(hass, "bell.door.ring")
    assert state is not None
    assert (state.attributes["event_types"], state.attributes["n"]) == (["ring"], 1)
