"""Scenes that a device keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.scene import Scene
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known scenes; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.SCENE, BridgeScene, async_add_entities)


class BridgeScene(BridgeEntity, Scene):
    """A scene of a device. Its state is the time at which Home Assistant last activated it."""

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """The sidecar sends no state of a scene."""

    @override
    async def async_activate(self, **kwargs: Any) -> None:
        """Activate the scene."""
        await self._command("turn_on", **kwargs)
