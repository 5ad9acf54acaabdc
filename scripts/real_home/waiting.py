"""Waiting for a condition, with an end."""

import asyncio
from collections.abc import Callable
import inspect
import socket
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


def free_port(preferred: int | None = None) -> int:
    """A free port of the loopback interface: the preferred one, if nobody has it."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port")
