"""Sensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.sensor import UNIT_CONVERTERS, SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.components.sensor.const import SensorEntityCapabilityAttribute, SensorEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .entity import BridgeEntity
from .fields import Field, member_of, texts
from .hub import NatsBridgeConfigEntry
from .model import Description

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known sensors; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.SENSOR, BridgeSensor, async_add_entities)


class BridgeSensor(BridgeEntity, SensorEntity):
    """A sensor: a number, a text, a time or one of its options."""

    DEVICE_CLASSES = SensorDeviceClass
    ALLOWS_CONFIG = False
    STATE_ATTRIBUTES = frozenset({"state", "last_reset"})
    RESERVED = (*SensorEntityCapabilityAttribute, *SensorEntityStateAttribute)
    FIELDS = (
        Field("state_class", "_attr_state_class", member_of(SensorStateClass)),
        Field("unit_of_measurement", "_attr_native_unit_of_measurement", str),
        Field("suggested_unit_of_measurement", "_attr_suggested_unit_of_measurement", str),
        Field("suggested_display_precision", "_attr_suggested_display_precision", int),
        Field("options", "_attr_options", texts),
    )

    _is_time = False
    _is_date = False

    @override
    def _on_description(self, description: Description) -> None:
        self._is_time = self.device_class in (SensorDeviceClass.TIMESTAMP, SensorDeviceClass.UPTIME)
        self._is_date = self.device_class is SensorDeviceClass.DATE
        if self._is_time or self._is_date or self.device_class is SensorDeviceClass.ENUM:
            # With a unit or state class Home Assistant accepts only numbers as states.
            self._attr_native_unit_of_measurement = self._attr_suggested_unit_of_measurement = None
            self._attr_state_class = self._attr_suggested_display_precision = None
        elif not self._converts():
            self._attr_suggested_unit_of_measurement = None

    def _converts(self) -> bool:
        """Whether Home Assistant can convert to the suggested unit. If not, it would not add the sensor."""
        converter = UNIT_CONVERTERS.get(self.device_class)
        units = {self.native_unit_of_measurement, self.suggested_unit_of_measurement}
        return len(units) == 1 or (converter is not None and units <= converter.VALID_UNITS)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        if state is not None:
            if self._is_time:
                state = dt_util.parse_datetime(state, raise_on_error=True)
            elif self._is_date:
                state = dt_util.parse_date(state)
        self._attr_native_value = state
        last_reset = attributes.get("last_reset") if attributes and self.state_class == SensorStateClass.TOTAL else None
        if last_reset is not None:
            last_reset = dt_util.parse_datetime(last_reset, raise_on_error=True)
        self._attr_last_reset = last_reset
