"""The sidecar with its embedded server, for every contender that needs it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from real_home.ports import free_port

from .base import HassNeeds, memory_of

ROOT = Path(__file__).parents[3]


class Sidecar:
    """One process."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.nats_port = free_port()
        self._listen = free_port()
        self._folder = folder
        self._arguments = arguments
        self._process: asyncio.subprocess.Process

    async def start(self) -> HassNeeds:
        """Start it, and wait until it is ready."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            os.environ["BRIDGE_SIDECAR"], "run", "--data", str(self._folder / "data"), "--listen", f"127.0.0.1:{self._listen}",
            "--nats-listen", f"127.0.0.1:{self.nats_port}", "--simulate", "0", *self._arguments,
            stdout=(self._folder / "sidecar.log").open("wb"), stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        token = self._folder / "data" / "token"
        async with asyncio.timeout(60):
            while not (token.exists() and await self._is_ready()):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
        return HassNeeds(
            {}, [ROOT / "custom_components" / "nats_bridge"],
            ("nats_bridge", [{"url": f"http://127.0.0.1:{self._listen}", "token": token.read_text().strip()}]),
        )  # fmt: skip

    async def _is_ready(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._listen)
        except OSError:
            return False
        writer.write(b"GET /api/health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        line = await reader.readline()
        writer.close()
        return b" 200 " in line

    async def stop(self) -> None:
        """Stop it, and its server."""
        self._process.terminate()
        await self._process.wait()

    def memory(self) -> dict[str, int]:
        """Resident anonymous and whole memory in bytes."""
        return memory_of(self._process.pid)
