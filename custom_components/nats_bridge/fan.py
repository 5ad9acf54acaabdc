"""Fans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.fan import FanEntity, FanEntityFeature
from homeassistant.components.fan.const import FanEntityCapabilityAttribute, FanEntityStateAttribute
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
    """Add the known fans; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.FAN, BridgeFan, async_add_entities)


class BridgeFan(BridgeEntity, FanEntity):
    """A fan."""

    FEATURES = FanEntityFeature
    DEFAULT_FEATURES = ("turn_off", "turn_on")
    STATE_ATTRIBUTES = frozenset({"state", "percentage", "preset_mode", "oscillating", "direction"})
    RESERVED = (*FanEntityCapabilityAttribute, *FanEntityStateAttribute)
    FIELDS = (
        Field("preset_modes", "_attr_preset_modes", texts, implies=FanEntityFeature.PRESET_MODE),
        Field(
            "percentage_step",
            "_attr_speed_count",
            lambda step: max(1, round(100 / float(step))),
            100,
            implies=FanEntityFeature.SET_SPEED,
        ),
    )

    _is_on: bool | None = None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the device says. Home Assistant would derive it from the speed."""
        return self._is_on

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._is_on = None if state is None else state == "on"
        percentage = attributes.get("percentage")
        self._attr_percentage = None if percentage is None else int(percentage)
        self._attr_preset_mode = attributes.get("preset_mode")
        self._attr_oscillating = attributes.get("oscillating")
        self._attr_current_direction = attributes.get("direction")

    @override
    async def async_turn_on(self, percentage: int | None = None, preset_mode: str | None = None, **kwargs: Any) -> None:
        """Turn it on."""
        await self._command("turn_on", percentage=percentage, preset_mode=preset_mode, **kwargs)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._command("turn_off", **kwargs)

    @override
    async def async_set_percentage(self, percentage: int) -> None:
        """Set the speed."""
        await self._command("set_percentage", percentage=percentage)

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Select a preset."""
        await self._command("set_preset_mode", preset_mode=preset_mode)

    @override
    async def async_oscillate(self, oscillating: bool) -> None:
        """Start or stop oscillating."""
        await self._command("oscillate", oscillating=oscillating)

    @override
    async def async_set_direction(self, direction: str) -> None:
        """Set the direction."""
        await self._command("set_direction", direction=direction)
