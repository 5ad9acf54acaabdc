"""Programs that a page shows, run as they stand there."""

import asyncio
from collections.abc import Mapping
import contextlib
import os
from pathlib import Path
import re
import sys
from typing import Self

from real_home.home import ROOT


def blocks(page: str, language: str) -> list[str]:
    """The blocks of one language in a page of the project."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


class Program:
    """A Python program of a page."""

    def __init__(self, text: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self._command = [sys.executable, "-u", "-c", text, *arguments]
        self._environment = {**os.environ, **(environment or {})}

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=pipe, env=self._environment)
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def printed(self, text: str, seconds: float = 60) -> None:
        """Wait for its next line, which must contain this."""
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), seconds)).decode()
        assert text in line, line

    def send(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)


NKEYS = Path(__file__).parent / "nkeys"
