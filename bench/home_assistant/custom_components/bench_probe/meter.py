"""How long the event loop stands still, and which part of that is garbage collection."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
import sys
import threading
import time
import traceback

TICK = 0.005
_LONG = 0.03
"""Seconds after which a block is worth its stack."""


class BlockMeter:
    """Measures how late a timer of five milliseconds comes. A collection stops every thread, whichever it runs in."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stacks: Path | None = None) -> None:
        """Begin to measure; with `stacks`, write there what the loop was doing in long blocks."""
        self._loop = loop
        self._due = loop.time() + TICK
        self._collected = 0.0
        self._collection_began = 0.0
        self._longest_without_gc = 0.0
        self._longest_collection = 0.0
        self._used = time.thread_time()
        self._longest_work = 0.0
        gc.callbacks.append(self._on_collection)
        loop.call_later(TICK, self._tick)
        if stacks:
            threading.Thread(target=self._sample, args=(stacks, threading.get_ident()), daemon=True).start()

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collection_began = time.perf_counter()
        else:
            took = time.perf_counter() - self._collection_began
            self._collected += took
            self._longest_collection = max(self._longest_collection, took)

    def _tick(self) -> None:
        late = self._loop.time() - self._due
        self._longest_without_gc = max(self._longest_without_gc, late - self._collected)
        used = time.thread_time()
        self._longest_work = max(self._longest_work, used - self._used - self._collected)
        self._used = used
        self._collected = 0.0
        self._due = self._loop.time() + TICK
        self._loop.call_later(TICK, self._tick)

    def take(self) -> dict[str, float]:
        """Return the longest of each kind since the last call, in seconds."""
        taken = {
            "longest_without_gc": self._longest_without_gc,
            "longest_work": self._longest_work,
            "longest_collection": self._longest_collection,
        }
        self._longest_without_gc = self._longest_work = self._longest_collection = 0.0
        return taken

    def _sample(self, stacks: Path, loop_thread: int) -> None:
        """Look every few milliseconds, from a thread of its own, at what holds the loop up."""
        began = time.monotonic()
        with stacks.open("a", encoding="utf-8", buffering=1) as file:
            while True:
                time.sleep(TICK)
                late = self._loop.time() - self._due
                if late > _LONG:
                    lines = traceback.format_stack(sys._current_frames()[loop_thread])  # noqa: SLF001
                    collected = f"{self._collected * 1000:.0f} ms of it collections"
                    print(f"--- {time.monotonic() - began:.3f} s: {late * 1000:.0f} ms late, {collected}", file=file)
                    file.writelines(lines[-14:])
