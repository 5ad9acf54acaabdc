"""Numbers: their states, wrong values, their actions on the wire."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import GoesOut, HarmsNothing, Sent, Shown, Shows, Wrong

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "number": (
        entity("x", "number", min=5, max=50, step=0.5, mode="slider", unit_of_measurement="%"),
        12.5,
        "12.5",
        {"min": 5, "max": 50, "step": 0.5, "mode": "slider", "unit_of_measurement": "%"},
    ),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description and a value that the sidecar should never have let through.
WRONG: dict[str, Wrong] = {
    "a list for a number": (entity("x", "number"), [1, 2]),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
async def test_a_wrong_value_makes_one_entity_unknown(harms_nothing: HarmsNothing, case: Wrong) -> None:
    await harms_nothing(*case)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, Sent] = {
    "number": (entity("x", "number", max=10), 1, "set_value", {"value": 4.5}, "set_value", {"value": 4.5}),
}


@pytest.mark.parametrize("case", ACTIONS.values(), ids=ACTIONS)
async def test_an_action_becomes_one_command(goes_out: GoesOut, case: Sent) -> None:
    await goes_out(*case)
