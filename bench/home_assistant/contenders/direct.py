"""The trivial integration: what Home Assistant itself can do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import override

from real_home.ports import free_port

from .base import Contender, HassNeeds


class Direct(Contender):
    """Lines over a socket, written straight into entities."""

    name = "direct"

    @override
    async def start(self) -> HassNeeds:
        self.port = free_port()
        return HassNeeds(
            {"bench_direct": {"port": self.port, "devices": self.load.devices, "entities": self.load.entities}},
            [Path(__file__).parents[1] / "custom_components" / "bench_direct"],
            None,
        )

    @override
    async def announce(self) -> None:
        await self._connect()
        self.writer.write(b"".join(self._lines(0)))
        await self.writer.drain()

    @override
    async def after_restart(self) -> None:
        await self.announce()

    @override
    async def publish(self, device: int, entity: int, value: int) -> None:
        self.writer.write(b"d%d e%d %d\n" % (device, entity, value))

    @override
    async def flood(self, rounds: int) -> None:
        for value in range(1, rounds + 1):
            self.writer.write(b"".join(self._lines(value)))
            await self.writer.drain()

    @override
    async def stop(self) -> None:
        self.device.cancel()
        self.writer.close()

    def _lines(self, value: int) -> list[bytes]:
        return [b"d%d e%d %d\n" % (d, e, value) for d in range(self.load.devices) for e in range(self.load.entities)]

    async def _obey(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self.writer.write(line)

    async def _connect(self) -> None:
        async with asyncio.timeout(120):
            while True:
                try:
                    reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        self.device = asyncio.create_task(self._obey(reader))
        self.writer.write(b"switch relay off\n")
