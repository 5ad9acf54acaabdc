"""An entity whose description changes is afterwards as if it had been announced like that from the beginning."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, entity_id_of, state_of, until
from support.scripted import ScriptedSidecar, snapshot

#: Key: (description before, description after, value)
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "sensor: its class": (
        {"device_class": "temperature", "unit_of_measurement": "°C", "state_class": "measurement"},
        {"device_class": "humidity", "unit_of_measurement": "%", "state_class": "measurement"},
        21.25,
    ),
    "sensor: its precision": (
        {"device_class": "power", "unit_of_measurement": "W", "suggested_display_precision": 0},
        {"device_class": "power", "unit_of_measurement": "W", "suggested_display_precision": 2},
        21.25,
    ),
    "sensor: precision comes": (
        {"unit_of_measurement": "x"},
        {"unit_of_measurement": "x", "suggested_display_precision": 2},
        21.25,
    ),
    "sensor: precision goes": (
        {"unit_of_measurement": "x", "suggested_display_precision": 2},
        {"unit_of_measurement": "x"},
        21.25,
    ),
    "sensor: its unit": (
        {"device_class": "energy", "unit_of_measurement": "kWh"},
        {"device_class": "energy", "unit_of_measurement": "MWh"},
        5,
    ),
    "sensor: a unit of the other system": (
        {"device_class": "temperature", "unit_of_measurement": "°C"},
        {"device_class": "temperature", "unit_of_measurement": "°F"},
        68,
    ),
    "sensor: its options": (
        {"device_class": "enum", "options": ["a", "b"]},
        {"device_class": "enum", "options": ["b", "c"]},
        "b",
    ),
    "sensor: from number to text": ({"state_class": "measurement"}, {}, "hello"),
    "sensor: from enum to number": (
        {"device_class": "enum", "options": ["a"]},
        {"state_class": "measurement", "unit_of_measurement": "W"},
        5,
    ),
    "sensor: from total to measurement": (
        {"state_class": "total"},
        {"state_class": "measurement"},
        {"state": 5, "last_reset": "2026-11-21T00:00:00+00:00"},
    ),
    "binary_sensor: its class": ({"device_class": "door"}, {"device_class": "window"}, "on"),
    "switch: its class": ({"device_class": "outlet"}, {}, "on"),
    "light: its modes": (
        {"supported_color_modes": ["brightness"]},
        {
            "supported_color_modes": ["hs", "color_temp"],
            "min_color_temp_kelvin": 2200,
            "max_color_temp_kelvin": 5000,
            "effect_list": ["rainbow"],
            "supported_features": ["flash", "transition", "effect"],
        },
        {"state": "on", "color_mode": "hs", "hs_color": [10, 20], "brightness": 9, "effect": "rainbow"},
    ),
    "light: back to on and off": (
        {"supported_color_modes": ["hs", "color_temp"], "effect_list": ["rainbow"], "supported_features": ["effect"]},
        {"supported_color_modes": ["onoff"]},
        {"state": "on", "color_mode": "onoff"},
    ),
    "number: everything": (
        {"min": 1, "max": 5, "step": 1, "mode": "box", "unit_of_measurement": "s", "device_class": "duration"},
        {"min": 0, "max": 1, "step": 0.1, "mode": "slider", "unit_of_measurement": "°C", "device_class": "temperature"},
        0.5,
    ),
    "number: back to what is usual": ({"min": 1, "max": 5, "step": 0.5, "mode": "box", "unit_of_measurement": "s"}, {}, 3),
    "number: from a unit of the other system": (
        {"min": 30, "max": 50, "device_class": "temperature", "unit_of_measurement": "°F"},
        {"min": 0, "max": 10, "device_class": "temperature", "unit_of_measurement": "°C"},
        5,
    ),
    "select: its options": ({"options": ["a", "b"]}, {"options": ["b", "c"]}, "b"),
    "text: everything": (
        {"min": 1, "max": 3, "pattern": "[a-z]+", "mode": "password"},
        {"min": 0, "max": 9, "mode": "text"},
        "abcdef",
    ),
    "button: its class": ({"device_class": "restart"}, {"device_class": "identify"}, None),
    "cover: everything": (
        {"device_class": "blind", "supported_features": ["open", "close", "stop"]},
        {
            "device_class": "garage",
            "supported_features": ["open", "set_position", "set_tilt_position", "speed"],
            "supported_speeds": ["slow"],
        },
        {"state": "open", "current_position": 40, "current_tilt_position": 4},
    ),
    "climate: everything": (
        {"hvac_modes": ["off", "heat"], "min_temp": 5, "max_temp": 30, "supported_features": ["target_temperature"]},
        {
            "hvac_modes": ["off", "cool"],
            "min_temp": 60,
            "max_temp": 80,
            "target_temp_step": 1,
            "temperature_unit": "°F",
            "precision": 1,
            "min_humidity": 40,
            "max_humidity": 60,
            "preset_modes": ["eco"],
            "fan_modes": ["low"],
            "swing_modes": ["on"],
            "swing_horizontal_modes": ["wide"],
            "supported_features": ["target_temperature_range", "target_humidity", "preset_mode", "fan_mode", "swing_mode"],
        },
        {"state": "cool", "target_temp_low": 61, "target_temp_high": 70, "humidity": 50, "preset_mode": "eco"},
    ),
    "climate: back to what is usual": (
        {
            "hvac_modes": ["heat"],
            "min_temp": 60,
            "max_temp": 80,
            "temperature_unit": "°F",
            "precision": 1,
            "supported_features": ["target_temperature"],
        },
        {"hvac_modes": ["heat"], "supported_features": ["target_temperature"]},
        {"state": "heat", "temperature": 20.5},
    ),
    "climate: another unit alone": (
        {"hvac_modes": ["heat"], "supported_features": ["target_temperature"]},
        {"hvac_modes": ["heat"], "temperature_unit": "°F", "supported_features": ["target_temperature"]},
        {"state": "heat", "temperature": 68},
    ),
    "lock: its code": ({"code_format": "^\\d{4}$"}, {"supported_features": ["open"]}, "locked"),
    "event: its types": (
        {"device_class": "button", "event_types": ["press"]},
        {"device_class": "doorbell", "event_types": ["ring"]},
        None,
    ),
    "any: its name": ({"name": "Old"}, {"name": "New"}, 1),
    "any: it becomes the main feature": ({"name": "Old"}, {"name": None}, 1),
    "any: it is no longer the main feature": ({"name": None}, {"name": "New"}, 1),
    "any: the class names it": (
        {"name": "Old"},
        {"device_class": "humidity", "unit_of_measurement": "%"},
        1,
    ),
    "any: looks": (
        {"icon": "mdi:run", "entity_category": "diagnostic", "entity_picture": "/local/a.png", "attribution": "Anna"},
        {"icon": "mdi:walk", "entity_picture": "/local/b.png", "assumed_state": True},
        1,
    ),
    "device_tracker: from a position to a connection": ({"source_type": "gps"}, {"source_type": "router"}, "home"),
    "device_tracker: from a connection to a position": (
        {"source_type": "bluetooth"},
        {},
        {"state": None, "latitude": 0.5, "longitude": 0.25},
    ),
    "device_tracker: another connection": ({"source_type": "bluetooth"}, {"source_type": "router"}, "home"),
    "any: looks go": ({"icon": "mdi:run", "entity_picture": "/local/a.png", "attribution": "Anna", "assumed_state": True}, {}, 1),
}

#: What the registry keeps of an entity and is not its identity.
REGISTERED = (
    "capabilities",
    "entity_category",
    "original_device_class",
    "original_icon",
    "original_name",
    "supported_features",
    "translation_key",
    "unit_of_measurement",
)


def _looks(hass: HomeAssistant, bridge_id: str) -> dict[str, Any] | None:
    """Return all that can be seen of an entity, but which one it is."""
    state = state_of(hass, bridge_id)
    entry = er.async_get(hass).async_get(entity_id_of(hass, bridge_id) or "")
    if state is None or entry is None:
        return None
    attributes = {key: value for key, value in state.attributes.items() if key != "friendly_name"}
    name = state.attributes["friendly_name"].removeprefix("dev one").removeprefix("dev two")
    return {
        "state": state.state,
        "attributes": attributes,
        "name": name,
        "options": {domain: dict(options) for domain, options in entry.options.items() if options},
    } | {key: getattr(entry, key) for key in REGISTERED}


@pytest.mark.parametrize("case", CHANGES)
async def test_a_change_in_place_leaves_nothing_of_the_old_description(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, case: str
) -> None:
    before, after, value = CHANGES[case]
    platform = case.partition(":")[0].replace("any", "sensor")
    old, new = entity("x", platform, **before), entity("x", platform, **after)
    sidecar.frames = snapshot({"devices": [device("dev", "one", old)]})
    await set_up(hass, entry)
    entity_id = entity_id_of(hass, "dev.one.x")
    states = [["dev.one.x", value], ["dev.two.x", value]]
    await sidecar.push({"t": "batch", "seq": 101, "devices": [device("dev", "one", new), device("dev", "two", new)]})
    await sidecar.push({"t": "batch", "seq": 102, "states": states})
    await until(lambda: entry.runtime_data.home.counters.states == 2)
    expected = await until(lambda: _looks(hass, "dev.two.x"))
    assert _looks(hass, "dev.one.x") == expected
    assert entity_id_of(hass, "dev.one.x") == entity_id
    assert entry.runtime_data.home.counters.wrong_values == 0


async def test_a_device_of_another_name_renames_what_is_named_after_it(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    parts = [
        entity("x", "sensor", name="Power"),
        entity("y", "switch", name=None),
        entity("z", "sensor", device_class="humidity"),
    ]
    sidecar.frames = snapshot({"devices": [device("dev", "one", *parts)]})
    await set_up(hass, entry)
    before = {key: entity_id_of(hass, f"dev.one.{key}") for key in "xyz"}
    changed = device("dev", "one", *parts, name="Freezer", model="F2", sw_version="9")
    await sidecar.push({"t": "batch", "seq": 101, "devices": [changed]})

    def names() -> list[str]:
        return [state.attributes["friendly_name"] for key in "xyz" if (state := state_of(hass, f"dev.one.{key}"))]

    await until(lambda: names() == ["Freezer Power", "Freezer", "Freezer Humidity"])
    assert {key: entity_id_of(hass, f"dev.one.{key}") for key in "xyz"} == before


async def test_a_name_that_a_person_has_given_does_not_change(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, entity_registry: er.EntityRegistry
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", entity("x", "sensor", name="Power", icon="mdi:run"))]})
    await set_up(hass, entry)
    entity_id = entity_id_of(hass, "dev.one.x") or ""
    entity_registry.async_update_entity(entity_id, name="Mine", icon="mdi:heart", new_entity_id="sensor.mine")
    changed = device("dev", "one", entity("x", "sensor", name="Energy", icon="mdi:walk", unit_of_measurement="kWh"))
    await sidecar.push({"t": "batch", "seq": 101, "devices": [changed]})
    await sidecar.push({"t": "batch", "seq": 102, "states": [["dev.one.x", 5]]})
    await until(lambda: (state := hass.states.get("sensor.mine")) and state.state == "5")
    state = hass.states.get("sensor.mine")
    assert state is not None
    assert state.attributes["friendly_name"].endswith("Mine")
    assert (state.attributes["icon"], state.attributes["unit_of_measurement"]) == ("mdi:heart", "kWh")


async def test_a_tracker_of_another_kind_keeps_its_id_its_name_and_its_state(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, entity_registry: er.EntityRegistry
) -> None:
    before, after = (entity("x", "device_tracker", source_type=kind) for kind in ("gps", "router"))
    sidecar.frames = snapshot({"devices": [device("dev", "one", before)]}, {"states": [["dev.one.x", "home"]]})
    await set_up(hass, entry)
    entity_registry.async_update_entity(entity_id_of(hass, "dev.one.x") or "", name="Mine", new_entity_id="device_tracker.mine")
    await sidecar.push({"t": "batch", "seq": 101, "devices": [device("dev", "one", after)]})

    def shown() -> tuple[str, str, bool] | None:
        state = hass.states.get("device_tracker.mine")
        # Home Assistant 2026.11 has the device's name before one that a person has given.
        return state and (state.state, state.attributes["source_type"], state.attributes["friendly_name"].endswith("Mine"))

    await until(lambda: shown() == ("home", "router", True))
    assert entity_id_of(hass, "dev.one.x") == "device_tracker.mine"
