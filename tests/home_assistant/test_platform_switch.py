"""Switches: their states, their actions on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from support.home import entity
from support.platforms import GoesOut, Shows

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, tuple[dict[str, Any], Any, str, dict[str, Any]]] = {
    "switch": (entity("x", "switch", device_class="outlet"), "on", "on", {"device_class": "outlet"}),
}


@pytest.mark.parametrize(("description", "value", "state", "attributes"), STATES.values(), ids=STATES)
async def test_a_state_is_shown_as_home_assistant_has_it(
    shows: Shows, description: dict[str, Any], value: Any, state: str, attributes: dict[str, Any]
) -> None:
    await shows(description, value, state, attributes)


#: Description, state before, service and its data → action and its parameters.
ACTIONS: dict[str, tuple[dict[str, Any], Any, str, dict[str, Any], str, dict[str, Any]]] = {
    "on": (entity("x", "switch"), "off", "turn_on", {}, "turn_on", {}),
    "off": (entity("x", "switch"), "on", "turn_off", {}, "turn_off", {}),
    "toggled": (entity("x", "switch"), "on", "toggle", {}, "turn_off", {}),
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
