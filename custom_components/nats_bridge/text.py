"""Texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.text import TextEntity, TextMode
from homeassistant.components.text.const import TextEntityCapabilityAttribute
from homeassistant.const import MAX_LENGTH_STATE_STATE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known texts; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.TEXT, BridgeText, async_add_entities)


class BridgeText(BridgeEntity, TextEntity):
    """A text that can be set. Its pattern stays with the sidecar, which checks it without backtracking."""

    RESERVED = TextEntityCapabilityAttribute
    FIELDS = (
        Field("min", "_attr_native_min", int, 0),
        Field("max", "_attr_native_max", int, MAX_LENGTH_STATE_STATE),
        Field("mode", "_attr_mode", TextMode, TextMode.TEXT),
    )

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_native_value = state

    @override
    async def async_set_value(self, value: str) -> None:
        """Set the text."""
        await self._command("set_value", value=value)
