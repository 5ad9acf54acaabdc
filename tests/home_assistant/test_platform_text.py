"""Texts: their states, wrong values, their actions on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from support.home import entity
from support.platforms import GoesOut, HarmsNothing, Shows

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, tuple[dict[str, Any], Any, str, dict[str, Any]]] = {
    "text": (
        entity("x", "text", min=1, max=9, pattern="[a-z]+", mode="password"),
        "abc",
        "abc",
        {"min": 1, "max": 9, "pattern": "[a-z]+", "mode": "password"},
    ),
}


@pytest.mark.parametrize(("description", "value", "state", "attributes"), STATES.values(), ids=STATES)
async def test_a_state_is_shown_as_home_assistant_has_it(
    shows: Shows, description: dict[str, Any], value: Any, state: str, attributes: dict[str, Any]
) -> None:
    await shows(description, value, state, attributes)


#: Description and a value that the sidecar should never have let through.
WRONG: dict[str, tuple[dict[str, Any], Any]] = {
    "a text that is too long": (entity("x", "text", max=3), "abcdef"),
}


@pytest.mark.parametrize(("description", "value"), WRONG.values(), ids=WRONG)
async def test_a_wrong_value_makes_one_entity_unknown(
    harms_nothing: HarmsNothing, description: dict[str, Any], value: Any
) -> None:
    await harms_nothing(description, value)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, tuple[dict[str, Any], Any, str, dict[str, Any], str, dict[str, Any]]] = {
    "text": (entity("x", "text"), "a", "set_value", {"value": "b"}, "set_value", {"value": "b"}),
}


@pytest.mark.parametrize(("description", "before", "service", "data", "action", "params"), ACTIONS.values(), ids=ACTIONS)
async def test_an_action_goes_out_as_home_assistant_resolved_it(
    goes_out: GoesOut,
    description: dict[str, Any],
    before: Any,
    service: str,
    data: dict[str, Any],
    action: str,
    params: dict[str, Any],
) -> None:
    await goes_out(description, before, service, data, action, params)
