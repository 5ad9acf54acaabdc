"""Events, such as those of doorbells and remote controls."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from typing import Any, override

from homeassistant.components.event import EventDeviceClass, EventEntity
from homeassistant.components.event.const import EventEntityCapabilityAttribute, EventEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field, texts
from .hub import NatsBridgeConfigEntry

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known event entities; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.EVENT, BridgeEvent, async_add_entities)


class BridgeEvent(BridgeEntity, EventEntity):
    """An event entity. Its state is the time of the last event, which Home Assistant stores."""

    DEVICE_CLASSES = EventDeviceClass
    RESERVED = (*EventEntityCapabilityAttribute, *EventEntityStateAttribute)
    FIELDS = (Field("event_types", "_attr_event_types", texts, []),)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """The sidecar sends no state of an event entity."""

    @override
    @callback
    def async_fire_event(self, event_type: str, attributes: dict[str, Any]) -> None:
        """Show the event."""
        if not self._added:
            return
        try:
            self._trigger_event(event_type, self._extra_attributes(attributes))
        except ValueError as err:
            self._home.counters.wrong_values += 1
            _LOGGER.debug("%s: %s", self.wire_id, err)
            return
        self._write_state()
