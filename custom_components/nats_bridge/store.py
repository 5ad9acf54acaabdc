"""The descriptions on disk, so that entities exist before the sidecar is reached. States are the sidecar's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .model import Device

_VERSION: Final = 1
#: A home that is being set up changes often; one write covers it.
_DELAY: Final = 5.0


@dataclass(frozen=True, slots=True)
class Stored:
    """What was known when Home Assistant stopped."""

    devices: list[Any]
    #: Which registry the descriptions came from.
    registry: str | None
    #: Devices of an earlier registry, of which this one says nothing.
    kept: set[str]


class DescriptionStore:
    """One file for one config entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Nothing is read yet."""
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.{entry_id}", serialize_in_event_loop=False)
        self._devices: dict[str, Device] | None = None
        self._bridge_id = ""
        self._registry: str | None = None
        self._kept: tuple[str, ...] = ()

    async def async_load(self, bridge_id: str) -> Stored:
        """Return what is known of this home; nothing when the file is another's or absent."""
        data = await self._store.async_load()
        if not data or data.get("bridge_id") != bridge_id:
            return Stored([], None, set())
        devices, registry, kept = data.get("devices"), data.get("registry"), data.get("kept")
        return Stored(
            devices if isinstance(devices, list) else [],
            registry if isinstance(registry, str) else None,
            set(map(str, kept)) if isinstance(kept, list) else set(),
        )

    @callback
    def async_schedule(self, bridge_id: str, devices: dict[str, Device], registry: str | None, kept: set[str]) -> None:
        """Write soon. The descriptions are read then, by another thread: they are never changed in place."""
        self._bridge_id, self._devices, self._registry, self._kept = bridge_id, devices, registry, tuple(sorted(kept))
        self._store.async_delay_save(self._data, _DELAY)

    async def async_flush(self) -> None:
        """Write now what is still to be written."""
        if self._devices is not None:
            await self._store.async_save(self._data())
            self._devices = None

    async def async_remove(self) -> None:
        """Delete the file."""
        self._devices = None
        await self._store.async_remove()

    def _data(self) -> dict[str, Any]:
        devices = list((self._devices or {}).values())
        return {
            "bridge_id": self._bridge_id,
            "registry": self._registry,
            "kept": list(self._kept),
            "devices": [device.description for device in devices],
        }
