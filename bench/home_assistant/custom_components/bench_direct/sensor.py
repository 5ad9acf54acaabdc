"""Sensors of the direct integration."""

from __future__ import annotations

from typing import Any

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant

from . import DOMAIN


class DirectSensor(SensorEntity):
    """A number."""

    _attr_should_poll = False
    _attr_native_unit_of_measurement = "lx"

    def __init__(self, device: int, number: int) -> None:
        self._attr_unique_id = f"direct.d{device}.e{number}"
        self._attr_name = f"Bench d{device} e{number}"

    def take(self, value: bytes) -> None:
        """Sets the value, without writing it."""
        self._attr_native_value = int(value)


async def async_setup_platform(
    hass: HomeAssistant, config: dict[str, Any], async_add_entities: Any, settings: dict[str, Any]
) -> None:
    """Adds all sensors."""
    hub = hass.data[DOMAIN]
    for device in range(settings["devices"]):
        entities = [DirectSensor(device, number) for number in range(settings["entities"])]
        hub.entities.update({f"d{device} e{number}".encode(): entity for number, entity in enumerate(entities)})
        async_add_entities(entities)
