"""Lights, in every colour mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, override

from homeassistant.components.light import (
    DEFAULT_MAX_KELVIN,
    DEFAULT_MIN_KELVIN,
    ColorMode,
    LightEntity,
    LightEntityFeature,
    filter_supported_color_modes,
)
from homeassistant.components.light.const import LightEntityCapabilityAttribute, LightEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field, texts
from .hub import NatsBridgeConfigEntry
from .model import Description

PARALLEL_UPDATES = 0

#: The colour attributes: name on the wire, attribute of the entity, conversion of the value.
_COLOURS: Final[tuple[tuple[str, str, Callable[[Any], Any]], ...]] = (
    ("brightness", "_attr_brightness", int),
    ("color_temp_kelvin", "_attr_color_temp_kelvin", int),
    ("hs_color", "_attr_hs_color", tuple),
    ("xy_color", "_attr_xy_color", tuple),
    ("rgb_color", "_attr_rgb_color", tuple),
    ("rgbw_color", "_attr_rgbw_color", tuple),
    ("rgbww_color", "_attr_rgbww_color", tuple),
    ("effect", "_attr_effect", str),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known lights; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.LIGHT, BridgeLight, async_add_entities)


def _modes(names: Any) -> set[ColorMode]:
    """Return the given modes; on and off when Home Assistant does not accept their combination."""
    modes = {ColorMode(name) for name in names if name in ColorMode} if isinstance(names, list) else set()
    try:
        return filter_supported_color_modes(modes)
    except HomeAssistantError:
        return {ColorMode.ONOFF}


class BridgeLight(BridgeEntity, LightEntity):
    """A light."""

    FEATURES = LightEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "color_mode", *(name for name, _, _ in _COLOURS)})
    RESERVED = (*LightEntityCapabilityAttribute, *LightEntityStateAttribute)
    FIELDS = (
        Field("min_color_temp_kelvin", "_attr_min_color_temp_kelvin", int, DEFAULT_MIN_KELVIN),
        Field("max_color_temp_kelvin", "_attr_max_color_temp_kelvin", int, DEFAULT_MAX_KELVIN),
        Field("effect_list", "_attr_effect_list", texts, implies=LightEntityFeature.EFFECT),
    )

    _only_mode: ColorMode = ColorMode.ONOFF

    @override
    def _on_description(self, description: Description) -> None:
        modes = _modes(description.get("supported_color_modes"))
        self._attr_supported_color_modes = modes
        self._only_mode = next(iter(modes)) if len(modes) == 1 else ColorMode.UNKNOWN

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_on = None if state is None else state == "on"
        mode = attributes.get("color_mode")
        self._attr_color_mode = (ColorMode(mode) if mode is not None else self._only_mode) if state == "on" else None
        for name, attribute, convert in _COLOURS:
            value = attributes.get(name)
            setattr(self, attribute, None if value is None else convert(value))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on. Home Assistant passes only parameters that the light supports."""
        await self._command("turn_on", **kwargs)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._command("turn_off", **kwargs)
