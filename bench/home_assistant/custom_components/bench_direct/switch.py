"""The one switch of the direct integration."""

from __future__ import annotations

from typing import Any

from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant

from . import DOMAIN


class DirectSwitch(SwitchEntity):
    """On or off, when the device says so."""

    _attr_should_poll = False
    _attr_unique_id = "direct.switch"
    _attr_name = "Bench switch"

    def take(self, value: bytes) -> None:
        """Sets the value, without writing it."""
        self._attr_is_on = value == b"on"

    async def async_turn_on(self, **kwargs: Any) -> None:
        """Waits for the device."""
        await self.hass.data[DOMAIN].turn(b"switch relay", b"on")

    async def async_turn_off(self, **kwargs: Any) -> None:
        """Waits for the device."""
        await self.hass.data[DOMAIN].turn(b"switch relay", b"off")


async def async_setup_platform(
    hass: HomeAssistant, config: dict[str, Any], async_add_entities: Any, settings: dict[str, Any]
) -> None:
    """Adds the switch."""
    entity = DirectSwitch()
    hass.data[DOMAIN].entities[b"switch relay"] = entity
    async_add_entities([entity])
