"""Water heaters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components.water_heater import WaterHeaterEntity, WaterHeaterEntityFeature
from homeassistant.components.water_heater.const import WaterHeaterCapabilityAttribute, WaterHeaterStateAttribute
from homeassistant.const import Platform, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import HA_DEFAULT, Field, texts
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0

#: Home Assistant 2026.11 renamed the temperature attributes. It warns of the old names; earlier releases lack the new ones.
_NATIVE: Final = "native_" if hasattr(WaterHeaterEntity, "native_target_temperature") else ""

_TEMPERATURES: Final = (
    ("temperature", f"_attr_{_NATIVE}target_temperature"),
    ("target_temp_high", f"_attr_{_NATIVE}target_temperature_high"),
    ("target_temp_low", f"_attr_{_NATIVE}target_temperature_low"),
    ("current_temperature", f"_attr_{_NATIVE}current_temperature"),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known water heaters; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.WATER_HEATER, BridgeWaterHeater, async_add_entities)


class BridgeWaterHeater(BridgeEntity, WaterHeaterEntity):
    """A water heater or a boiler."""

    FEATURES = WaterHeaterEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "away_mode", *(name for name, _ in _TEMPERATURES)})
    RESERVED = (*WaterHeaterCapabilityAttribute, *WaterHeaterStateAttribute)
    FIELDS = (
        Field("min_temp", "_attr_min_temp", float, HA_DEFAULT),
        Field("max_temp", "_attr_max_temp", float, HA_DEFAULT),
        Field("target_temp_step", "_attr_target_temperature_step", float),
        Field("temperature_unit", f"_attr_{_NATIVE}temperature_unit", UnitOfTemperature, UnitOfTemperature.CELSIUS),
        Field("precision", "_attr_precision", float, HA_DEFAULT),
        Field("operation_list", "_attr_operation_list", texts, implies=WaterHeaterEntityFeature.OPERATION_MODE),
    )

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_current_operation = state
        away = attributes.get("away_mode")
        self._attr_is_away_mode_on = None if away is None else away == "on"
        for name, attribute in _TEMPERATURES:
            setattr(self, attribute, attributes.get(name))

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the target temperature, and the operation mode if it is given."""
        # Home Assistant passes all fields of the call, also the target.
        await self._command("set_temperature", **{key: kwargs.get(key) for key in ("temperature", "operation_mode")})

    @override
    async def async_set_operation_mode(self, operation_mode: str) -> None:
        """Set the operation mode."""
        await self._command("set_operation_mode", operation_mode=operation_mode)

    @override
    async def async_turn_away_mode_on(self) -> None:
        """Turn the away mode on."""
        await self._command("set_away_mode", away_mode=True)

    @override
    async def async_turn_away_mode_off(self) -> None:
        """Turn the away mode off."""
        await self._command("set_away_mode", away_mode=False)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._command("turn_on")

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._command("turn_off")
