"""Binary sensors: their states."""

from __future__ import annotations

from typing import Any

import pytest

from support.home import entity
from support.platforms import Shows

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, tuple[dict[str, Any], Any, str, dict[str, Any]]] = {
    "on": (entity("x", "binary_sensor", device_class="door"), "on", "on", {"device_class": "door"}),
    "off, with an attribute": (
        entity("x", "binary_sensor"),
        {"state": "off", "why": "closed"},
        "off",
        {"why": "closed"},
    ),
}


@pytest.mark.parametrize(("description", "value", "state", "attributes"), STATES.values(), ids=STATES)
async def test_a_state_is_shown_as_home_assistant_has_it(
    shows: Shows, description: dict[str, Any], value: Any, state: str, attributes: dict[str, Any]
) -> None:
    await shows(description, value, state, attributes)
