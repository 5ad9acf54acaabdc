"""Updates of firmware and software."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.update import UpdateDeviceClass, UpdateEntity, UpdateEntityFeature
from homeassistant.components.update.const import UpdateEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import HA_DEFAULT, Field
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known updates; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.UPDATE, BridgeUpdate, async_add_entities)


class BridgeUpdate(BridgeEntity, UpdateEntity):
    """An update that a device offers. Home Assistant compares the versions itself."""

    FEATURES = UpdateEntityFeature
    DEVICE_CLASSES = UpdateDeviceClass
    STATE_ATTRIBUTES = frozenset(
        {
            "state",
            "auto_update",
            "in_progress",
            "installed_version",
            "latest_version",
            "release_summary",
            "release_url",
            "update_percentage",
        }
    )
    RESERVED = UpdateEntityStateAttribute
    FIELDS = (
        Field("title", "_attr_title", str),
        Field("display_precision", "_attr_display_precision", int, HA_DEFAULT),
    )

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_installed_version = attributes.get("installed_version")
        self._attr_latest_version = attributes.get("latest_version")
        self._attr_in_progress = attributes.get("in_progress") is True
        self._attr_update_percentage = attributes.get("update_percentage")
        self._attr_auto_update = attributes.get("auto_update") is True
        self._attr_release_summary = attributes.get("release_summary")
        self._attr_release_url = attributes.get("release_url")

    @override
    async def async_install(self, version: str | None, backup: bool, **kwargs: Any) -> None:
        """Install the latest version, or the one that is named."""
        # Without the feature the device has no such parameter.
        wanted = backup if UpdateEntityFeature.BACKUP in self.supported_features else None
        await self._command("install", version=version, backup=wanted)

    @override
    async def async_release_notes(self) -> str | None:
        """Ask the device for the release notes, in Markdown."""
        response = await self._command("release_notes")
        notes = response.get("release_notes") if isinstance(response, dict) else None
        return notes if isinstance(notes, str) else None
