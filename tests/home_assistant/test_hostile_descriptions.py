"""A description that Home Assistant cannot show affects only its own entity."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.sensor import BridgeSensor
from support.home import device, entity, entity_id_of, state_of, until_state
from support.scripted import ScriptedSidecar, snapshot

GOOD = entity("good", "sensor")

#: The sidecar refuses most of these; one that is newer, or wrong, may not. Key: (description, value)
HOSTILE: dict[str, tuple[dict[str, Any], Any]] = {
    "sensor: a time with a unit": (
        {"device_class": "timestamp", "unit_of_measurement": "s"},
        "2026-11-21T10:00:00+00:00",
    ),
    "sensor: an enum with a state class": ({"device_class": "enum", "options": ["a"], "state_class": "measurement"}, "a"),
    "sensor: an enum with a unit": ({"device_class": "enum", "options": ["a"], "unit_of_measurement": "W"}, "a"),
    "sensor: options without the class": ({"options": ["a"]}, "a"),
    "sensor: options of another class": ({"device_class": "power", "options": ["a"]}, 5),
    "sensor: a unit that nothing converts to": (
        {"device_class": "power", "unit_of_measurement": "W", "suggested_unit_of_measurement": "°C"},
        5,
    ),
    "sensor: a configuration": ({"entity_category": "config"}, 5),
    "sensor: a unit of another class": ({"device_class": "temperature", "unit_of_measurement": "kWh"}, 5),
    "sensor: a state class of another class": (
        {"device_class": "temperature", "unit_of_measurement": "°C", "state_class": "total_increasing"},
        5,
    ),
    "sensor: a precision beyond measure": ({"unit_of_measurement": "W", "suggested_display_precision": 400}, 5),
    "sensor: a list for a name": ({"name": ["a"]}, 5),
    "sensor: a number for an icon": ({"icon": 5}, 5),
    "binary_sensor: a configuration": ({"entity_category": "config"}, "on"),
    "light: modes that exclude each other": ({"supported_color_modes": ["onoff", "hs"]}, {"state": "on", "color_mode": "hs"}),
    "light: brightness beside a colour": ({"supported_color_modes": ["brightness", "hs"]}, {"state": "on", "color_mode": "hs"}),
    "light: white alone": ({"supported_color_modes": ["white"]}, {"state": "on", "color_mode": "white", "brightness": 5}),
    "light: no list": ({"supported_color_modes": 5}, "on"),
    "light: a list in a list": ({"supported_color_modes": [["hs"]]}, "on"),
    "number: the wrong way round": ({"min": 5, "max": 1}, 3),
    "number: no numbers": ({"min": "a", "max": [], "step": 0}, 3),
    "number: a unit of another class": ({"device_class": "temperature", "unit_of_measurement": "kWh"}, 3),
    "text: the wrong way round": ({"min": 9, "max": 1}, "abc"),
    "text: a pattern that is none": ({"pattern": "["}, "abc"),
    "text: a mode that is none": ({"mode": "shout"}, "abc"),
    "select: no options": ({}, "a"),
    "select: no list": ({"options": 5}, "a"),
    "cover: features that are none": ({"supported_features": ["fly", 5, None]}, "open"),
    "cover: features that are no list": ({"supported_features": 5}, "open"),
    "climate: no modes": ({}, "heat"),
    "climate: no list": ({"hvac_modes": 5, "preset_modes": 5}, "heat"),
    "climate: a unit that is none": (
        {"hvac_modes": ["heat"], "temperature_unit": "°R", "supported_features": ["target_temperature"]},
        {"state": "heat", "temperature": 20},
    ),
    "climate: a range the wrong way round": (
        {"hvac_modes": ["heat"], "min_temp": 30, "max_temp": 5, "supported_features": ["target_temperature"]},
        {"state": "heat", "temperature": 20},
    ),
    "climate: a text for a temperature": (
        {"hvac_modes": ["heat"], "supported_features": ["target_temperature"]},
        {"state": "heat", "temperature": "warm"},
    ),
    "lock: a code format that is none": ({"code_format": "["}, "locked"),
    "event: no types": ({}, None),
    "event: no list": ({"event_types": 5}, None),
    "alarm_control_panel: a code format that is none": ({"code_format": "morse", "code_arm_required": 5}, "disarmed"),
    "remote: activities that are no list": ({"activity_list": 5}, {"state": "on", "current_activity": ["TV"]}),
    "vacuum: segments without an id": ({"segments": [{"name": "Kitchen"}]}, "docked"),
    "vacuum: segments that are no objects": ({"segments": ["Kitchen"]}, "docked"),
    "vacuum: segments that are no list": ({"segments": 5, "fan_speed_list": 5}, {"state": "docked", "fan_speed": "max"}),
    "water_heater: a unit that is none": ({"temperature_unit": "°R"}, {"state": "eco", "temperature": 50}),
    "water_heater: a range the wrong way round": ({"min_temp": 60, "max_temp": 40}, {"state": "eco", "temperature": 50}),
    "water_heater: a text for a temperature": ({}, {"state": "eco", "temperature": "hot"}),
    "button: a class of another platform": ({"device_class": "power"}, None),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_a_description_that_cannot_be_shown_affects_no_other_entity(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, case: str
) -> None:
    fields, value = HOSTILE[case]
    platform = case.partition(":")[0]
    plain = {
        "climate": {"hvac_modes": ["heat"]},
        "event": {"event_types": ["ring"]},
        "select": {"options": ["a"]},
        "light": {"supported_color_modes": ["hs"]},
    }.get(platform, {})
    bad = entity("bad", platform, **fields)
    sidecar.frames = snapshot(
        {"devices": [device("dev", "one", bad, GOOD), device("dev", "two", entity("bad", platform, **plain), GOOD)]},
        {"states": [["dev.one.bad", value], ["dev.two.bad", value], ["dev.one.good", 1]]},
    )
    await set_up(hass, entry)
    # The second becomes like the first while it lives.
    await sidecar.push({"t": "batch", "seq": 101, "devices": [device("dev", "two", bad, GOOD)]})
    for number, seen in ((102, None), (103, value)):
        await sidecar.push({"t": "batch", "seq": number, "states": [["dev.one.bad", seen], ["dev.two.bad", seen]]})
    await sidecar.push({"t": "batch", "seq": 104, "states": [["dev.one.good", 2], ["dev.two.good", 2]]})
    await until_state(hass, "dev.one.good", "2")
    await until_state(hass, "dev.two.good", "2")
    assert sidecar.connections == 1
    # As soon as they are described rightly both are there.
    corrected = [device("dev", number, entity("bad", platform, **plain), GOOD) for number in ("one", "two")]
    await sidecar.push({"t": "batch", "seq": 105, "devices": corrected})
    await sidecar.push({"t": "batch", "seq": 106, "states": [["dev.two.good", 3]]})
    await until_state(hass, "dev.two.good", "3")
    assert sidecar.connections == 1
    for number in ("one", "two"):
        assert state_of(hass, f"dev.{number}.bad") is not None


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("^\\d+$", "^\\d+$"),
        ("^\\d{4}$", "^\\d{4}$"),
        ("^[0-9]{4,8}$", "^[0-9]{4,8}$"),
        ("^.+$", "^.+$"),
        ("(?:(?:\\d?){30}){8}x", "^.+$"),
        ("(a+)+\\Z", "^.+$"),
        ("(?<pin>\\d{4})", "^.+$"),
        ("[", "^.+$"),
    ],
)
async def test_no_pattern_of_a_device_reaches_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, given: str, shown: str
) -> None:
    """Home Assistant matches with a backtracking engine, in its event loop: one value could stop it for ever."""
    text, door = entity("t", "text", pattern=given), entity("d", "lock", code_format=given)
    sidecar.frames = snapshot({"devices": [device("dev", "one", text, door)]}, {"states": [["dev.one.t", "a" * 40 + "\n"]]})
    await set_up(hass, entry)
    await until_state(hass, "dev.one.t", "a" * 40 + "\n")
    assert state_of(hass, "dev.one.t").attributes["pattern"] is None
    assert state_of(hass, "dev.one.d").attributes["code_format"] == shown
    target = {"entity_id": entity_id_of(hass, "dev.one.d")}
    await hass.services.async_call("lock", "unlock", target | {"code": "12345"[: 4 if "4" in shown else 5]}, blocking=True)
    assert sidecar.calls[0]["action"] == "unlock"


async def test_an_entity_that_home_assistant_refuses_is_unavailable_and_logged_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    devices = [device("dev", "one", entity("bad", "sensor"), GOOD)]
    sidecar.frames = snapshot({"devices": devices}, {"states": [["dev.one.bad", 1]]})
    await set_up(hass, entry)
    usual = BridgeSensor.state.fget
    assert usual is not None

    def refuse(sensor: BridgeSensor) -> Any:
        if sensor.wire_id == "dev.one.bad":
            raise RuntimeError("no such sensor, please")
        return usual(sensor)

    with monkeypatch.context() as patched:
        patched.setattr(BridgeSensor, "state", property(refuse))
        for number in (2, 3):
            states = [["dev.one.bad", number], ["dev.one.good", number]]
            await sidecar.push({"t": "batch", "seq": 100 + number, "states": states})
            await until_state(hass, "dev.one.good", str(number))
        await until_state(hass, "dev.one.bad", "unavailable")
    await sidecar.push({"t": "batch", "seq": 104, "states": [["dev.one.bad", 4]]})
    await until_state(hass, "dev.one.bad", "4")
    assert sidecar.connections == 1
    assert sum("cannot show dev.one.bad" in record.getMessage() for record in caplog.records) == 1
