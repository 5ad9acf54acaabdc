"""Binary sensors: their states."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import Shown, Shows

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "on": (entity("x", "binary_sensor", device_class="door"), "on", "on", {"device_class": "door"}),
    "off, with an attribute": (
        entity("x", "binary_sensor"),
        {"state": "off", "why": "closed"},
        "off",
        {"why": "closed"},
    ),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)
