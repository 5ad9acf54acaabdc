"""Locks: their states, their actions on the wire."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import GoesOut, Sent, Shown, Shows

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "locked": (
        entity("x", "lock", code_format="^\\d{4}$", supported_features=["open"]),
        {"state": "locked", "changed_by": "Anna"},
        "locked",
        {"changed_by": "Anna", "code_format": "^\\d{4}$", "supported_features": 1},
    ),
    **{
        state: (entity("x", "lock"), state, state, {})
        for state in ("unlocked", "locking", "unlocking", "open", "opening", "jammed")
    },
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, Sent] = {
    "lock": (entity("x", "lock"), "unlocked", "lock", {}, "lock", {}),
    "unlock": (entity("x", "lock", code_format="^\\d{4}$"), "locked", "unlock", {"code": "1234"}, "unlock", {"code": "1234"}),
    "open": (entity("x", "lock", supported_features=["open"]), "locked", "open", {}, "open", {}),
}


@pytest.mark.parametrize("case", ACTIONS.values(), ids=ACTIONS)
async def test_an_action_becomes_one_command(goes_out: GoesOut, case: Sent) -> None:
    await goes_out(*case)
