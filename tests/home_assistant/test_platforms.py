"""Every platform: its description, its states, its actions on the wire."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceNotSupported, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import ScriptedSidecar, snapshot

COLOUR = ["color_temp", "hs", "rgb", "rgbw", "rgbww", "xy", "white"]

#: One device with one entity a case. Key: (description, wire value, state, attributes that must be there)
STATES: dict[str, tuple[dict[str, Any], Any, str, dict[str, Any]]] = {
    "sensor: a number": (
        entity("x", "sensor", device_class="temperature", unit_of_measurement="°C", state_class="measurement"),
        21.5,
        "21.5",
        {
            "device_class": "temperature",
            "unit_of_measurement": "°C",
            "state_class": "measurement",
            "friendly_name": "dev one Temperature",
        },
    ),
    "sensor: a text": (entity("some_text", "sensor"), "hello", "hello", {"friendly_name": "dev one Some text"}),
    "sensor: an option": (entity("x", "sensor", device_class="enum", options=["a", "b"]), "b", "b", {"options": ["a", "b"]}),
    "sensor: a time": (
        entity("x", "sensor", device_class="timestamp"),
        "2026-11-21T10:00:00+01:00",
        "2026-11-21T09:00:00+00:00",
        {},
    ),
    "sensor: a date": (entity("x", "sensor", device_class="date"), "2026-11-21", "2026-11-21", {}),
    "sensor: a total with its reset": (
        entity("x", "sensor", device_class="energy", unit_of_measurement="kWh", state_class="total"),
        {"state": 5, "last_reset": "2026-11-21T00:00:00+00:00", "phase": 1},
        "5",
        {"last_reset": "2026-11-21T00:00:00+00:00", "phase": 1},
    ),
    "sensor: unknown": (entity("x", "sensor"), None, "unknown", {}),
    "sensor: the main feature": (entity("x", "sensor", name=None), 1, "1", {"friendly_name": "dev one"}),
    "sensor: health": (
        entity("health_rssi", "sensor", device_class="signal_strength", unit_of_measurement="dBm", state_class="measurement"),
        -60,
        "-60",
        {"friendly_name": "dev one Signal strength"},
    ),
    "sensor: with a name of its own": (
        entity("x", "sensor", name="Läuft", icon="mdi:run"),
        1,
        "1",
        {"friendly_name": "dev one Läuft", "icon": "mdi:run"},
    ),
    "sensor: an unknown class": (entity("x", "sensor", device_class="of_the_future", unit_of_measurement="W"), 3, "3", {}),
    "binary_sensor: on": (entity("x", "binary_sensor", device_class="door"), "on", "on", {"device_class": "door"}),
    "binary_sensor: off, with an attribute": (
        entity("x", "binary_sensor"),
        {"state": "off", "why": "closed"},
        "off",
        {"why": "closed"},
    ),
    "switch": (entity("x", "switch", device_class="outlet"), "on", "on", {"device_class": "outlet"}),
    "light: on and off": (
        entity("x", "light", supported_color_modes=["onoff"]),
        {"state": "on", "color_mode": "onoff"},
        "on",
        {"color_mode": "onoff", "supported_color_modes": ["onoff"]},
    ),
    "light: its only mode": (
        entity("x", "light", supported_color_modes=["brightness"]),
        {"state": "on", "brightness": 7},
        "on",
        {"color_mode": "brightness", "brightness": 7},
    ),
    "light: off": (
        entity("x", "light", supported_color_modes=["brightness"]),
        "off",
        "off",
        {"color_mode": None, "brightness": None},
    ),
    "light: color_temp": (
        entity("x", "light", supported_color_modes=["color_temp", "hs"], min_color_temp_kelvin=2200, max_color_temp_kelvin=6000),
        {"state": "on", "color_mode": "color_temp", "brightness": 128, "color_temp_kelvin": 3000},
        "on",
        {"color_mode": "color_temp", "color_temp_kelvin": 3000, "min_color_temp_kelvin": 2200, "max_color_temp_kelvin": 6000},
    ),
    "light: hs": (
        entity("x", "light", supported_color_modes=["hs"], effect_list=["rainbow"]),
        {"state": "on", "color_mode": "hs", "brightness": 255, "hs_color": [120, 100], "effect": "rainbow"},
        "on",
        {"color_mode": "hs", "hs_color": (120.0, 100.0), "effect": "rainbow", "effect_list": ["rainbow"]},
    ),
    "light: xy": (
        entity("x", "light", supported_color_modes=["xy"]),
        {"state": "on", "color_mode": "xy", "brightness": 255, "xy_color": [0.3, 0.4]},
        "on",
        {"color_mode": "xy", "xy_color": (0.3, 0.4)},
    ),
    "light: rgb": (
        entity("x", "light", supported_color_modes=["rgb"]),
        {"state": "on", "color_mode": "rgb", "brightness": 255, "rgb_color": [1, 2, 3]},
        "on",
        {"color_mode": "rgb", "rgb_color": (1, 2, 3)},
    ),
    "light: rgbw": (
        entity("x", "light", supported_color_modes=["rgbw"]),
        {"state": "on", "color_mode": "rgbw", "brightness": 255, "rgbw_color": [1, 2, 3, 4]},
        "on",
        {"color_mode": "rgbw", "rgbw_color": (1, 2, 3, 4)},
    ),
    "light: rgbww": (
        entity("x", "light", supported_color_modes=["rgbww"]),
        {"state": "on", "color_mode": "rgbww", "brightness": 255, "rgbww_color": [1, 2, 3, 4, 5]},
        "on",
        {"color_mode": "rgbww", "rgbww_color": (1, 2, 3, 4, 5)},
    ),
    "light: white": (
        entity("x", "light", supported_color_modes=["rgb", "white"]),
        {"state": "on", "color_mode": "white", "brightness": 255},
        "on",
        {"color_mode": "white"},
    ),
    "light: a mode that nobody knows": (
        entity("x", "light", supported_color_modes=["hs", "color_temp"]),
        "on",
        "on",
        {"color_mode": "unknown"},
    ),
    "number": (
        entity("x", "number", min=5, max=50, step=0.5, mode="slider", unit_of_measurement="%"),
        12.5,
        "12.5",
        {"min": 5, "max": 50, "step": 0.5, "mode": "slider", "unit_of_measurement": "%"},
    ),
    "select": (entity("x", "select", options=["a", "b"]), "b", "b", {"options": ["a", "b"]}),
    "text": (
        entity("x", "text", min=1, max=9, pattern="[a-z]+", mode="password"),
        "abc",
        "abc",
        {"min": 1, "max": 9, "pattern": "[a-z]+", "mode": "password"},
    ),
    "button": (entity("x", "button", device_class="restart"), None, "unknown", {"device_class": "restart"}),
    "cover: open": (
        entity("x", "cover", device_class="blind", supported_features=["open", "close", "set_position", "set_tilt_position"]),
        {"state": "open", "current_position": 40, "current_tilt_position": 10},
        "open",
        {"current_position": 40, "current_tilt_position": 10, "supported_features": 1 | 2 | 4 | 128},
    ),
    "cover: closed": (entity("x", "cover"), "closed", "closed", {"supported_features": 11}),
    "cover: opening": (entity("x", "cover"), "opening", "opening", {}),
    "cover: closing": (entity("x", "cover"), "closing", "closing", {}),
    "climate": (
        entity(
            "x",
            "climate",
            hvac_modes=["off", "heat", "heat_cool"],
            min_temp=5,
            max_temp=30,
            target_temp_step=0.5,
            preset_modes=["eco", "none"],
            fan_modes=["low"],
            swing_modes=["on"],
            swing_horizontal_modes=["on"],
            supported_features=["target_temperature", "target_temperature_range", "target_humidity", "turn_on", "turn_off"],
        ),
        {
            "state": "heat",
            "temperature": 21,
            "current_temperature": 20.4,
            "target_temp_high": 25,
            "target_temp_low": 18,
            "humidity": 45,
            "current_humidity": 50,
            "hvac_action": "heating",
            "preset_mode": "eco",
            "fan_mode": "low",
            "swing_mode": "on",
            "swing_horizontal_mode": "on",
            "window": "closed",
        },
        "heat",
        {
            "temperature": 21,
            "current_temperature": 20.4,
            "target_temp_high": 25,
            "target_temp_low": 18,
            "humidity": 45,
            "current_humidity": 50,
            "hvac_action": "heating",
            "preset_mode": "eco",
            "fan_mode": "low",
            "swing_mode": "on",
            "swing_horizontal_mode": "on",
            "window": "closed",
            "min_temp": 5,
            "max_temp": 30,
            "target_temp_step": 0.5,
            "hvac_modes": ["off", "heat", "heat_cool"],
            "supported_features": 1 | 2 | 4 | 8 | 16 | 32 | 128 | 256 | 512,
        },
    ),
    "climate: in its own unit": (
        entity("x", "climate", hvac_modes=["heat"], temperature_unit="°F", supported_features=["target_temperature"]),
        {"state": "heat", "temperature": 68, "current_temperature": 50},
        "heat",
        {"temperature": 20, "current_temperature": 10},
    ),
    "lock: locked": (
        entity("x", "lock", code_format="^\\d{4}$", supported_features=["open"]),
        {"state": "locked", "changed_by": "Anna"},
        "locked",
        {"changed_by": "Anna", "code_format": "^\\d{4}$", "supported_features": 1},
    ),
    **{
        f"lock: {state}": (entity("x", "lock"), state, state, {})
        for state in ("unlocked", "locking", "unlocking", "open", "opening", "jammed")
    },
    "event": (entity("x", "event", device_class="doorbell", event_types=["ring"]), None, "unknown", {"event_types": ["ring"]}),
}


@pytest.mark.parametrize("case", STATES)
async def test_a_state_is_shown_as_home_assistant_has_it(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, case: str
) -> None:
    description, value, expected, attributes = STATES[case]
    bridge_id = f"dev.one.{description['key']}"
    sidecar.frames = snapshot({"devices": [device("dev", "one", description, name="dev one")]}, {"states": [[bridge_id, value]]})
    await set_up(hass, entry)
    state = state_of(hass, bridge_id)
    assert state is not None
    assert state.domain == description["platform"]
    assert state.state == expected
    assert {key: state.attributes.get(key) for key in attributes} == attributes
    assert entry.runtime_data.counters.wrong_values == 0


#: A value that the sidecar should never have let through makes one entity unknown and harms nothing.
WRONG: dict[str, tuple[dict[str, Any], Any]] = {
    "a text for a number": (entity("x", "sensor", state_class="measurement", unit_of_measurement="W"), "much"),
    "an undeclared option": (entity("x", "sensor", device_class="enum", options=["a"]), "b"),
    "a naive time": (entity("x", "sensor", device_class="timestamp"), "2026-11-21T10:00:00"),
    "no time at all": (entity("x", "sensor", device_class="timestamp"), 5),
    "no date": (entity("x", "sensor", device_class="date"), "tomorrow"),
    "a colour mode that is none": (
        entity("x", "light", supported_color_modes=["hs"]),
        {"state": "on", "color_mode": "ultraviolet"},
    ),
    "an undeclared colour mode": (entity("x", "light", supported_color_modes=["hs"]), {"state": "on", "color_mode": "rgb"}),
    "a colour that is none": (
        entity("x", "light", supported_color_modes=["hs"]),
        {"state": "on", "color_mode": "hs", "hs_color": 5},
    ),
    "a mode that is none": (entity("x", "climate", hvac_modes=["off"]), "party"),
    "an action that is none": (entity("x", "climate", hvac_modes=["off"]), {"state": "off", "hvac_action": "dancing"}),
    "a text that is too long": (entity("x", "text", max=3), "abcdef"),
    "a list for a number": (entity("x", "number"), [1, 2]),
    "an object in an object": (entity("x", "sensor", state_class="measurement"), {"state": {"state": 5}}),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_value_makes_one_entity_unknown(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, case: str
) -> None:
    description, value = WRONG[case]
    sidecar.frames = snapshot(
        {"devices": [device("dev", "one", description, entity("good", "sensor"))]},
        {"states": [["dev.one.x", value], ["dev.one.good", 1]]},
    )
    await set_up(hass, entry)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", None]]})
    await sidecar.push({"t": "batch", "seq": 102, "states": [["dev.one.x", value], ["dev.one.good", 2]]})
    await until_state(hass, "dev.one.good", "2")
    state = state_of(hass, "dev.one.x")
    assert (
        state is None or state.state == "unknown" or (description["platform"] == "light" and "hs_color" not in state.attributes)
    )


async def test_repeated_values_are_written_only_where_they_are_wanted(
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


FULL_CLIMATE = STATES["climate"][0]
COVER = entity(
    "x",
    "cover",
    supported_speeds=["slow"],
    supported_features=["open", "close", "stop", "set_position", "open_tilt", "close_tilt", "stop_tilt", "set_tilt_position"],
)
LIGHT = entity("x", "light", supported_color_modes=COLOUR, effect_list=["rainbow"], supported_features=["flash", "transition"])

#: (description, state before, service, data) → (action, params)
ACTIONS: dict[str, tuple[dict[str, Any], Any, str, dict[str, Any], str, dict[str, Any]]] = {
    "switch on": (entity("x", "switch"), "off", "turn_on", {}, "turn_on", {}),
    "switch off": (entity("x", "switch"), "on", "turn_off", {}, "turn_off", {}),
    "switch toggled": (entity("x", "switch"), "on", "toggle", {}, "turn_off", {}),
    "light on": (LIGHT, "off", "turn_on", {}, "turn_on", {}),
    "light brighter": (
        LIGHT,
        "off",
        "turn_on",
        {"brightness_pct": 50, "transition": 2},
        "turn_on",
        {"brightness": 128, "transition": 2.0},
    ),
    "light warm": (LIGHT, "off", "turn_on", {"color_temp_kelvin": 3000}, "turn_on", {"color_temp_kelvin": 3000}),
    "light hs": (LIGHT, "off", "turn_on", {"hs_color": [120, 100]}, "turn_on", {"hs_color": [120.0, 100.0]}),
    "light xy": (LIGHT, "off", "turn_on", {"xy_color": [0.3, 0.4]}, "turn_on", {"xy_color": [0.3, 0.4]}),
    "light rgb": (LIGHT, "off", "turn_on", {"rgb_color": [1, 2, 3]}, "turn_on", {"rgb_color": [1, 2, 3]}),
    "light rgbw": (LIGHT, "off", "turn_on", {"rgbw_color": [1, 2, 3, 4]}, "turn_on", {"rgbw_color": [1, 2, 3, 4]}),
    "light rgbww": (LIGHT, "off", "turn_on", {"rgbww_color": [1, 2, 3, 4, 5]}, "turn_on", {"rgbww_color": [1, 2, 3, 4, 5]}),
    "light white": (LIGHT, "off", "turn_on", {"white": 99}, "turn_on", {"white": 99}),
    "light reduced to what it can": (
        entity("x", "light", supported_color_modes=["hs"]),
        "off",
        "turn_on",
        {"rgb_color": [255, 0, 0]},
        "turn_on",
        {"hs_color": [0.0, 100.0]},
    ),
    "light effect": (LIGHT, "off", "turn_on", {"effect": "rainbow"}, "turn_on", {"effect": "rainbow"}),
    "light flash": (LIGHT, "off", "turn_on", {"flash": "short"}, "turn_on", {"flash": "short"}),
    "light to nothing": (
        LIGHT,
        {"state": "on", "color_mode": "hs", "brightness": 5},
        "turn_on",
        {"brightness": 0},
        "turn_off",
        {},
    ),
    "light off": (LIGHT, "on", "turn_off", {"transition": 3}, "turn_off", {"transition": 3.0}),
    "number": (entity("x", "number", max=10), 1, "set_value", {"value": 4.5}, "set_value", {"value": 4.5}),
    "select": (
        entity("x", "select", options=["a", "b"]),
        "a",
        "select_option",
        {"option": "b"},
        "select_option",
        {"option": "b"},
    ),
    "select next": (entity("x", "select", options=["a", "b"]), "a", "select_next", {}, "select_option", {"option": "b"}),
    "text": (entity("x", "text"), "a", "set_value", {"value": "b"}, "set_value", {"value": "b"}),
    "button": (entity("x", "button"), None, "press", {}, "press", {}),
    "cover open": (COVER, "closed", "open_cover", {"speed": "slow"}, "open_cover", {"speed": "slow"}),
    "cover close": (COVER, "open", "close_cover", {}, "close_cover", {}),
    "cover stop": (COVER, "opening", "stop_cover", {}, "stop_cover", {}),
    "cover to a position": (COVER, "open", "set_cover_position", {"position": 30}, "set_cover_position", {"position": 30}),
    "cover tilt open": (COVER, "open", "open_cover_tilt", {}, "open_cover_tilt", {}),
    "cover tilt close": (COVER, "open", "close_cover_tilt", {}, "close_cover_tilt", {}),
    "cover tilt stop": (COVER, "open", "stop_cover_tilt", {}, "stop_cover_tilt", {}),
    "cover tilt": (
        COVER,
        "open",
        "set_cover_tilt_position",
        {"tilt_position": 7},
        "set_cover_tilt_position",
        {"tilt_position": 7},
    ),
    "climate temperature": (
        FULL_CLIMATE,
        "heat",
        "set_temperature",
        {"temperature": 22.5},
        "set_temperature",
        {"temperature": 22.5},
    ),
    "climate range and mode": (
        FULL_CLIMATE,
        "heat",
        "set_temperature",
        {"target_temp_low": 18, "target_temp_high": 24, "hvac_mode": "heat_cool"},
        "set_temperature",
        {"target_temp_low": 18.0, "target_temp_high": 24.0, "hvac_mode": "heat_cool"},
    ),
    "climate humidity": (FULL_CLIMATE, "heat", "set_humidity", {"humidity": 40}, "set_humidity", {"humidity": 40}),
    "climate mode": (FULL_CLIMATE, "heat", "set_hvac_mode", {"hvac_mode": "off"}, "set_hvac_mode", {"hvac_mode": "off"}),
    "climate preset": (
        FULL_CLIMATE,
        "heat",
        "set_preset_mode",
        {"preset_mode": "eco"},
        "set_preset_mode",
        {"preset_mode": "eco"},
    ),
    "climate fan": (FULL_CLIMATE, "heat", "set_fan_mode", {"fan_mode": "low"}, "set_fan_mode", {"fan_mode": "low"}),
    "climate swing": (FULL_CLIMATE, "heat", "set_swing_mode", {"swing_mode": "on"}, "set_swing_mode", {"swing_mode": "on"}),
    "climate swing sideways": (
        FULL_CLIMATE,
        "heat",
        "set_swing_horizontal_mode",
        {"swing_horizontal_mode": "on"},
        "set_swing_horizontal_mode",
        {"swing_horizontal_mode": "on"},
    ),
    "climate on": (FULL_CLIMATE, "off", "turn_on", {}, "turn_on", {}),
    "climate off": (FULL_CLIMATE, "heat", "turn_off", {}, "turn_off", {}),
    "lock": (entity("x", "lock"), "unlocked", "lock", {}, "lock", {}),
    "unlock": (entity("x", "lock", code_format="^\\d{4}$"), "locked", "unlock", {"code": "1234"}, "unlock", {"code": "1234"}),
    "lock open": (entity("x", "lock", supported_features=["open"]), "locked", "open", {}, "open", {}),
}


@pytest.mark.parametrize("case", ACTIONS)
async def test_an_action_goes_out_as_home_assistant_resolved_it(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, case: str
) -> None:
    description, before, service, data, action, params = ACTIONS[case]
    sidecar.frames = snapshot({"devices": [device("dev", "one", description)]}, {"states": [["dev.one.x", before]]})
    await set_up(hass, entry)
    target = {"entity_id": entity_id_of(hass, "dev.one.x")}
    await hass.services.async_call(description["platform"], service, target | data, blocking=True)
    [command] = sidecar.calls
    assert (command["entity"], command["action"], command["params"]) == ("dev.one.x", action, params)
    assert command["context"]["origin"] == "home_assistant"
    assert (command["id"], command["deadline_ms"], command["allow_retry"]) == (None, None, False)


async def test_what_the_device_cannot_do_never_leaves(
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


async def test_an_event_is_shown_with_its_attributes_and_each_counts(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    bell = entity("ring", "event", device_class="doorbell", event_types=["ring", "ring_twice"])
    sidecar.frames = snapshot({"devices": [device("bell", "door", bell)]})
    await set_up(hass, entry)
    seen: list[Any] = []
    entity_id = entity_id_of(hass, "bell.door.ring")
    hass.bus.async_listen(
        "state_changed",
        lambda event: seen.append(
            (event.data["new_state"].attributes.get("event_type"), event.data["new_state"].attributes.get("n"))
        ),
        event_filter=callback(lambda data: data["entity_id"] == entity_id),
    )
    events: list[Any] = [
        {"id": number, "entity": "bell.door.ring", "event_type": kind, "attributes": {"n": number}, "at": "2026-11-21T10:00:00Z"}
        for number, kind in ((1, "ring"), (2, "ring_twice"), (2, "ring"), (3, "undeclared"), (4, "ring"))
    ]
    events += [{"id": "x"}, None, {"id": 5, "entity": "bell.nobody.ring", "event_type": "ring"}]
    await sidecar.push({"t": "batch", "seq": 101, "events": events})
    await until(lambda: len(seen) == 3)
    assert seen == [("ring", 1), ("ring_twice", 2), ("ring", 4)]
    assert entry.runtime_data.cursor()["last_event"] == 5
    assert entry.runtime_data.counters.malformed == 2
