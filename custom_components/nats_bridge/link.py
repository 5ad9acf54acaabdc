"""The loop that connects to the sidecar, reads its frames, and connects again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import Any, Final, Protocol

from .client import BridgeClient, BridgeConnection
from .errors import BridgeError, CannotConnect, ConnectionLost, InvalidAuth, UnsupportedVersion

_LOGGER = logging.getLogger(__name__)

#: Frames that are read ahead of the one that is being applied. Beyond that the sidecar combines states to the newest ones.
_BACKLOG: Final = 16
#: Entries of a frame up to which the reading task applies it itself.
_SMALL: Final = 200

_FIRST_MINUTE: Final = 60.0
#: The bounds of the delay in the first minute.
_FIRST_DELAYS: Final = (0.5, 1.0)
_LONGEST_DELAY: Final = 30.0


class LinkListener(Protocol):
    """Receives what the link reads. All methods are called in the event loop, one after the other."""

    def cursor(self) -> dict[str, Any]:
        """Return the position in the stream, Listen's argument."""

    async def async_connected(self, connection: BridgeConnection) -> bool:
        """Handle a new connection after Hello; false refuses it."""

    def apply_small(self, frame: dict[str, Any]) -> bool:
        """Apply a frame without yielding; false leaves it to async_apply."""

    async def async_apply(self, frame: dict[str, Any]) -> None:
        """Apply any frame, yielding to the event loop in between."""

    def request_received(self, connection: BridgeConnection, frame: dict[str, Any]) -> None:
        """Handle a request of a program on NATS."""

    def disconnected(self, error: BridgeError) -> None:
        """Handle the end of a connection, and each attempt that failed."""


class Backoff:
    """The delay before the next attempt: at most a second in the first minute, then doubling to 30 s."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Initialise without an outage."""
        self._loop = loop
        self._since: float | None = None
        self._delay = 1.0

    def reset(self) -> None:
        """End the outage."""
        self._since = None
        self._delay = 1.0

    def next(self) -> float:
        """Return the seconds to wait. They vary, so that many clients do not reconnect at the same moment."""
        now = self._loop.time()
        if self._since is None:
            self._since = now
        if now - self._since < _FIRST_MINUTE:
            return random.uniform(*_FIRST_DELAYS)
        self._delay = min(self._delay * 2, _LONGEST_DELAY)
        return self._delay * random.uniform(0.75, 1.0)


class Link:
    """Runs until its task is cancelled."""

    def __init__(self, client: BridgeClient, listener: LinkListener) -> None:
        """Initialise without connecting."""
        self._client = client
        self._listener = listener
        self._backoff = Backoff(asyncio.get_running_loop())
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """End the delay before the next attempt, if there is one: the sidecar has just announced itself."""
        self._woken.set()

    async def run(self) -> None:
        """Connect and read, again and again."""
        while True:
            retry_after: float | None = None
            try:
                await self._run_connection()
            except (InvalidAuth, UnsupportedVersion) as err:
                # Only a person can fix this. Frequent attempts are pointless.
                retry_after = _LONGEST_DELAY
                self._listener.disconnected(err)
            except _Bye as err:
                retry_after = err.retry_after
                self._listener.disconnected(err)
            except BridgeError as err:
                self._listener.disconnected(err)
            except Exception as err:
                _LOGGER.exception("Unexpected error of the link to the sidecar")
                self._listener.disconnected(ConnectionLost(repr(err)))
            delay = self._backoff.next()
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay if retry_after is None else max(delay, retry_after)):
                    await self._woken.wait()

    async def _run_connection(self) -> None:
        connection = await self._client.connect()
        pings = asyncio.create_task(connection.keep_alive(), name="nats_bridge pings")
        try:
            if not await self._listener.async_connected(connection):
                raise CannotConnect("the sidecar belongs to another home than this entry")
            await self._read(connection)
        finally:
            pings.cancel()
            await connection.close()

    async def _read(self, connection: BridgeConnection) -> None:
        """Read frames. Small ones are applied here, the others by a second task, all in their order."""
        backlog = _Backlog(self._listener, connection)
        applied = 0
        try:
            async for frame in connection.frames(self._listener.cursor()):
                kind = frame.get("t")
                if kind == "bye":
                    raise _Bye(frame)
                if kind == "request":
                    self._listener.request_received(connection, frame)
                    continue
                if kind == "end":
                    self._backoff.reset()
                size = len(frame.get("states", ())) + len(frame.get("events", ())) + len(frame.get("availability", ()))
                # A frame must not overtake those in the backlog.
                if backlog.idle and size <= _SMALL and self._listener.apply_small(frame):
                    applied += size
                    if applied > _SMALL:
                        applied = 0
                        await asyncio.sleep(0)
                else:
                    await backlog.put(frame)
        except ConnectionLost, _Bye:
            # Frames that were received are valid. Apply them before the next connection.
            await backlog.drain()
            raise
        finally:
            await backlog.cancel()


class _Backlog:
    """Frames that a task of its own applies one after the other."""

    def __init__(self, listener: LinkListener, connection: BridgeConnection) -> None:
        self._listener = listener
        self._connection = connection
        self._frames: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_BACKLOG)
        self._behind = 0
        self._failure: Exception | None = None
        self._task = asyncio.create_task(self._run(), name="nats_bridge backlog")

    @property
    def idle(self) -> bool:
        """Whether no frame is waiting or being applied."""
        return self._behind == 0

    async def put(self, frame: dict[str, Any]) -> None:
        """Add a frame; waits while the backlog is full."""
        self._behind += 1
        await self._frames.put(frame)

    async def drain(self) -> None:
        """Wait until all frames are applied; raises the error of the one that failed."""
        await self._frames.put(None)
        await self._task
        if self._failure is not None:
            raise self._failure

    async def cancel(self) -> None:
        """Stop at once."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while (frame := await self._frames.get()) is not None:
            if self._failure is None:
                try:
                    await self._listener.async_apply(frame)
                except Exception as err:  # noqa: BLE001
                    # Nothing after it is applied. The next connection continues at the last good position.
                    self._failure = err
                    await self._connection.close()
            if self._failure is None:
                self._behind -= 1


class _Bye(BridgeError):
    """The sidecar has announced the end of the stream."""

    def __init__(self, frame: dict[str, Any]) -> None:
        error = frame.get("error") or {}
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        details = error.get("details") or {}
        after = details.get("retry_after") if isinstance(details, dict) else None
        self.retry_after = min(float(after), _LONGEST_DELAY) if isinstance(after, (int, float)) else None
