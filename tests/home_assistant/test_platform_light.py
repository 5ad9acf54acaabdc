"""Lights: their states, wrong values, their actions on the wire."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import GoesOut, HarmsNothing, Sent, Shown, Shows, Wrong

COLOUR = ["color_temp", "hs", "rgb", "rgbw", "rgbww", "xy", "white"]

LIGHT = entity("x", "light", supported_color_modes=COLOUR, effect_list=["rainbow"], supported_features=["flash", "transition"])

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "on and off": (
        entity("x", "light", supported_color_modes=["onoff"]),
        {"state": "on", "color_mode": "onoff"},
        "on",
        {"color_mode": "onoff", "supported_color_modes": ["onoff"]},
    ),
    "its only mode": (
        entity("x", "light", supported_color_modes=["brightness"]),
        {"state": "on", "brightness": 7},
        "on",
        {"color_mode": "brightness", "brightness": 7},
    ),
    "off": (
        entity("x", "light", supported_color_modes=["brightness"]),
        "off",
        "off",
        {"color_mode": None, "brightness": None},
    ),
    "color_temp": (
        entity("x", "light", supported_color_modes=["color_temp", "hs"], min_color_temp_kelvin=2200, max_color_temp_kelvin=6000),
        {"state": "on", "color_mode": "color_temp", "brightness": 128, "color_temp_kelvin": 3000},
        "on",
        {"color_mode": "color_temp", "color_temp_kelvin": 3000, "min_color_temp_kelvin": 2200, "max_color_temp_kelvin": 6000},
    ),
    "hs": (
        entity("x", "light", supported_color_modes=["hs"], effect_list=["rainbow"]),
        {"state": "on", "color_mode": "hs", "brightness": 255, "hs_color": [120, 100], "effect": "rainbow"},
        "on",
        {"color_mode": "hs", "hs_color": (120.0, 100.0), "effect": "rainbow", "effect_list": ["rainbow"]},
    ),
    "xy": (
        entity("x", "light", supported_color_modes=["xy"]),
        {"state": "on", "color_mode": "xy", "brightness": 255, "xy_color": [0.3, 0.4]},
        "on",
        {"color_mode": "xy", "xy_color": (0.3, 0.4)},
    ),
    "rgb": (
        entity("x", "light", supported_color_modes=["rgb"]),
        {"state": "on", "color_mode": "rgb", "brightness": 255, "rgb_color": [1, 2, 3]},
        "on",
        {"color_mode": "rgb", "rgb_color": (1, 2, 3)},
    ),
    "rgbw": (
        entity("x", "light", supported_color_modes=["rgbw"]),
        {"state": "on", "color_mode": "rgbw", "brightness": 255, "rgbw_color": [1, 2, 3, 4]},
        "on",
        {"color_mode": "rgbw", "rgbw_color": (1, 2, 3, 4)},
    ),
    "rgbww": (
        entity("x", "light", supported_color_modes=["rgbww"]),
        {"state": "on", "color_mode": "rgbww", "brightness": 255, "rgbww_color": [1, 2, 3, 4, 5]},
        "on",
        {"color_mode": "rgbww", "rgbww_color": (1, 2, 3, 4, 5)},
    ),
    "white": (
        entity("x", "light", supported_color_modes=["rgb", "white"]),
        {"state": "on", "color_mode": "white", "brightness": 255},
        "on",
        {"color_mode": "white"},
    ),
    "an unknown mode": (
        entity("x", "light", supported_color_modes=["hs", "color_temp"]),
        "on",
        "on",
        {"color_mode": "unknown"},
    ),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description and a value that the sidecar should never have let through.
WRONG: dict[str, Wrong] = {
    "a colour mode that is none": (
        entity("x", "light", supported_color_modes=["hs"]),
        {"state": "on", "color_mode": "ultraviolet"},
    ),
    "an undeclared colour mode": (entity("x", "light", supported_color_modes=["hs"]), {"state": "on", "color_mode": "rgb"}),
    "a colour that is none": (
        entity("x", "light", supported_color_modes=["hs"]),
        {"state": "on", "color_mode": "hs", "hs_color": 5},
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
async def test_a_wrong_value_makes_one_entity_unknown(harms_nothing: HarmsNothing, case: Wrong) -> None:
    await harms_nothing(*case)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, Sent] = {
    "on": (LIGHT, "off", "turn_on", {}, "turn_on", {}),
    "brighter": (
        LIGHT,
        "off",
        "turn_on",
        {"brightness_pct": 50, "transition": 2},
        "turn_on",
        {"brightness": 128, "transition": 2.0},
    ),
    "warm": (LIGHT, "off", "turn_on", {"color_temp_kelvin": 3000}, "turn_on", {"color_temp_kelvin": 3000}),
    "hs": (LIGHT, "off", "turn_on", {"hs_color": [120, 100]}, "turn_on", {"hs_color": [120.0, 100.0]}),
    "xy": (LIGHT, "off", "turn_on", {"xy_color": [0.3, 0.4]}, "turn_on", {"xy_color": [0.3, 0.4]}),
    "rgb": (LIGHT, "off", "turn_on", {"rgb_color": [1, 2, 3]}, "turn_on", {"rgb_color": [1, 2, 3]}),
    "rgbw": (LIGHT, "off", "turn_on", {"rgbw_color": [1, 2, 3, 4]}, "turn_on", {"rgbw_color": [1, 2, 3, 4]}),
    "rgbww": (LIGHT, "off", "turn_on", {"rgbww_color": [1, 2, 3, 4, 5]}, "turn_on", {"rgbww_color": [1, 2, 3, 4, 5]}),
    "white": (LIGHT, "off", "turn_on", {"white": 99}, "turn_on", {"white": 99}),
    "reduced to what it can": (
        entity("x", "light", supported_color_modes=["hs"]),
        "off",
        "turn_on",
        {"rgb_color": [255, 0, 0]},
        "turn_on",
        {"hs_color": [0.0, 100.0]},
    ),
    "effect": (LIGHT, "off", "turn_on", {"effect": "rainbow"}, "turn_on", {"effect": "rainbow"}),
    "flash": (LIGHT, "off", "turn_on", {"flash": "short"}, "turn_on", {"flash": "short"}),
    "to nothing": (
        LIGHT,
        {"state": "on", "color_mode": "hs", "brightness": 5},
        "turn_on",
        {"brightness": 0},
        "turn_off",
        {},
    ),
    "off": (LIGHT, "on", "turn_off", {"transition": 3}, "turn_off", {"transition": 3.0}),
}


@pytest.mark.parametrize("case", ACTIONS.values(), ids=ACTIONS)
async def test_an_action_becomes_one_command(goes_out: GoesOut, case: Sent) -> None:
    await goes_out(*case)
