"""Binary sensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known binary sensors; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.BINARY_SENSOR, BridgeBinarySensor, async_add_entities)


class BridgeBinarySensor(BridgeEntity, BinarySensorEntity):
    """A binary sensor."""

    DEVICE_CLASSES = BinarySensorDeviceClass
    ALLOWS_CONFIG = False

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_on = None if state is None else state == "on"
