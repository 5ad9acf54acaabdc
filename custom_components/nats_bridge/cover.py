"""Covers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.cover import CoverDeviceClass, CoverEntity, CoverEntityFeature
from homeassistant.components.cover.const import CoverEntityCapabilityAttribute, CoverEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field, texts
from .hub import NatsBridgeConfigEntry
from .model import Description

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known covers; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.COVER, BridgeCover, async_add_entities)


class BridgeCover(BridgeEntity, CoverEntity):
    """A cover, such as a blind, a garage door or a curtain."""

    FEATURES = CoverEntityFeature
    DEVICE_CLASSES = CoverDeviceClass
    STATE_ATTRIBUTES = frozenset({"state", "current_position", "current_tilt_position"})
    RESERVED = (*CoverEntityCapabilityAttribute, *CoverEntityStateAttribute)
    FIELDS = (Field("supported_speeds", "_attr_supported_speeds", texts, implies=CoverEntityFeature.SPEED),)

    @override
    def _on_description(self, description: Description) -> None:
        if description.get("supported_features") is None:
            # Home Assistant derives them: open, close, stop, and the positions that are reported.
            self._attr_supported_features = None

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_closed = None if state is None else state == "closed"
        self._attr_is_opening = state == "opening"
        self._attr_is_closing = state == "closing"
        self._attr_current_cover_position = attributes.get("current_position")
        self._attr_current_cover_tilt_position = attributes.get("current_tilt_position")

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open it."""
        await self._command("open_cover", **kwargs)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close it."""
        await self._command("close_cover", **kwargs)

    @override
    async def async_set_cover_position(self, **kwargs: Any) -> None:
        """Move it to a position."""
        await self._command("set_cover_position", **kwargs)

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Stop it."""
        await self._command("stop_cover", **kwargs)

    @override
    async def async_open_cover_tilt(self, **kwargs: Any) -> None:
        """Open the slats."""
        await self._command("open_cover_tilt", **kwargs)

    @override
    async def async_close_cover_tilt(self, **kwargs: Any) -> None:
        """Close the slats."""
        await self._command("close_cover_tilt", **kwargs)

    @override
    async def async_set_cover_tilt_position(self, **kwargs: Any) -> None:
        """Tilt the slats to a position."""
        await self._command("set_cover_tilt_position", **kwargs)

    @override
    async def async_stop_cover_tilt(self, **kwargs: Any) -> None:
        """Stop the slats."""
        await self._command("stop_cover_tilt", **kwargs)
