"""Images: the last picture of a device."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, override

from homeassistant.components.image import ImageEntity
from homeassistant.components.image.const import ImageEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .context import HomeContext
from .entity import BridgeEntity
from .fields import HA_DEFAULT, Field
from .hub import NatsBridgeConfigEntry
from .model import Description, Device
from .pictures import async_fetch_picture, async_load_picture

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known images; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.IMAGE, BridgeImage, async_add_entities)


class BridgeImage(BridgeEntity, ImageEntity):
    """An image. Its state is the time of the last picture."""

    STATE_ATTRIBUTES = frozenset({"state", "image_url"})
    RESERVED = ImageEntityStateAttribute
    FIELDS = (Field("content_type", "_attr_content_type", str, HA_DEFAULT),)

    def __init__(self, home: HomeContext, device: Device, description: Description) -> None:
        """Initialise Home Assistant's part, too."""
        ImageEntity.__init__(self, home.hass)
        self._address: str | None = None
        self._announced_at: datetime | None = None
        super().__init__(home, device, description)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._address = attributes.get("image_url")
        self._announced_at = dt_util.parse_datetime(state) if isinstance(state, str) else None
        self._show_time()

    @override
    @callback
    def async_update_picture(self) -> None:
        self._show_time()
        if self._added:
            self._write_state()

    def _show_time(self) -> None:
        """Show the time of the picture on NATS, or the later one that the device names."""
        picture = self._home.pictures.get(self.wire_id)
        times = [time for time in (self._announced_at, None if picture is None else picture.at) if time is not None]
        self._attr_image_last_updated = max(times, default=None)
        if picture is not None and picture.content_type is not None:
            self._attr_content_type = picture.content_type

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture; None when there is none."""
        if self._address is not None:
            fetched = await async_load_picture(async_get_clientsession(self.hass), self._address, self.wire_id)
        else:
            fetched = await async_fetch_picture(self._home, self.wire_id)
        if fetched is None:
            return None
        self._attr_content_type = fetched.content_type
        return fetched.content
