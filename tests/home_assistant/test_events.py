"""Event entities: which events are applied."""

from __future__ import annotations

from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant, callback
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, entity_id_of, until
from support.scripted import ScriptedSidecar, snapshot


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


async def test_a_reload_neither_loses_nor_repeats_an_event(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    bell = device("bell", "door", entity("ring", "event", device_class="doorbell", event_types=["ring"]))
    sidecar.frames = snapshot({"devices": [bell]})
    await set_up(hass, entry)
    ring = {"id": 7, "entity": "bell.door.ring", "event_type": "ring", "attributes": {}, "at": "2026-11-21T10:00:00Z"}
    await sidecar.push({"t": "batch", "seq": 101, "events": [ring]})
    await until(lambda: entry.runtime_data.home.counters.events == 1)
    rings: list[Any] = []
    entity_id = entity_id_of(hass, "bell.door.ring")
    hass.bus.async_listen(
        EVENT_STATE_CHANGED,
        lambda event: (
            rings.append(event.data["new_state"].attributes.get("number"))
            if event.data["entity_id"] == entity_id and event.data["new_state"].attributes.get("event_type")
            else None
        ),
    )
    # The next snapshot contains the event that was missed, and the last one again.
    missed = ring | {"id": 8, "attributes": {"number": 8}}
    sidecar.frames = snapshot({"devices": [bell], "events": [ring, missed]})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert sidecar.listens[-1]["last_event"] == 7
    assert 8 in rings
    assert entry.runtime_data.home.counters.events == 1
    assert sidecar.hellos[0]["instance"] == sidecar.hellos[1]["instance"]


async def test_events_of_a_new_stream_are_applied_although_their_numbers_are_lower(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    bell = device("door", "front", entity("bell", "event", event_types=["ring"]))
    ring = {"entity": "door.front.bell", "event_type": "ring", "attributes": {}, "at": "2026-11-21T10:00:00Z"}
    sidecar.frames = snapshot({"devices": [bell]}, begin={"event_epoch": "old", "last_event": 4711})
    await set_up(hass, entry)
    await sidecar.push({"t": "batch", "seq": 101, "events": [ring | {"id": 4711}, ring | {"id": 4712}]})
    await until(lambda: entry.runtime_data.home.counters.events == 1)
    assert entry.runtime_data.cursor() == {"epoch": "6f0e8d1c2b3a4f55", "since": 101, "last_event": 4712, "event_epoch": "old"}

    sidecar.frames = snapshot({"devices": [bell], "events": [ring | {"id": 1}]}, begin={"event_epoch": "new", "last_event": 0})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert sidecar.listens[-1]["last_event"] == 4712
    assert sidecar.listens[-1]["event_epoch"] == "old"
    assert entry.runtime_data.home.counters.events == 1
    assert entry.runtime_data.cursor()["event_epoch"] == "new"
    assert entry.runtime_data.cursor()["last_event"] == 1
