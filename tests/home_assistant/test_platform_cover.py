"""Covers: their states, their actions on the wire."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import GoesOut, Sent, Shown, Shows

COVER = entity(
    "x",
    "cover",
    supported_speeds=["slow"],
    supported_features=["open", "close", "stop", "set_position", "open_tilt", "close_tilt", "stop_tilt", "set_tilt_position"],
)

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "open": (
        entity("x", "cover", device_class="blind", supported_features=["open", "close", "set_position", "set_tilt_position"]),
        {"state": "open", "current_position": 40, "current_tilt_position": 10},
        "open",
        {"current_position": 40, "current_tilt_position": 10, "supported_features": 1 | 2 | 4 | 128},
    ),
    "closed": (entity("x", "cover"), "closed", "closed", {"supported_features": 11}),
    "opening": (entity("x", "cover"), "opening", "opening", {}),
    "closing": (entity("x", "cover"), "closing", "closing", {}),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, Sent] = {
    "open": (COVER, "closed", "open_cover", {"speed": "slow"}, "open_cover", {"speed": "slow"}),
    "close": (COVER, "open", "close_cover", {}, "close_cover", {}),
    "stop": (COVER, "opening", "stop_cover", {}, "stop_cover", {}),
    "to a position": (COVER, "open", "set_cover_position", {"position": 30}, "set_cover_position", {"position": 30}),
    "tilt open": (COVER, "open", "open_cover_tilt", {}, "open_cover_tilt", {}),
    "tilt close": (COVER, "open", "close_cover_tilt", {}, "close_cover_tilt", {}),
    "tilt stop": (COVER, "open", "stop_cover_tilt", {}, "stop_cover_tilt", {}),
    "tilt": (
        COVER,
        "open",
        "set_cover_tilt_position",
        {"tilt_position": 7},
        "set_cover_tilt_position",
        {"tilt_position": 7},
    ),
}


@pytest.mark.parametrize("case", ACTIONS.values(), ids=ACTIONS)
async def test_an_action_becomes_one_command(goes_out: GoesOut, case: Sent) -> None:
    await goes_out(*case)
