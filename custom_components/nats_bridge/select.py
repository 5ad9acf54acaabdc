"""Selects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.select import SelectEntity
from homeassistant.components.select.const import SelectEntityCapabilityAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field, texts
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known selects; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.SELECT, BridgeSelect, async_add_entities)


class BridgeSelect(BridgeEntity, SelectEntity):
    """One of several options."""

    RESERVED = SelectEntityCapabilityAttribute
    FIELDS = (Field("options", "_attr_options", texts, []),)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_current_option = state

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose an option."""
        await self._command("select_option", option=option)
