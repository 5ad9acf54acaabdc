"""Gives the event loop back before a burst of work has held it for long."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Final

#: More messages than 4,096 at once cost a browser its connection; 500 a turn are known to be safe, half of it is.
_WRITES: Final = 250
#: Seconds of work after which the loop gets its turn. A timer may have to wait for two of them and for what others do in between,
#: and that should stay far below the 100 ms that a person would notice.
_SECONDS: Final = 0.01


class Pacer:
    """Counts what has been done in this turn of the loop. One serves a home: jobs in a row hold the loop like a long one."""

    def __init__(self) -> None:
        """Begin a turn."""
        self._done = 0
        self._until = perf_counter() + _SECONDS

    async def step(self, weight: int = 1) -> None:
        """Count `weight` writes and, when the turn is used up, let everybody else run."""
        self._done += weight
        if self._done >= _WRITES or perf_counter() > self._until:
            await asyncio.sleep(0)
            self._done = 0
            self._until = perf_counter() + _SECONDS
