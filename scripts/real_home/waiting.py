"""Waiting for a condition, with an end."""

import asyncio
from collections.abc import Callable
import inspect
import time
from typing import Any


async def until(what: str, condition: Callable[[], Any], seconds: float = 10, every: float = 0.02) -> Any:
    """Return the first true value of a condition (a function, also an async one); TimeoutError naming `what` after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds} s still not: {what} (last seen: {value!r})")
        await asyncio.sleep(every)
