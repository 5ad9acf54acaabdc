"""Yields to the event loop during long work."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Final

#: Writes in one turn of the loop. Home Assistant drops a browser with more than 4,096 queued messages; 500 are known to be fine.
_WRITES: Final = 250
#: Seconds in one turn of the loop. A timer may wait for two turns, which must stay far below 100 ms, what a person notices.
_SECONDS: Final = 0.01


class Pacer:
    """Counts the work of the current turn. One per home: several jobs in a row block the loop like one long job."""

    def __init__(self) -> None:
        """Begin a turn."""
        self._done = 0
        self._until = perf_counter() + _SECONDS

    async def step(self, weight: int = 1) -> None:
        """Count `weight` writes and yield when the turn is used up."""
        self._done += weight
        if self._done >= _WRITES or perf_counter() > self._until:
            await asyncio.sleep(0)
            self._done = 0
            self._until = perf_counter() + _SECONDS
