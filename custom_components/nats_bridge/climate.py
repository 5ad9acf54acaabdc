"""Climate: thermostats, air conditioners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components.climate import (
    DEFAULT_MAX_HUMIDITY,
    DEFAULT_MIN_HUMIDITY,
    ClimateEntity,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.components.climate.const import ClimateEntityCapabilityAttribute
from homeassistant.const import Platform, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import HA_DEFAULT, Field, texts
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0

#: Home Assistant 2026.11 renamed the temperature attributes. It warns of the old names; earlier releases lack the new ones.
_NATIVE: Final = "native_" if hasattr(ClimateEntity, "native_target_temperature") else ""

_TEMPERATURES: Final = (
    ("temperature", f"_attr_{_NATIVE}target_temperature"),
    ("target_temp_high", f"_attr_{_NATIVE}target_temperature_high"),
    ("target_temp_low", f"_attr_{_NATIVE}target_temperature_low"),
    ("current_temperature", f"_attr_{_NATIVE}current_temperature"),
)
_OTHERS: Final = (
    ("current_humidity", "_attr_current_humidity"),
    ("humidity", "_attr_target_humidity"),
    ("fan_mode", "_attr_fan_mode"),
    ("preset_mode", "_attr_preset_mode"),
    ("swing_mode", "_attr_swing_mode"),
    ("swing_horizontal_mode", "_attr_swing_horizontal_mode"),
)
_SHOWN: Final = _TEMPERATURES + _OTHERS

_SET_TEMPERATURE: Final = ("temperature", "target_temp_high", "target_temp_low", "hvac_mode")

#: Features that a description implies by naming options.


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known climate entities; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.CLIMATE, BridgeClimate, async_add_entities)


def _modes(value: Any) -> list[HVACMode]:
    return [HVACMode(mode) for mode in value if mode in HVACMode]


class BridgeClimate(BridgeEntity, ClimateEntity):
    """A thermostat or an air conditioner."""

    FEATURES = ClimateEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "hvac_action", *(name for name, _ in _SHOWN)})
    RESERVED = ClimateEntityCapabilityAttribute
    FIELDS = (
        Field("hvac_modes", "_attr_hvac_modes", _modes, []),
        Field("min_temp", "_attr_min_temp", float, HA_DEFAULT),
        Field("max_temp", "_attr_max_temp", float, HA_DEFAULT),
        Field("target_temp_step", "_attr_target_temperature_step", float),
        Field("temperature_unit", f"_attr_{_NATIVE}temperature_unit", UnitOfTemperature, UnitOfTemperature.CELSIUS),
        Field("precision", "_attr_precision", float, HA_DEFAULT),
        Field("min_humidity", "_attr_min_humidity", float, float(DEFAULT_MIN_HUMIDITY)),
        Field("max_humidity", "_attr_max_humidity", float, float(DEFAULT_MAX_HUMIDITY)),
        Field("target_humidity_step", "_attr_target_humidity_step", int),
        Field("preset_modes", "_attr_preset_modes", texts, implies=ClimateEntityFeature.PRESET_MODE),
        Field("fan_modes", "_attr_fan_modes", texts, implies=ClimateEntityFeature.FAN_MODE),
        Field("swing_modes", "_attr_swing_modes", texts, implies=ClimateEntityFeature.SWING_MODE),
        Field(
            "swing_horizontal_modes", "_attr_swing_horizontal_modes", texts, implies=ClimateEntityFeature.SWING_HORIZONTAL_MODE
        ),
    )

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_hvac_mode = None if state is None else HVACMode(state)
        action = attributes.get("hvac_action")
        self._attr_hvac_action = None if action is None else HVACAction(action)
        for name, attribute in _SHOWN:
            setattr(self, attribute, attributes.get(name))

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the target temperature or range, and the mode if it is given."""
        # Home Assistant passes all fields of the call, also the target.
        await self._command("set_temperature", **{key: kwargs.get(key) for key in _SET_TEMPERATURE})

    @override
    async def async_set_humidity(self, humidity: int) -> None:
        """Set the target humidity."""
        await self._command("set_humidity", humidity=humidity)

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Set the mode."""
        await self._command("set_hvac_mode", hvac_mode=hvac_mode)

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Set the preset."""
        await self._command("set_preset_mode", preset_mode=preset_mode)

    @override
    async def async_set_fan_mode(self, fan_mode: str) -> None:
        """Set the fan's mode."""
        await self._command("set_fan_mode", fan_mode=fan_mode)

    @override
    async def async_set_swing_mode(self, swing_mode: str) -> None:
        """Set the swing mode."""
        await self._command("set_swing_mode", swing_mode=swing_mode)

    @override
    async def async_set_swing_horizontal_mode(self, swing_horizontal_mode: str) -> None:
        """Set the horizontal swing mode."""
        await self._command("set_swing_horizontal_mode", swing_horizontal_mode=swing_horizontal_mode)

    @override
    async def async_turn_on(self) -> None:
        """Turn it on."""
        await self._command("turn_on")

    @override
    async def async_turn_off(self) -> None:
        """Turn it off."""
        await self._command("turn_off")
