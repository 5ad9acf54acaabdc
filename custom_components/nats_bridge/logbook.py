"""What the logbook says of devices beyond their states: actions that failed.

Events of devices are not described here. Home Assistant shows those of event entities itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import LOGBOOK_ENTRY_ENTITY_ID, LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN, EVENT_ACTION_FAILED


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Callable[[Event[dict[str, Any]]], dict[str, str]]], None]
) -> None:
    """Describe the events of the integration."""

    @callback
    def describe_failed(event: Event[dict[str, Any]]) -> dict[str, str]:
        entity_id = str(event.data.get(ATTR_ENTITY_ID, ""))
        state = hass.states.get(entity_id)
        return {
            LOGBOOK_ENTRY_NAME: state.name if state is not None else entity_id,
            LOGBOOK_ENTRY_MESSAGE: f"did not execute {event.data.get('action')}: {event.data.get('message')}",
            LOGBOOK_ENTRY_ENTITY_ID: entity_id,
        }

    async_describe_event(DOMAIN, EVENT_ACTION_FAILED, describe_failed)
