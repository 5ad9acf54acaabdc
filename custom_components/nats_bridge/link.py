"""Keeps one connection to the sidecar: connects, listens, notices its loss and connects again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import Any, Final, Protocol

from homeassistant.core import HomeAssistant

from .client import BridgeClient, BridgeConnection
from .errors import BridgeError, CannotConnect, ConnectionLost, InvalidAuth, UnsupportedVersion

_LOGGER = logging.getLogger(__name__)

#: Frames that wait while a large change is being applied. The sidecar keeps the newest state of what does not fit.
_BACKLOG: Final = 16
#: A frame with at most this many entries is applied by the reading task itself, without a detour.
_SMALL: Final = 200

_FIRST_MINUTE: Final = 60.0
#: Between these two in the first minute.
_FIRST_DELAYS: Final = (0.5, 1.0)
_LONGEST_DELAY: Final = 30.0


class LinkListener(Protocol):
    """What the link tells. Everything is called in the event loop, one call after the other."""

    def cursor(self) -> dict[str, Any]:
        """Return Listen's argument: what has been seen."""

    async def async_connected(self, connection: BridgeConnection) -> bool:
        """A connection has said Hello; false refuses it."""

    def apply_small(self, frame: dict[str, Any]) -> bool:
        """Apply a frame at once if that is possible; false leaves it to async_apply."""

    async def async_apply(self, frame: dict[str, Any]) -> None:
        """Apply a frame, yielding to the event loop in between."""

    def disconnected(self, error: BridgeError) -> None:
        """The connection is gone, or could not be made. Called again for each failed attempt."""


class Backoff:
    """How long to wait before the next attempt: at most a second in the first minute, then doubling to 30 s."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin with no outage."""
        self._loop = loop
        self._since: float | None = None
        self._delay = 1.0

    def reset(self) -> None:
        """The connection works."""
        self._since = None
        self._delay = 1.0

    def next(self) -> float:
        """Return the seconds to wait; jitter keeps many clients apart."""
        now = self._loop.time()
        if self._since is None:
            self._since = now
        if now - self._since < _FIRST_MINUTE:
            return random.uniform(*_FIRST_DELAYS)
        self._delay = min(self._delay * 2, _LONGEST_DELAY)
        return self._delay * random.uniform(0.75, 1.0)


class Link:
    """The loop that reads. One task for ever; whoever stops it cancels the task that runs `run`."""

    def __init__(self, hass: HomeAssistant, client: BridgeClient, listener: LinkListener) -> None:
        """Nothing runs yet."""
        self.connection: BridgeConnection | None = None
        self._hass = hass
        self._client = client
        self._listener = listener
        self._backoff = Backoff(hass.loop)
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Try again at once: somebody has heard from the sidecar."""
        self._nudged.set()

    async def run(self) -> None:
        """Connect and read, again and again, until cancelled."""
        while True:
            retry_after: float | None = None
            try:
                await self._serve()
            except (InvalidAuth, UnsupportedVersion) as err:
                # A person has to do something; until then it is not worth a connection a second.
                retry_after = _LONGEST_DELAY
                self._listener.disconnected(err)
            except _Bye as err:
                retry_after = err.retry_after
                self._listener.disconnected(err)
            except BridgeError as err:
                self._listener.disconnected(err)
            except Exception as err:
                _LOGGER.exception("The link to the sidecar failed in an unforeseen way")
                self._listener.disconnected(ConnectionLost(repr(err)))
            delay = self._backoff.next()
            await self._pause(delay if retry_after is None else max(delay, retry_after))

    async def _pause(self, delay: float) -> None:
        self._nudged.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._nudged.wait()

    async def _serve(self) -> None:
        """Live with one connection until it ends."""
        connection = await self._client.connect()
        pings = asyncio.create_task(connection.keep_alive(), name="nats_bridge pings")
        try:
            if not await self._listener.async_connected(connection):
                raise CannotConnect("the sidecar is not the one that this entry was made for")
            self.connection = connection
            await self._read(connection)
        finally:
            self.connection = None
            pings.cancel()
            await connection.close()

    async def _read(self, connection: BridgeConnection) -> None:
        """Read frames; small ones are applied here, the others by a second task, in order."""
        backlog = _Backlog(self._listener, connection)
        applied = 0
        try:
            async for frame in connection.frames(self._listener.cursor()):
                kind = frame.get("t")
                if kind == "bye":
                    raise _Bye(frame)
                if kind == "end":
                    self._backoff.reset()
                size = len(frame.get("states", ())) + len(frame.get("events", ())) + len(frame.get("availability", ()))
                # The order must hold, so the short way is open only while nothing is on the long one.
                if backlog.idle and size <= _SMALL and self._listener.apply_small(frame):
                    applied += size
                    if applied > _SMALL:
                        applied = 0
                        await asyncio.sleep(0)
                else:
                    await backlog.put(frame)
        except ConnectionLost, _Bye:
            # What has arrived is true: apply it before the next connection.
            await backlog.drain()
            raise
        finally:
            await backlog.cancel()


class _Backlog:
    """Frames that take long, applied one after the other by a task of their own."""

    def __init__(self, listener: LinkListener, connection: BridgeConnection) -> None:
        self._listener = listener
        self._connection = connection
        self._frames: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_BACKLOG)
        self._behind = 0
        self._failure: Exception | None = None
        self._task = asyncio.create_task(self._run(), name="nats_bridge applier")

    @property
    def idle(self) -> bool:
        """Whether no frame waits or is being applied."""
        return self._behind == 0

    async def put(self, frame: dict[str, Any]) -> None:
        """Add a frame; waits while the backlog is full."""
        self._behind += 1
        await self._frames.put(frame)

    async def drain(self) -> None:
        """Wait until everything is applied; raises what applying a frame raised."""
        await self._frames.put(None)
        await self._task
        if self._failure is not None:
            raise self._failure

    async def cancel(self) -> None:
        """Stop, whatever waits."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while (frame := await self._frames.get()) is not None:
            if self._failure is None:
                try:
                    await self._listener.async_apply(frame)
                except Exception as err:  # noqa: BLE001
                    # The connection ends, and the next one starts from the last good cursor; nothing is applied beyond it.
                    self._failure = err
                    await self._connection.close()
            if self._failure is None:
                self._behind -= 1


class _Bye(BridgeError):
    """The sidecar has announced its end."""

    def __init__(self, frame: dict[str, Any]) -> None:
        error = frame.get("error") or {}
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        details = error.get("details") or {}
        after = details.get("retry_after") if isinstance(details, dict) else None
        self.retry_after = min(float(after), _LONGEST_DELAY) if isinstance(after, (int, float)) else None
