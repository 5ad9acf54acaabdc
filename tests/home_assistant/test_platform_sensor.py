"""Sensors: their states, wrong values."""

from __future__ import annotations

import pytest

from support.home import entity
from support.platforms import HarmsNothing, Shown, Shows, Wrong

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "a number": (
        entity("x", "sensor", device_class="temperature", unit_of_measurement="°C", state_class="measurement"),
        21.5,
        "21.5",
        {
            "device_class": "temperature",
            "unit_of_measurement": "°C",
            "state_class": "measurement",
            "friendly_name": "dev one Temperature",
        },
    ),
    "a text": (entity("some_text", "sensor"), "hello", "hello", {"friendly_name": "dev one Some text"}),
    "an option": (entity("x", "sensor", device_class="enum", options=["a", "b"]), "b", "b", {"options": ["a", "b"]}),
    "a time": (
        entity("x", "sensor", device_class="timestamp"),
        "2026-11-21T10:00:00+01:00",
        "2026-11-21T09:00:00+00:00",
        {},
    ),
    "a date": (entity("x", "sensor", device_class="date"), "2026-11-21", "2026-11-21", {}),
    "a total with its reset": (
        entity("x", "sensor", device_class="energy", unit_of_measurement="kWh", state_class="total"),
        {"state": 5, "last_reset": "2026-11-21T00:00:00+00:00", "phase": 1},
        "5",
        {"last_reset": "2026-11-21T00:00:00+00:00", "phase": 1},
    ),
    "unknown": (entity("x", "sensor"), None, "unknown", {}),
    "the main feature": (entity("x", "sensor", name=None), 1, "1", {"friendly_name": "dev one"}),
    "health": (
        entity("health_rssi", "sensor", device_class="signal_strength", unit_of_measurement="dBm", state_class="measurement"),
        -60,
        "-60",
        {"friendly_name": "dev one Signal strength"},
    ),
    "with a name of its own": (
        entity("x", "sensor", name="Läuft", icon="mdi:run"),
        1,
        "1",
        {"friendly_name": "dev one Läuft", "icon": "mdi:run"},
    ),
    "an unknown class": (entity("x", "sensor", device_class="of_the_future", unit_of_measurement="W"), 3, "3", {}),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


#: Description and a value that the sidecar should never have let through.
WRONG: dict[str, Wrong] = {
    "a text for a number": (entity("x", "sensor", state_class="measurement", unit_of_measurement="W"), "much"),
    "an undeclared option": (entity("x", "sensor", device_class="enum", options=["a"]), "b"),
    "a naive time": (entity("x", "sensor", device_class="timestamp"), "2026-11-21T10:00:00"),
    "no time at all": (entity("x", "sensor", device_class="timestamp"), 5),
    "no date": (entity("x", "sensor", device_class="date"), "tomorrow"),
    "an object in an object": (entity("x", "sensor", state_class="measurement"), {"state": {"state": 5}}),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
async def test_a_wrong_value_makes_one_entity_unknown(harms_nothing: HarmsNothing, case: Wrong) -> None:
    await harms_nothing(*case)
