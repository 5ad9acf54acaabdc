"""Selects: their states, their actions on the wire."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import GoesOut, Sent, Shown, Shows

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "select": (entity("x", "select", options=["a", "b"]), "b", "b", {"options": ["a", "b"]}),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, Sent] = {
    "select": (
        entity("x", "select", options=["a", "b"]),
        "a",
        "select_option",
        {"option": "b"},
        "select_option",
        {"option": "b"},
    ),
    "next": (entity("x", "select", options=["a", "b"]), "a", "select_next", {}, "select_option", {"option": "b"}),
}


@pytest.mark.parametrize("case", ACTIONS.values(), ids=ACTIONS)
async def test_an_action_becomes_one_command(goes_out: GoesOut, case: Sent) -> None:
    await goes_out(*case)
