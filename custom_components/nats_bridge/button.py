"""Buttons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known buttons; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.BUTTON, BridgeButton, async_add_entities)


class BridgeButton(BridgeEntity, ButtonEntity):
    """A button. Its state is the time at which Home Assistant last pressed it."""

    DEVICE_CLASSES = ButtonDeviceClass

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """The sidecar sends no state of a button."""

    @override
    async def async_press(self) -> None:
        """Press the button."""
        await self._command("press")
