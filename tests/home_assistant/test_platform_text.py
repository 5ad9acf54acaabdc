"""Texts: their states, wrong values, their actions on the wire."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import GoesOut, HarmsNothing, Sent, Shown, Shows, Wrong

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "text": (
        entity("x", "text", min=1, max=9, pattern="[a-z]+", mode="password"),
        "abc",
        "abc",
        {"min": 1, "max": 9, "pattern": None, "mode": "password"},
    ),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description and a value that the sidecar should never have let through.
WRONG: dict[str, Wrong] = {
    "a text that is too long": (entity("x", "text", max=3), "abcdef"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
async def test_a_wrong_value_makes_one_entity_unknown(harms_nothing: HarmsNothing, case: Wrong) -> None:
    await harms_nothing(*case)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, Sent] = {
    "text": (entity("x", "text"), "a", "set_value", {"value": "b"}, "set_value", {"value": "b"}),
}


@pytest.mark.parametrize("case", ACTIONS.values(), ids=ACTIONS)
async def test_an_action_becomes_one_command(goes_out: GoesOut, case: Sent) -> None:
    await goes_out(*case)
