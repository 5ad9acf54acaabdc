"""Climate: their states, wrong values, their actions on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from support.home import entity
from support.platforms import GoesOut, HarmsNothing, Sent, Shown, Shows, Wrong

FULL_CLIMATE = entity(
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
)

#: Goes through as it is: each attribute has Home Assistant's own name.
FULL_STATE: dict[str, Any] = {
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
}

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "climate": (
        FULL_CLIMATE,
        {"state": "heat", **FULL_STATE},
        "heat",
        {
            **FULL_STATE,
            "min_temp": 5,
            "max_temp": 30,
            "target_temp_step": 0.5,
            "hvac_modes": ["off", "heat", "heat_cool"],
            "supported_features": 1 | 2 | 4 | 8 | 16 | 32 | 128 | 256 | 512,
        },
    ),
    "in its own unit": (
        entity("x", "climate", hvac_modes=["heat"], temperature_unit="°F", supported_features=["target_temperature"]),
        {"state": "heat", "temperature": 68, "current_temperature": 50},
        "heat",
        {"temperature": 20, "current_temperature": 10},
    ),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description and a value that the sidecar should never have let through.
WRONG: dict[str, Wrong] = {
    "a mode that is none": (entity("x", "climate", hvac_modes=["off"]), "party"),
    "an action that is none": (entity("x", "climate", hvac_modes=["off"]), {"state": "off", "hvac_action": "dancing"}),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
async def test_a_wrong_value_makes_one_entity_unknown(harms_nothing: HarmsNothing, case: Wrong) -> None:
    await harms_nothing(*case)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, Sent] = {
    "temperature": (
        FULL_CLIMATE,
        "heat",
        "set_temperature",
        {"temperature": 22.5},
        "set_temperature",
        {"temperature": 22.5},
    ),
    "range and mode": (
        FULL_CLIMATE,
        "heat",
        "set_temperature",
        {"target_temp_low": 18, "target_temp_high": 24, "hvac_mode": "heat_cool"},
        "set_temperature",
        {"target_temp_low": 18.0, "target_temp_high": 24.0, "hvac_mode": "heat_cool"},
    ),
    "humidity": (FULL_CLIMATE, "heat", "set_humidity", {"humidity": 40}, "set_humidity", {"humidity": 40}),
    "mode": (FULL_CLIMATE, "heat", "set_hvac_mode", {"hvac_mode": "off"}, "set_hvac_mode", {"hvac_mode": "off"}),
    "preset": (
        FULL_CLIMATE,
        "heat",
        "set_preset_mode",
        {"preset_mode": "eco"},
        "set_preset_mode",
        {"preset_mode": "eco"},
    ),
    "fan": (FULL_CLIMATE, "heat", "set_fan_mode", {"fan_mode": "low"}, "set_fan_mode", {"fan_mode": "low"}),
    "swing": (FULL_CLIMATE, "heat", "set_swing_mode", {"swing_mode": "on"}, "set_swing_mode", {"swing_mode": "on"}),
    "swing sideways": (
        FULL_CLIMATE,
        "heat",
        "set_swing_horizontal_mode",
        {"swing_horizontal_mode": "on"},
        "set_swing_horizontal_mode",
        {"swing_horizontal_mode": "on"},
    ),
    "on": (FULL_CLIMATE, "off", "turn_on", {}, "turn_on", {}),
    "off": (FULL_CLIMATE, "heat", "turn_off", {}, "turn_off", {}),
}


@pytest.mark.parametrize("case", ACTIONS.values(), ids=ACTIONS)
async def test_an_action_becomes_one_command(goes_out: GoesOut, case: Sent) -> None:
    await goes_out(*case)
