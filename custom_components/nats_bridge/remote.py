"""Remote controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, override

from homeassistant.components.remote import RemoteEntity, RemoteEntityFeature
from homeassistant.components.remote.const import RemoteEntityStateAttribute
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
    """Add the known remote controls; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.REMOTE, BridgeRemote, async_add_entities)


class BridgeRemote(BridgeEntity, RemoteEntity):
    """A remote control: it sends commands to other devices, and may learn them."""

    FEATURES = RemoteEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "current_activity"})
    RESERVED = RemoteEntityStateAttribute
    FIELDS = (Field("activity_list", "_attr_activity_list", texts, implies=RemoteEntityFeature.ACTIVITY),)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_on = None if state is None else state == "on"
        self._attr_current_activity = attributes.get("current_activity")

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on, with an activity if one is given."""
        await self._command("turn_on", **kwargs)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off, or end an activity."""
        await self._command("turn_off", **kwargs)

    @override
    async def async_send_command(self, command: Iterable[str], **kwargs: Any) -> None:
        """Send commands to a device."""
        await self._command("send_command", command=list(command), **kwargs)

    @override
    async def async_learn_command(self, **kwargs: Any) -> None:
        """Learn commands from another remote control."""
        await self._command("learn_command", **kwargs)

    @override
    async def async_delete_command(self, **kwargs: Any) -> None:
        """Delete learned commands."""
        await self._command("delete_command", **kwargs)
