"""Switches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known switches; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.SWITCH, BridgeSwitch, async_add_entities)


class BridgeSwitch(BridgeEntity, SwitchEntity):
    """A switch."""

    DEVICE_CLASSES = SwitchDeviceClass

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_on = None if state is None else state == "on"

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch it on."""
        await self._command("turn_on")

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch it off."""
        await self._command("turn_off")
