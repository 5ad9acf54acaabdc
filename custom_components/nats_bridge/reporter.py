"""Reports Home Assistant's own events to the sidecar: state changes of other integrations' entities, start and stop."""

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

#: Events that wait for their acknowledgement. Further ones are dropped and counted.
LIMIT: Final = 10_000
_BATCH: Final = 1_000
#: Seconds until JetStream must have stored a batch.
_TIMEOUT: Final = 30.0
_FIRST_DELAY: Final = 1.0
#: Seconds for which a stop of Home Assistant waits until the last events are stored.
_STOP_TIMEOUT: Final = 2.0

type _Item = tuple[str, State | None, State | None] | dict[str, Any]


class Reporter:
    """Survives reloads of the entry, so that the numbers of its events have no gaps."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialise without listening."""
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
        """The number of events that are not acknowledged yet."""
        return len(self._items)

    @callback
    def start(self, own_entity_ids: set[str], wanted: Callable[[str], bool]) -> None:
        """Listen to state changes of entities that are not ours and that `wanted` accepts."""
        self._own = own_entity_ids
        self._wanted = wanted
        bus = self._hass.bus
        self._stops = [
            bus.async_listen(EVENT_STATE_CHANGED, self._on_state, event_filter=self._is_foreign),
            bus.async_listen(EVENT_HOMEASSISTANT_STARTED, self._on_started),
            # Home Assistant cancels background tasks, such as the link, before it fires the event of the stop.
            self._hass.async_add_shutdown_job(HassJob(self._on_stop, f"{DOMAIN} stop")),
        ]

    @callback
    def stop(self) -> None:
        """Stop listening. Waiting events are retained."""
        for stop in self._stops:
            stop()
        self._stops = []

    @callback
    def _is_foreign(self, data: EventStateChangedData) -> bool:
        """Whether the entity is not one of ours. Called for every state change in Home Assistant, so it must be quick."""
        return data["entity_id"] not in self._own

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        data = event.data
        entity_id = data["entity_id"]
        # An entity of ours that is being added, or one of another home.
        if (entry := self._registry.async_get(entity_id)) is not None and entry.platform == DOMAIN:
            return
        if self._wanted(entity_id):
            self._add((entity_id, data["old_state"], data["new_state"]))

    @callback
    def _on_started(self, _event: Event) -> None:
        self._add({"type": "system", "event": "started", "data": {}})

    async def _on_stop(self) -> None:
        """Report the stop and, while connected, wait until it is stored."""
        self._add({"type": "system", "event": "stopping", "data": {}})
        if not self._connected:
            return
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                while self._items and not self._stored.is_set():
                    await self._stored.wait()
        except TimeoutError:
            _LOGGER.debug("%d events were not stored before the stop", len(self._items))

    def _add(self, item: _Item) -> None:
        if len(self._items) >= LIMIT:
            if self.dropped == 0:
                _LOGGER.warning("The sidecar stores no events; %d are waiting and further ones are dropped", LIMIT)
            self.dropped += 1
            return
        self._items.append(item)
        self._stored.clear()
        self._wake.set()

    async def run(self, connection: BridgeConnection) -> None:
        """Send waiting events, one batch after the other, until the connection ends."""
        self._connected = True
        try:
            await self._send(connection)
        finally:
            self._connected = False

    async def _send(self, connection: BridgeConnection) -> None:
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
                    # It would fail again.
                    self.rejected += count
                    self._acknowledge(self._first + count - 1)
                    continue
                await asyncio.sleep(delay)
                delay = min(delay * 2, 30.0)
                continue
            delay = _FIRST_DELAY
            self._apply_result(result, count)

    def _apply_result(self, result: Any, count: int) -> None:
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
        """Return the number of events that fit into the next call, and its arguments."""
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
    """Return the JSON of an event; null for one that cannot be written, which the sidecar counts and drops."""
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
