"""Events: their states."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, entity_id_of, until
from support.platforms import Shown, Shows
from support.scripted import ScriptedSidecar, snapshot

#: Description, value off the wire, state, attributes that must be there.
STATES: dict[str, Shown] = {
    "event": (entity("x", "event", device_class="doorbell", event_types=["ring"]), None, "unknown", {"event_types": ["ring"]}),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
async def test_a_state_is_shown(shows: Shows, case: Shown) -> None:
    await shows(*case)


async def test_an_event_is_shown_with_its_attributes_and_each_counts(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    bell = entity("ring", "event", device_class="doorbell", event_types=["ring", "ring_twice"])
    sidecar.frames = snapshot({"devices": [device("bell", "door", bell)]})
    await set_up(hass, entry)
    seen: list[Any] = []
    entity_id = entity_id_of(hass, "bell.door.ring")
    hass.bus.async_listen(
        "state_changed",
        # Not a callback, it would be called by several threads, in any order.
        callback(
            lambda event: seen.append(
                (event.data["new_state"].attributes.get("event_type"), event.data["new_state"].attributes.get("n"))
            )
        ),
        event_filter=callback(lambda data: data["entity_id"] == entity_id),
    )
    events: list[Any] = [
        {"id": number, "entity": "bell.door.ring", "event_type": kind, "attributes": {"n": number}, "at": "2026-11-21T10:00:00Z"}
        for number, kind in ((1, "ring"), (2, "ring_twice"), (2, "ring"), (3, "undeclared"), (4, "ring"))
    ]
    events += [{"id": "x"}, None, {"id": 5, "entity": "bell.unknown.ring", "event_type": "ring"}]
    await sidecar.push({"t": "batch", "seq": 101, "events": events})
    await until(lambda: len(seen) == 3)
    assert seen == [("ring", 1), ("ring_twice", 2), ("ring", 4)]
    assert entry.runtime_data.cursor()["last_event"] == 5
    assert entry.runtime_data.home.counters.malformed == 2
