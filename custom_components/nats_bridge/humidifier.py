"""Humidifiers and dehumidifiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.humidifier import (
    DEFAULT_MAX_HUMIDITY,
    DEFAULT_MIN_HUMIDITY,
    HumidifierAction,
    HumidifierDeviceClass,
    HumidifierEntity,
    HumidifierEntityFeature,
)
from homeassistant.components.humidifier.const import HumidifierEntityCapabilityAttribute, HumidifierEntityStateAttribute
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
    """Add the known humidifiers; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.HUMIDIFIER, BridgeHumidifier, async_add_entities)


class BridgeHumidifier(BridgeEntity, HumidifierEntity):
    """A humidifier or a dehumidifier."""

    FEATURES = HumidifierEntityFeature
    DEVICE_CLASSES = HumidifierDeviceClass
    STATE_ATTRIBUTES = frozenset({"state", "action", "current_humidity", "humidity", "mode"})
    RESERVED = (*HumidifierEntityCapabilityAttribute, *HumidifierEntityStateAttribute)
    FIELDS = (
        Field("min_humidity", "_attr_min_humidity", float, DEFAULT_MIN_HUMIDITY),
        Field("max_humidity", "_attr_max_humidity", float, DEFAULT_MAX_HUMIDITY),
        Field("target_humidity_step", "_attr_target_humidity_step", float),
        Field("available_modes", "_attr_available_modes", texts, implies=HumidifierEntityFeature.MODES),
    )

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_on = None if state is None else state == "on"
        action = attributes.get("action")
        self._attr_action = None if action is None else HumidifierAction(action)
        self._attr_current_humidity = attributes.get("current_humidity")
        self._attr_target_humidity = attributes.get("humidity")
        self._attr_mode = attributes.get("mode")

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._command("turn_on", **kwargs)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._command("turn_off", **kwargs)

    @override
    async def async_set_humidity(self, humidity: int) -> None:
        """Set the target."""
        await self._command("set_humidity", humidity=humidity)

    @override
    async def async_set_mode(self, mode: str) -> None:
        """Select a mode."""
        await self._command("set_mode", mode=mode)
