"""Valves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.valve import ValveDeviceClass, ValveEntity, ValveEntityFeature
from homeassistant.components.valve.const import ValveEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known valves; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.VALVE, BridgeValve, async_add_entities)


class BridgeValve(BridgeEntity, ValveEntity):
    """A valve for water or gas."""

    FEATURES = ValveEntityFeature
    DEVICE_CLASSES = ValveDeviceClass
    STATE_ATTRIBUTES = frozenset({"state", "current_position"})
    RESERVED = ValveEntityStateAttribute
    FIELDS = (Field("reports_position", "_attr_reports_position", bool, False),)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_closed = None if state is None else state == "closed"
        self._attr_is_opening = state == "opening"
        self._attr_is_closing = state == "closing"
        self._attr_current_valve_position = attributes.get("current_position")

    @override
    async def async_open_valve(self) -> None:
        """Open it."""
        await self._command("open_valve")

    @override
    async def async_close_valve(self) -> None:
        """Close it."""
        await self._command("close_valve")

    @override
    async def async_set_valve_position(self, position: int) -> None:
        """Move it to a position. Home Assistant also opens and closes this way where it can."""
        await self._command("set_valve_position", position=position)

    @override
    async def async_stop_valve(self) -> None:
        """Stop it."""
        await self._command("stop_valve")
