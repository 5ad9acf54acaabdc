"""Tags: each event of a tag reader is one scan, which Home Assistant records."""

from __future__ import annotations

from typing import Any

from homeassistant.components.tag.const import EVENT_TAG_SCANNED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from conftest import set_up
from support.home import Watcher, device, entity, until
from support.real import RealDevice, RealSidecar
from support.scripted import BRIDGE_ID, ScriptedSidecar, snapshot

DOOR = device(
    "door",
    "front",
    entity("reader", "event", event_types=["scanned"], tag_reader=True),
    entity("bell", "event", event_types=["ring"]),
)


def scan(number: int, key: str = "reader", **attributes: Any) -> dict[str, Any]:
    """Return an event of the door."""
    kind = "scanned" if key == "reader" else "ring"
    return {
        "id": number,
        "entity": f"door.front.{key}",
        "event_type": kind,
        "attributes": attributes,
        "at": "2026-11-21T10:00:00Z",
    }


async def test_a_scan_is_recorded_once_with_the_device(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, device_registry: dr.DeviceRegistry
) -> None:
    assert await async_setup_component(hass, "tag", {})
    scans = async_capture_events(hass, EVENT_TAG_SCANNED)
    sidecar.frames = snapshot({"devices": [DOOR]})
    await set_up(hass, entry)
    events = [scan(1, tag_id="04-A1"), scan(1, tag_id="04-A1"), scan(2, key="bell", tag_id="04-B2"), scan(3, tag_id=7), scan(4)]
    await sidecar.push({"t": "batch", "seq": 101, "events": events})
    await until(lambda: entry.runtime_data.feed.last_event == 4)
    await hass.async_block_till_done()
    [registered] = [
        known
        for known in dr.async_entries_for_config_entry(device_registry, entry.entry_id)
        if ("nats_bridge", f"{BRIDGE_ID}.door.front") in known.identifiers
    ]
    assert [(one.data["tag_id"], one.data["device_id"]) for one in scans] == [("04-A1", registered.id)]

    # The next snapshot has the event again.
    sidecar.frames = snapshot({"devices": [DOOR], "events": [scan(4), scan(1, tag_id="04-A1")]})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert len(scans) == 1


async def test_without_the_integration_tag_a_scan_is_only_an_event_and_logged_once(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    sidecar.frames = snapshot({"devices": [DOOR]})
    await set_up(hass, entry)
    for number in (1, 2):
        await sidecar.push({"t": "batch", "seq": 100 + number, "events": [scan(number, tag_id="04-A1")]})
    await until(lambda: entry.runtime_data.feed.last_event == 2)
    await hass.async_block_till_done()
    assert caplog.text.count("Home Assistant's integration tag is not set up") == 1
    assert "Traceback" not in caplog.text


async def test_a_tag_that_a_device_reads_is_recorded_once(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    assert await async_setup_component(hass, "tag", {})
    scans = async_capture_events(hass, EVENT_TAG_SCANNED)
    reader = entity("reader", "event", event_types=["scanned"], tag_reader=True)
    async with RealDevice(real.nats_url, "door", "front", reader) as door:
        await watch.becomes("door.front.reader", "unknown")
        await door.fire("reader", {"event_type": "scanned"})
        await door.fire("reader", {"event_type": "scanned", "tag_id": "04-A1"})
        await until(lambda: scans)
        await hass.config_entries.async_reload(home.entry_id)
        await door.fire("reader", {"event_type": "scanned", "tag_id": "04-B2"})
        await until(lambda: len(scans) == 2)
    assert [one.data["tag_id"] for one in scans] == ["04-A1", "04-B2"]
    assert {one.data["device_id"] for one in scans} == {scans[0].data["device_id"]}
    assert scans[0].data["device_id"] is not None
