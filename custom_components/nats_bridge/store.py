"""The descriptions on disk, so that entities exist before the sidecar answers. States are not stored: the sidecar has them."""

from __future__ import annotations

from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .model import Device

_VERSION: Final = 1
#: Seconds until a change is written. A home that is being set up changes often.
_DELAY: Final = 5.0


class DescriptionStore:
    """The file of one config entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialise without reading."""
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.{entry_id}", serialize_in_event_loop=False)
        self._devices: dict[str, Device] | None = None
        self._bridge_id = ""

    async def async_load(self, bridge_id: str) -> list[Any]:
        """Return the descriptions of this home; none when the file is absent or another home's."""
        data = await self._store.async_load()
        if not data or data.get("bridge_id") != bridge_id:
            return []
        devices = data.get("devices")
        return devices if isinstance(devices, list) else []

    @callback
    def async_schedule(self, bridge_id: str, devices: dict[str, Device]) -> None:
        """Write soon. Another thread then reads the descriptions, which are never changed in place."""
        self._bridge_id, self._devices = bridge_id, devices
        self._store.async_delay_save(self._data, _DELAY)

    async def async_flush(self) -> None:
        """Write pending changes now."""
        if self._devices is not None:
            await self._store.async_save(self._data())
            self._devices = None

    async def async_remove(self) -> None:
        """Delete the file."""
        self._devices = None
        await self._store.async_remove()

    def _data(self) -> dict[str, Any]:
        devices = list((self._devices or {}).values())
        return {"bridge_id": self._bridge_id, "devices": [device.description for device in devices]}
