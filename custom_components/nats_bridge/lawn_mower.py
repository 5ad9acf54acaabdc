"""Lawn mowers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.lawn_mower import LawnMowerActivity, LawnMowerEntity, LawnMowerEntityFeature
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known lawn mowers; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.LAWN_MOWER, BridgeLawnMower, async_add_entities)


class BridgeLawnMower(BridgeEntity, LawnMowerEntity):
    """A lawn mower."""

    FEATURES = LawnMowerEntityFeature

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_activity = None if state is None else LawnMowerActivity(state)

    @override
    async def async_start_mowing(self) -> None:
        """Start mowing, or go on."""
        await self._command("start_mowing")

    @override
    async def async_pause(self) -> None:
        """Pause."""
        await self._command("pause")

    @override
    async def async_dock(self) -> None:
        """Return to the dock."""
        await self._command("dock")

    @override
    async def async_stop(self) -> None:
        """Stop."""
        await self._command("stop")
