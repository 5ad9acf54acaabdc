"""Events: a bell rings, a button is pressed."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from typing import Any, override

from homeassistant.components.event import EventDeviceClass, EventEntity
from homeassistant.components.event.const import EventEntityCapabilityAttribute, EventEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity, Field, texts
from .hub import NatsBridgeConfigEntry

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the event entities that are known; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.EVENT, BridgeEvent, async_add_entities)


class BridgeEvent(BridgeEntity, EventEntity):
    """Something that happens. Its state is when it last did, as Home Assistant remembers it."""

    DEVICE_CLASSES = EventDeviceClass
    RESERVED = (*EventEntityCapabilityAttribute, *EventEntityStateAttribute)
    FIELDS = (Field("event_types", "_attr_event_types", texts, []),)

    @override
    def _show(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """An event has no state of its own."""

    @override
    @callback
    def async_happen(self, event_type: str, attributes: dict[str, Any]) -> None:
        """It has happened."""
        if not self._live:
            return
        try:
            self._trigger_event(event_type, self._own_attributes(attributes))
        except ValueError as err:
            self._hub.counters.wrong_values += 1
            _LOGGER.debug("%s: %s", self.bridge_id, err)
            return
        self._write()
