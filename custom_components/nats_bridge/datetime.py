"""Dates with a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, override

from homeassistant.components.datetime import DateTimeEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known dates with a time; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.DATETIME, BridgeDateTime, async_add_entities)


class BridgeDateTime(BridgeEntity, DateTimeEntity):
    """A date with a time that can be set."""

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_native_value = None if state is None else datetime.fromisoformat(state)

    @override
    async def async_set_value(self, value: datetime) -> None:
        """Set the date and time. Home Assistant passes it with its time zone."""
        await self._command("set_value", datetime=value.isoformat())
