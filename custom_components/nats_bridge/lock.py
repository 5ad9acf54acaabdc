"""Locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.lock import LockEntity, LockEntityFeature
from homeassistant.components.lock.const import LockEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field, code_format
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known locks; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.LOCK, BridgeLock, async_add_entities)


class BridgeLock(BridgeEntity, LockEntity):
    """A lock."""

    FEATURES = LockEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "changed_by"})
    RESERVED = LockEntityStateAttribute
    FIELDS = (Field("code_format", "_attr_code_format", code_format),)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_locked = None if state is None else state == "locked"
        self._attr_is_locking = state == "locking"
        self._attr_is_unlocking = state == "unlocking"
        self._attr_is_open = state == "open"
        self._attr_is_opening = state == "opening"
        self._attr_is_jammed = state == "jammed"
        self._attr_changed_by = attributes.get("changed_by")

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Lock it."""
        await self._command("lock", **kwargs)

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock it."""
        await self._command("unlock", **kwargs)

    @override
    async def async_open(self, **kwargs: Any) -> None:
        """Open the latch."""
        await self._command("open", **kwargs)
