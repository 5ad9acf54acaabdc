"""Numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.number import DEFAULT_MAX_VALUE, DEFAULT_MIN_VALUE, NumberDeviceClass, NumberEntity, NumberMode
from homeassistant.components.number.const import NumberEntityCapabilityAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import HA_DEFAULT, Field
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known numbers; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.NUMBER, BridgeNumber, async_add_entities)


class BridgeNumber(BridgeEntity, NumberEntity):
    """A number that can be set."""

    DEVICE_CLASSES = NumberDeviceClass
    RESERVED = NumberEntityCapabilityAttribute
    FIELDS = (
        Field("min", "_attr_native_min_value", float, float(DEFAULT_MIN_VALUE)),
        Field("max", "_attr_native_max_value", float, float(DEFAULT_MAX_VALUE)),
        Field("step", "_attr_native_step", float, HA_DEFAULT),
        Field("mode", "_attr_mode", NumberMode, NumberMode.AUTO),
        Field("unit_of_measurement", "_attr_native_unit_of_measurement", str),
    )

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        if state is not None and not isinstance(state, (int, float)):
            raise TypeError("not a number")
        self._attr_native_value = state

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the value, in the device's own unit."""
        await self._command("set_value", value=value)
