"""The lamp that is written with nats.js, as a process."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any, Self

type Json = dict[str, Any]

LAMP_SCRIPT = Path(__file__).parents[1] / "devices" / "lamp.mjs"


class NodeLamp:
    """devices/lamp.mjs: a lamp written with nats.js."""

    def __init__(self, url: str, identity: str) -> None:
        self._command = ["node", str(LAMP_SCRIPT), url, identity]
        self.lines: list[Json] = []
        self._process: asyncio.subprocess.Process
        self._reader: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.PIPE)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()
        await self._reader

    @property
    def executed(self) -> list[Json]:
        """The commands that it has executed."""
        return [line["executed"] for line in self.lines if "executed" in line]

    @property
    def ready(self) -> bool:
        """Whether it has announced itself and told its state."""
        return any("ready" in line for line in self.lines)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.lines.append(json.loads(line))
