"""Devices that show or speak messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.notify import NotifyEntity, NotifyEntityFeature
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known receivers of messages; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.NOTIFY, BridgeNotify, async_add_entities)


class BridgeNotify(BridgeEntity, NotifyEntity):
    """A receiver of messages. Its state is the time of Home Assistant's last message."""

    FEATURES = NotifyEntityFeature

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """The sidecar sends no state of a receiver."""

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Send a message."""
        await self._command("send_message", message=message, title=title)
