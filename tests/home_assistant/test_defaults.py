"""A field that a description leaves out has Home Assistant's default; an attribute that a state leaves out is unknown."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import ScriptedSidecar, snapshot

HEAT = {"hvac_modes": ["heat"], "supported_features": ["target_temperature"]}


async def _attributes(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, description: dict[str, Any], value: Any
) -> dict[str, Any]:
    sidecar.frames = snapshot({"devices": [device("dev", "one", description)]}, {"states": [["dev.one.x", value]]})
    await set_up(hass, entry)
    state = state_of(hass, "dev.one.x")
    assert state is not None
    return dict(state.attributes)


async def test_a_thermostat_in_fahrenheit_has_the_usual_limits_in_its_unit(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    thermostat = entity("x", "climate", temperature_unit="°F", **HEAT)
    shown = await _attributes(hass, entry, sidecar, thermostat, {"state": "heat", "temperature": 68})
    assert (shown["min_temp"], shown["max_temp"], shown["temperature"]) == (7, 35, 20)
    target = {"entity_id": entity_id_of(hass, "dev.one.x"), "temperature": 25}
    await hass.services.async_call("climate", "set_temperature", target, blocking=True)
    assert sidecar.calls[0]["params"] == {"temperature": 77}


async def test_a_thermostat_has_the_precision_of_the_home(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    shown = await _attributes(hass, entry, sidecar, entity("x", "climate", **HEAT), {"state": "heat", "temperature": 20.3})
    assert shown["temperature"] == 69


@pytest.mark.parametrize(("limits", "step"), [({"min": 0, "max": 1}, 0.1), ({"min": 0, "max": 100}, 1), ({}, 1)])
async def test_a_numbers_step_suits_its_range(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, limits: dict[str, Any], step: float
) -> None:
    shown = await _attributes(hass, entry, sidecar, entity("x", "number", **limits), 1)
    assert shown["step"] == step


async def test_a_total_without_last_reset_has_none(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    energy = entity("x", "sensor", device_class="energy", unit_of_measurement="kWh", state_class="total")
    value = {"state": 5, "last_reset": "2026-11-21T00:00:00+00:00"}
    assert "last_reset" in await _attributes(hass, entry, sidecar, energy, value)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", 6]]})
    await until_state(hass, "dev.one.x", "6")
    state = state_of(hass, "dev.one.x")
    assert state is not None
    assert state.attributes.get("last_reset") is None


#: Key: (description, whole state, attributes that a bare state takes away)
WHOLE: dict[str, tuple[dict[str, Any], dict[str, Any], str, set[str]]] = {
    "cover": (
        entity("x", "cover", supported_features=["open", "set_position", "set_tilt_position"]),
        {"state": "open", "current_position": 40, "current_tilt_position": 10, "wind": 3},
        "closed",
        {"current_position", "current_tilt_position", "wind"},
    ),
    "climate": (
        entity("x", "climate", preset_modes=["eco"], fan_modes=["low"], **HEAT | {"hvac_modes": ["heat", "off"]}),
        {"state": "heat", "temperature": 20, "current_temperature": 19, "hvac_action": "heating", "preset_mode": "eco"},
        "off",
        {"temperature", "current_temperature", "hvac_action", "preset_mode", "fan_mode"},
    ),
    "lock": (entity("x", "lock"), {"state": "locked", "changed_by": "Anna"}, "unlocked", {"changed_by"}),
    "light": (
        entity("x", "light", supported_color_modes=["hs"], effect_list=["rainbow"]),
        {"state": "on", "brightness": 3, "hs_color": [1, 2], "effect": "rainbow"},
        "on",
        {"brightness", "hs_color", "effect"},
    ),
}


@pytest.mark.parametrize("platform", WHOLE)
async def test_a_state_replaces_the_last_one_completely(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, platform: str
) -> None:
    description, before, after, gone = WHOLE[platform]
    shown = await _attributes(hass, entry, sidecar, description, before)
    assert any(shown.get(name) is not None for name in gone)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", {"state": after, "more": 1}]]})
    await sidecar.push({"t": "batch", "seq": 102, "states": [["dev.one.x", after]]})
    await until(lambda: entry.runtime_data.home.counters.states == 3)
    state = state_of(hass, "dev.one.x")
    assert state is not None
    assert {name: state.attributes.get(name) for name in gone | {"more"}} == dict.fromkeys(gone | {"more"})
