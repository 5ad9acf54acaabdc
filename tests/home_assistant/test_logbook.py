"""What Home Assistant's bus and logbook say of devices."""

from __future__ import annotations

from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.const import STATE_OFF
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN, EVENT_ACTION_FAILED, EVENT_TRIGGER
from support.home import device, entity, entity_id_of, until
from support.scripted import BRIDGE_ID, ScriptedSidecar, snapshot

REMOTE = device(
    "remote", "hall", entity("button", "event", event_types=["short", "long"]), entity("plug", "switch", name="Plug")
) | {
    "triggers": [
        {"type": "button_short_press", "subtype": "button_1", "key": "button", "event_type": "short"},
        {"type": "multi_press_end", "subtype": "button_1", "key": "button", "event_type": "long"},
    ]
}


@pytest.fixture(autouse=True)
def custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None, socket_enabled: None) -> None:
    """Load ours, after the recorder, which Home Assistant must find at its start."""


@pytest.fixture(autouse=True)
async def shown(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    """A home with a remote control, and the logbook."""
    assert await async_setup_component(hass, "logbook", {})
    sidecar.frames = snapshot({"devices": [REMOTE], "states": [["remote.hall.plug", STATE_OFF]]})
    await set_up(hass, entry)


async def test_a_device_trigger_fires_an_event(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    events = async_capture_events(hass, EVENT_TRIGGER)
    press = {
        "id": 7,
        "entity": "remote.hall.button",
        "event_type": "long",
        "attributes": {"times": 3},
        "at": "2026-11-21T10:00:00Z",
    }
    await sidecar.push({"t": "batch", "seq": 101, "events": [press]})
    await until(lambda: events)
    registered = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.remote.hall"), entry.entry_id)
    assert registered is not None
    assert [event.data for event in events] == [
        {
            "device_id": registered.id,
            "type": "multi_press_end",
            "subtype": "button_1",
            "event_type": "long",
            "attributes": {"times": 3},
        }
    ]


async def test_a_refused_action_is_in_the_logbook_once_and_without_secrets(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    async def refuse(_: Any) -> Any:
        error = {"code": "BUSY", "message": "the motor is hot, token=hunter2", "retryable": True, "details": None}
        return {"id": "01JC", "ms": 1.0, "error": error}

    sidecar.on_command = refuse
    failures = async_capture_events(hass, EVENT_ACTION_FAILED)
    start = dt_util.utcnow()
    plug = entity_id_of(hass, "remote.hall.plug")
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call("switch", "turn_on", {"entity_id": plug}, blocking=True)
    press = {"id": 7, "entity": "remote.hall.button", "event_type": "short", "attributes": {}, "at": "2026-11-21T10:00:00Z"}
    await sidecar.push({"t": "batch", "seq": 101, "events": [press]})
    await until(lambda: entry.runtime_data.home.counters.events == 1)
    await hass.async_block_till_done()
    [failure] = failures
    assert failure.data["entity_id"] == plug
    assert failure.data["device_id"]
    await async_wait_recording_done(hass)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "logbook/get_events", "start_time": start.isoformat()})
    lines = (await client.receive_json())["result"]
    [line] = [line for line in lines if line.get("entity_id") == plug]
    assert line["name"].endswith("Plug")
    assert line["message"].startswith("did not execute turn_on: ")
    assert "the motor is hot, token=***" in line["message"]
    assert line["context_service"] == "turn_on"
    # The press is there once, as the event entity's.
    assert len([line for line in lines if "button" in str(line.get("entity_id"))]) == 1
    assert [shown for shown in lines if shown.get("domain") == DOMAIN] == [line]
