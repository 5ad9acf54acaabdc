"""Trackers of devices: by position, or by a connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components.device_tracker import BaseScannerEntity, SourceType, TrackerEntity
from homeassistant.components.device_tracker.const import (
    DeviceTrackerEntityCapabilityAttribute,
    DeviceTrackerEntityStateAttribute,
)
from homeassistant.const import STATE_HOME, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .context import HomeContext
from .entity import BridgeEntity
from .fields import Field
from .hub import NatsBridgeConfigEntry
from .model import Description, Device

PARALLEL_UPDATES = 0

_HOME_ZONE: Final = "zone.home"
_RESERVED: Final = (*DeviceTrackerEntityCapabilityAttribute, *DeviceTrackerEntityStateAttribute)


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known trackers; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.DEVICE_TRACKER, _create, async_add_entities)


def _create(home: HomeContext, device: Device, description: Description) -> BridgeEntity:
    return (BridgeTracker if _has_position(description) else BridgeScanner)(home, device, description)


def _has_position(description: Description) -> bool:
    return description.get("source_type") in (None, SourceType.GPS)


def _zone(value: Any) -> str:
    """Return the entity id of a zone. Home Assistant does not write a state with anything else."""
    if not str(value).startswith("zone."):
        raise ValueError(f"{value} is no zone")
    return str(value)


class BridgeTracker(BridgeEntity, TrackerEntity):
    """A tracker that knows its position, or the zones that it is in."""

    STATE_ATTRIBUTES = frozenset({"state", "latitude", "longitude", "gps_accuracy", "in_zones"})
    RESERVED = _RESERVED
    DEFAULT_CATEGORY = EntityCategory.DIAGNOSTIC

    @override
    def can_become(self, description: Description) -> bool:
        """Whether the other description is of the same kind."""
        return _has_position(description)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        latitude, longitude = attributes.get("latitude"), attributes.get("longitude")
        self._attr_latitude = None if latitude is None else float(latitude)
        self._attr_longitude = None if longitude is None else float(longitude)
        self._attr_location_accuracy = float(attributes.get("gps_accuracy", 0))
        zones = attributes.get("in_zones")
        if zones is None and state is not None:
            # Home Assistant derives the state from the zones.
            zones = [_HOME_ZONE] if state == STATE_HOME else []
        self._attr_in_zones = None if zones is None else [_zone(zone) for zone in zones]


class BridgeScanner(BridgeEntity, BaseScannerEntity):
    """A tracker that knows whether there is a connection to the device. Its address and host name are extra attributes."""

    RESERVED = _RESERVED
    DEFAULT_CATEGORY = EntityCategory.DIAGNOSTIC
    FIELDS = (Field("source_type", "_attr_source_type", SourceType, SourceType.ROUTER),)

    _is_connected: bool | None = None

    @override
    def can_become(self, description: Description) -> bool:
        """Whether the other description is of the same kind."""
        return not _has_position(description)

    @property
    @override
    def is_connected(self) -> bool | None:
        """Return whether it is connected."""
        return self._is_connected

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._is_connected = None if state is None else state == STATE_HOME
