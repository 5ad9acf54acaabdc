"""Home Assistant's own events, told to the sidecar: every entity that is not the bridge's, and start and stop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
import logging
from typing import Any, Final

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_STATE_CHANGED
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HassJob, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import json_bytes

from .client import MAX_ARGUMENTS, BridgeConnection
from .const import DOMAIN
from .errors import ConnectionLost, RemoteError

_LOGGER = logging.getLogger(__name__)

#: Unacknowledged events that are kept; what comes beyond is dropped and counted.
LIMIT: Final = 10_000
_BATCH: Final = 1_000
#: Seconds in which JetStream must have stored a batch.
_TIMEOUT: Final = 30.0
_FIRST_DELAY: Final = 1.0
#: Seconds that a stop of Home Assistant gives a sidecar that is there to store the last events.
_STOP_PATIENCE: Final = 2.0

type _Item = tuple[str, State | None, State | None] | dict[str, Any]


class Reporter:
    """Outlives reloads of the entry, so that the numbers of its events have no gaps."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Nothing is listened to yet."""
        self.dropped = 0
        self.rejected = 0
        self._hass = hass
        self._registry = er.async_get(hass)
        self._own: set[str] = set()
        self._wanted: Callable[[str], bool] = bool
        #: Not yet acknowledged, oldest first; `_first` is the number of the first.
        self._items: deque[_Item] = deque()
        self._first = 1
        self._connected = False
        self._wake = asyncio.Event()
        self._stored = asyncio.Event()
        self._stops: list[CALLBACK_TYPE] = []

    @property
    def waiting(self) -> int:
        """How many events are not yet acknowledged."""
        return len(self._items)

    @callback
    def start(self, own_entity_ids: set[str], wanted: Callable[[str], bool]) -> None:
        """Begin to listen: to every entity that is not ours and that `wanted` names."""
        self._own = own_entity_ids
        self._wanted = wanted
        bus = self._hass.bus
        self._stops = [
            bus.async_listen(EVENT_STATE_CHANGED, self._on_state, event_filter=self._is_foreign),
            bus.async_listen(EVENT_HOMEASSISTANT_STARTED, self._on_started),
            # At the event of the stop all background tasks, the link among them, have been cancelled already.
            self._hass.async_add_shutdown_job(HassJob(self._on_stop, f"{DOMAIN} stop")),
        ]

    @callback
    def stop(self) -> None:
        """Stop listening; what waits stays."""
        for stop in self._stops:
            stop()
        self._stops = []

    @callback
    def _is_foreign(self, data: EventStateChangedData) -> bool:
        """Whether the event is not about one of our own entities. Called for every write: it must cost next to nothing."""
        return data["entity_id"] not in self._own

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        data = event.data
        entity_id = data["entity_id"]
        # An entity of ours that is not live yet, or another home's.
        if (entry := self._registry.async_get(entity_id)) is not None and entry.platform == DOMAIN:
            return
        if self._wanted(entity_id):
            self._add((entity_id, data["old_state"], data["new_state"]))

    @callback
    def _on_started(self, _event: Event) -> None:
        self._add({"type": "system", "event": "started", "data": {}})

    async def _on_stop(self) -> None:
        """Tell it, and give the sidecar, if it is there, a moment to store it."""
        self._add({"type": "system", "event": "stopping", "data": {}})
        if not self._connected:
            return
        try:
            async with asyncio.timeout(_STOP_PATIENCE):
                while self._items and not self._stored.is_set():
                    await self._stored.wait()
        except TimeoutError:
            _LOGGER.debug("%d events could not be told before the stop", len(self._items))

    def _add(self, item: _Item) -> None:
        if len(self._items) >= LIMIT:
            if self.dropped == 0:
                _LOGGER.warning("The sidecar takes no events; beyond %d waiting ones they are dropped", LIMIT)
            self.dropped += 1
            return
        self._items.append(item)
        self._stored.clear()
        self._wake.set()

    async def run(self, connection: BridgeConnection) -> None:
        """Tell what waits, one batch after the other, until the connection ends."""
        self._connected = True
        try:
            await self._tell(connection)
        finally:
            self._connected = False

    async def _tell(self, connection: BridgeConnection) -> None:
        delay = _FIRST_DELAY
        while not connection.closed:
            if not self._items:
                self._stored.set()
                self._wake.clear()
                await self._wake.wait()
                continue
            count, arguments = self._batch()
            try:
                result = await connection.invoke_raw("Report", arguments, timeout=_TIMEOUT)
            except ConnectionLost:
                return
            except (RemoteError, TimeoutError) as err:
                _LOGGER.debug("Events %d to %d were not stored: %s", self._first, self._first + count - 1, err)
                if isinstance(err, RemoteError) and not err.retryable:
                    # The same again would fail again.
                    self.rejected += count
                    self._acknowledge(self._first + count - 1)
                    continue
                await asyncio.sleep(delay)
                delay = min(delay * 2, 30.0)
                continue
            delay = _FIRST_DELAY
            self._done(result, count)

    def _done(self, result: Any, count: int) -> None:
        stored = result.get("stored") if isinstance(result, dict) else None
        if isinstance(result, dict) and (rejected := result.get("rejected")):
            self.rejected += len(rejected)
            _LOGGER.debug("The sidecar rejects %d events: %s", len(rejected), rejected[0])
        self._acknowledge(stored if isinstance(stored, int) else self._first + count - 1)

    def _acknowledge(self, number: int) -> None:
        while self._items and self._first <= number:
            self._items.popleft()
            self._first += 1

    def _batch(self) -> tuple[int, bytes]:
        """Return how many events fit into the next call, and its arguments."""
        parts: list[bytes] = []
        size = 0
        for item in self._items:
            part = _write(item)
            size += len(part) + 1
            if parts and (size > MAX_ARGUMENTS or len(parts) >= _BATCH):
                break
            parts.append(part if len(part) < MAX_ARGUMENTS else b"null")
        return len(parts), b"[%d,[%b]]" % (self._first, b",".join(parts))


def _write(item: _Item) -> bytes:
    """Write one event's JSON; one that has none becomes null, which the sidecar counts and drops."""
    try:
        return json_bytes(item if isinstance(item, dict) else _state_changed(*item))
    except (TypeError, ValueError, RecursionError) as err:
        _LOGGER.debug("An event cannot be written as JSON: %s", err)
        return b"null"


def _state_changed(entity_id: str, old: State | None, new: State | None) -> dict[str, Any]:
    last = new or old
    context = last.context if last is not None else None
    return {
        "type": "state_changed",
        "entity_id": entity_id,
        "state": new.state if new is not None else None,
        "attributes": new.attributes if new is not None else {},
        "previous": old.state if old is not None else None,
        "last_changed": last.last_changed.isoformat() if last is not None else None,
        "last_updated": last.last_updated.isoformat() if last is not None else None,
        "context": {
            "id": context.id if context is not None else None,
            "parent_id": context.parent_id if context is not None else None,
            "user_id": context.user_id if context is not None else None,
        },
    }
