"""The limit that Home Assistant itself sets: a socket, a dictionary, and a write for each line.

`configuration.yaml` names how many devices and entities there are and the port; the peer sends lines ``device entity value``
and gets ``device entity on|off`` when a switch is turned, which it answers with the new value.
"""

from __future__ import annotations

import asyncio
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.discovery import async_load_platform
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.start import async_at_started

DOMAIN = "bench_direct"
CHUNK = 500


class Hub:
    """Entities by their name on the wire, and the peer's connection."""

    def __init__(self) -> None:
        self.entities: dict[bytes, Entity] = {}
        self.writer: asyncio.StreamWriter | None = None
        self.waiting: dict[bytes, asyncio.Future[None]] = {}

    async def turn(self, name: bytes, value: bytes) -> None:
        """Sends a command and waits until the device has answered with its state."""
        assert self.writer is not None
        answered = self.waiting[name] = asyncio.get_running_loop().create_future()
        self.writer.write(name + b" " + value + b"\n")
        await answered

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Writes each line's value to its entity, the newest of a chunk only."""
        self.writer = writer
        rest = b""
        while chunk := await reader.read(1 << 18):
            *lines, rest = (rest + chunk).split(b"\n")
            newest = dict(line.rsplit(b" ", 1) for line in lines)
            for number, (name, value) in enumerate(newest.items(), 1):
                entity = self.entities[name]
                entity.take(value)  # type: ignore[attr-defined]
                entity.async_write_ha_state()
                if answered := self.waiting.pop(name, None):
                    answered.set_result(None)
                if number % CHUNK == 0:
                    await asyncio.sleep(0)


async def async_setup(hass: HomeAssistant, config: dict[str, Any]) -> bool:
    """Makes the entities and listens."""
    hub = hass.data[DOMAIN] = Hub()
    settings = config[DOMAIN]
    for platform in (Platform.SENSOR, Platform.SWITCH):
        await async_load_platform(hass, platform, DOMAIN, settings, config)

    async def listen(_: HomeAssistant) -> None:
        await asyncio.start_server(hub.serve, "127.0.0.1", settings["port"], limit=1 << 20)

    async_at_started(hass, listen)
    return True
