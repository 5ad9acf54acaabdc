"""Waiting for a condition, with an end, and for a NATS server."""

import asyncio
from collections.abc import Callable
import inspect
import time
from typing import Any

from nats.aio.client import Client


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


async def flushed(client: Client) -> None:
    """Wait until the server has everything that a client has sent, such as a subscription.

    Twice, because nats-py writes the PING of a flush at once and the commands of before a moment later: the first PONG does not
    say that the server has them.
    """
    await client.flush()
    await client.flush()
