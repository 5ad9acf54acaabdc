"""Dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, override

from homeassistant.components.date import DateEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known dates; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.DATE, BridgeDate, async_add_entities)


class BridgeDate(BridgeEntity, DateEntity):
    """A date that can be set."""

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_native_value = None if state is None else date.fromisoformat(state)

    @override
    async def async_set_value(self, value: date) -> None:
        """Set the date."""
        await self._command("set_value", date=value.isoformat())
