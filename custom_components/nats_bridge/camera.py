"""Cameras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.camera import Camera, CameraEntityFeature
from homeassistant.components.camera.const import CameraEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .context import HomeContext
from .entity import BridgeEntity
from .fields import HA_DEFAULT, Field
from .hub import NatsBridgeConfigEntry
from .model import Description, Device
from .pictures import async_fetch_picture

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known cameras; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.CAMERA, BridgeCamera, async_add_entities)


class BridgeCamera(BridgeEntity, Camera):
    """A camera. Home Assistant asks for a picture as often as somebody looks at it."""

    FEATURES = CameraEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "is_on", "motion_detection", "stream_source"})
    RESERVED = CameraEntityStateAttribute
    FIELDS = (
        Field("brand", "_attr_brand", str),
        Field("model_name", "_attr_model", str),
        Field("frame_interval", "_attr_frame_interval", float, HA_DEFAULT),
    )

    def __init__(self, home: HomeContext, device: Device, description: Description) -> None:
        """Initialise Home Assistant's part, too."""
        Camera.__init__(self)
        self._address: str | None = None
        super().__init__(home, device, description)
        self.async_update_picture()

    @override
    def _on_description(self, description: Description) -> None:
        if (content_type := description.get("content_type")) is not None:
            self.content_type = str(content_type)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_is_recording = state == "recording"
        self._attr_is_streaming = state == "streaming"
        self._attr_is_on = attributes.get("is_on") is not False
        self._attr_motion_detection_enabled = attributes.get("motion_detection") is True
        self._address = attributes.get("stream_source")

    @override
    @callback
    def async_update_picture(self) -> None:
        picture = self._home.pictures.get(self.wire_id)
        if picture is not None and picture.content_type is not None:
            self.content_type = picture.content_type

    @override
    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        """Return the picture as the device sends it; None when there is none."""
        fetched = await async_fetch_picture(self._home, self.wire_id)
        if fetched is None:
            return None
        self.content_type = fetched.content_type
        return fetched.content

    @override
    async def stream_source(self) -> str | None:
        """Return the address of the video."""
        return self._address

    @override
    async def async_turn_on(self) -> None:
        """Turn the camera on."""
        await self._command("turn_on")

    @override
    async def async_turn_off(self) -> None:
        """Turn the camera off."""
        await self._command("turn_off")

    @override
    async def async_enable_motion_detection(self) -> None:
        """Turn motion detection on."""
        await self._command("enable_motion_detection")

    @override
    async def async_disable_motion_detection(self) -> None:
        """Turn motion detection off."""
        await self._command("disable_motion_detection")
