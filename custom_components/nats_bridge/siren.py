"""Sirens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.siren import SirenEntity, SirenEntityFeature
from homeassistant.components.siren.const import SirenEntityCapabilityAttribute
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
    """Add the known sirens; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.SIREN, BridgeSiren, async_add_entities)


class BridgeSiren(BridgeEntity, SirenEntity):
    """A siren, a gong or a chime."""

    FEATURES = SirenEntityFeature
    DEFAULT_FEATURES = ("turn_on", "turn_off")
    RESERVED = SirenEntityCapabilityAttribute
    FIELDS = (Field("available_tones", "_attr_available_tones", texts, implies=SirenEntityFeature.TONES),)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_on = None if state is None else state == "on"

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._command("turn_on", **kwargs)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._command("turn_off", **kwargs)
