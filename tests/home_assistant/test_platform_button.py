"""Buttons: their states, their actions on the wire."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import GoesOut, Sent, Shown, Shows

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "button": (entity("x", "button", device_class="restart"), None, "unknown", {"device_class": "restart"}),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, Sent] = {
    "button": (entity("x", "button"), None, "press", {}, "press", {}),
}


@pytest.mark.parametrize("case", ACTIONS.values(), ids=ACTIONS)
async def test_an_action_becomes_one_command(goes_out: GoesOut, case: Sent) -> None:
    await goes_out(*case)
