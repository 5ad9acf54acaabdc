"""Times of day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, override

from homeassistant.components.time import TimeEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known times; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.TIME, BridgeTime, async_add_entities)


class BridgeTime(BridgeEntity, TimeEntity):
    """A time of day that can be set."""

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_native_value = None if state is None else time.fromisoformat(state)

    @override
    async def async_set_value(self, value: time) -> None:
        """Set the time."""
        await self._command("set_value", time=value.isoformat())
