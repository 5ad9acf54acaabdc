"""Applies the frames of Listen in their order (contract/protocol.md, "Listen")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from .context import HomeContext
from .model import Device, Picture, read_device
from .pacer import Pacer
from .population import Population
from .registrar import Registrar

#: Events that are retained until their entities exist. Further ones are dropped.
_MAX_EARLY_EVENTS: Final = 1_000
#: States that are applied before the pacer looks at the clock.
_CHUNK: Final = 50


class FeedListener(Protocol):
    """What the feed reports to the hub."""

    def devices_changed(self) -> None:
        """Devices or descriptions have changed."""

    def links_changed(self, links: Any) -> None:
        """The sidecar reports its links."""

    def event_received(self, device: Device, key: str, event_type: str, attributes: dict[str, Any]) -> None:
        """An entity of the device has fired an event."""

    def snapshot_complete(self) -> None:
        """The whole home is known."""


@dataclass(slots=True)
class _Snapshot:
    """The ids that a full snapshot has named so far."""

    devices: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)
    pictures: set[str] = field(default_factory=set)
    issues: set[str] = field(default_factory=set)


class Feed:
    """Applies frames and remembers the position in the stream. Malformed items are counted and skipped."""

    def __init__(
        self,
        home: HomeContext,
        registrar: Registrar,
        population: Population,
        listener: FeedListener,
        pacer: Pacer,
        last_event: int | None,
        event_epoch: str | None,
    ) -> None:
        """Initialise. `last_event` is the last event that an earlier feed has applied, a number of `event_epoch`."""
        self.last_event = last_event
        self.event_epoch = event_epoch
        self._home = home
        self._registrar = registrar
        self._population = population
        self._listener = listener
        self._pacer = pacer
        self._snapshot: _Snapshot | None = None
        self._catching_up = False
        self._epoch: str | None = None
        self._next_epoch: str | None = None
        self._seq: int | None = None
        self._early_events: list[Any] = []

    def cursor(self) -> dict[str, Any]:
        """Return the position in the stream, Listen's argument."""
        return {"epoch": self._epoch, "since": self._seq, "last_event": self.last_event, "event_epoch": self.event_epoch}

    def apply_early_events(self) -> None:
        """Apply the events that were received before their entities existed."""
        early, self._early_events = self._early_events, []
        for event in early:
            self._apply_event(event)

    def connection_lost(self) -> None:
        """Discard a snapshot that is not complete: what it has not named may still have followed."""
        self._snapshot = None

    def apply_small(self, frame: dict[str, Any]) -> bool:
        """Apply a frame without yielding; false when it changes devices or is too large for that."""
        if frame.get("t") != "batch" or "devices" in frame or "removed" in frame or len(frame.get("availability", ())) > 2:
            return False
        if self._population.waiting:
            return False
        self._home.counters.frames += 1
        for change in frame.get("availability", ()):
            self._apply_availability(change)
        if states := frame.get("states"):
            self._apply_states(states)
        self._apply_pictures(frame.get("pictures", ()))
        self._apply_rest(frame)
        return True

    async def async_apply(self, frame: dict[str, Any]) -> None:
        """Apply any frame, yielding to the event loop in between."""
        self._home.counters.frames += 1
        match frame.get("t"):
            case "begin":
                self._apply_begin(frame)
            case "batch":
                await self._apply_batch(frame)
            case "end":
                await self._apply_end(frame)

    # Frames

    def _apply_begin(self, frame: dict[str, Any]) -> None:
        self._snapshot = _Snapshot() if frame.get("full") is True else None
        self._catching_up = True
        self._next_epoch = str(frame.get("epoch"))
        if self._snapshot is not None:
            self._epoch = self._seq = None
        self._listener.links_changed(frame.get("links"))
        # The cursor does not include them, so they are sent again.
        self._early_events.clear()
        if isinstance(epoch := frame.get("event_epoch"), str) and isinstance(last := frame.get("last_event"), int):
            self.event_epoch, self.last_event = epoch, last

    async def _apply_batch(self, frame: dict[str, Any]) -> None:
        if devices := frame.get("devices"):
            await self._apply_devices(devices)
        if removed := frame.get("removed"):
            for device_id in removed:
                await self.async_remove_device(str(device_id))
                await self._pacer.step()
            self._listener.devices_changed()
        for change in frame.get("availability", ()):
            await self._pacer.step(self._apply_availability(change))
        states: list[Any] = frame.get("states", [])
        for start in range(0, len(states), _CHUNK):
            chunk = states[start : start + _CHUNK]
            self._apply_states(chunk)
            await self._pacer.step(len(chunk))
        pictures: list[Any] = frame.get("pictures", [])
        for start in range(0, len(pictures), _CHUNK):
            chunk = pictures[start : start + _CHUNK]
            self._apply_pictures(chunk)
            await self._pacer.step(len(chunk))
        if "links" in frame:
            # Before entities are created: their first state depends on it.
            self._listener.links_changed(frame["links"])
        if not self._catching_up and frame.get("more") is not True:
            await self._add_waiting()
        self._apply_rest(frame)

    async def _add_waiting(self) -> None:
        """Create the new entities: their first values have been applied."""
        if self._population.waiting:
            await self._population.async_add_waiting()
        if self._population.live:
            self.apply_early_events()

    def _apply_rest(self, frame: dict[str, Any]) -> None:
        """Apply the members of a batch that are short, and its position."""
        for event in frame.get("events", ()):
            self._apply_event(event)
        for issue in frame.get("issues", ()):
            if (issue_id := self._home.issues.apply(issue)) is None:
                self._home.counters.malformed += 1
            elif self._snapshot is not None:
                self._snapshot.issues.add(issue_id)
        if "links" in frame:
            self._listener.links_changed(frame["links"])
        # A snapshot must be complete before its position counts.
        if not self._catching_up and isinstance(seq := frame.get("seq"), int):
            self._seq = seq

    async def _apply_end(self, frame: dict[str, Any]) -> None:
        if (snapshot := self._snapshot) is not None:
            self._snapshot = None
            await self._complete(snapshot)
        self._catching_up = False
        self._epoch = self._next_epoch
        if isinstance(seq := frame.get("seq"), int):
            self._seq = seq
        self._listener.devices_changed()
        self._listener.snapshot_complete()
        await self._add_waiting()

    async def _complete(self, snapshot: _Snapshot) -> None:
        """After a full snapshot, and only then, absence counts. It removes no device: only its name in `removed` does."""
        for device in list(self._population.devices.values()):
            if device.id not in snapshot.devices:
                device.missing = True
                await self._pacer.step(self._population.update_availability(device))
        for wire_id, entity in list(self._population.entities.items()):
            if wire_id not in snapshot.states:
                entity.async_update_value(None)
                await self._pacer.step()
        for wire_id in self._home.pictures.keys() - snapshot.pictures:
            self._set_picture(wire_id, None)
            await self._pacer.step()
        self._home.issues.clear_except(snapshot.issues)
        if self._population.live:
            await self._registrar.async_remove_withdrawn(self._population.devices)

    # Members of a batch

    async def _apply_devices(self, raws: Iterable[Any]) -> None:
        for raw in raws:
            device = read_device(raw)
            if device is None:
                self._home.counters.malformed += 1
                continue
            if self._snapshot is not None:
                self._snapshot.devices.add(device.id)
            known = self._population.devices.get(device.id)
            if known is not None and known.description != device.description:
                self._home.issues.clear_reserved(device.id)
            added = self._population.update_device(device)
            await self._pacer.step(5 + added)
        if self._population.live:
            self._listener.devices_changed()

    async def async_remove_device(self, device_id: str) -> None:
        """Remove a device with all that is known of it."""
        self._home.issues.clear_reserved(device_id)
        await self._population.async_remove_device(device_id)

    def _apply_availability(self, change: Any) -> int:
        try:
            device = self._population.devices.get(change["device"])
            online = change["online"] is True
        except KeyError, TypeError:
            self._home.counters.malformed += 1
            return 1
        if device is None or device.online == online:
            return 1
        device.online = online
        return self._population.update_availability(device)

    def _apply_states(self, states: Iterable[Any]) -> None:
        entities = self._population.entities
        named = self._snapshot.states if self._snapshot is not None else None
        count = 0
        for pair in states:
            count += 1
            try:
                wire_id, value = pair
                entity = entities.get(wire_id)
            except TypeError, ValueError:
                self._home.counters.malformed += 1
                continue
            if named is not None:
                named.add(wire_id)
            if entity is not None:
                entity.async_update_value(value)
            elif not self._population.retain_value(wire_id, value):
                self._home.counters.unknown_entities += 1
        self._home.counters.states += count

    def _apply_pictures(self, pictures: Iterable[Any]) -> None:
        for raw in pictures:
            try:
                wire_id, picture = str(raw["entity"]), Picture.read(raw)
            except KeyError, TypeError, ValueError:
                self._home.counters.malformed += 1
                continue
            if self._snapshot is not None:
                self._snapshot.pictures.add(wire_id)
            self._set_picture(wire_id, picture)

    def _set_picture(self, wire_id: str, picture: Picture | None) -> None:
        if picture is None:
            self._home.pictures.pop(wire_id, None)
        else:
            self._home.pictures[wire_id] = picture
        if (entity := self._population.entities.get(wire_id)) is not None:
            entity.async_update_picture()

    def _apply_event(self, event: Any) -> None:
        try:
            number, wire_id, event_type = int(event["id"]), str(event["entity"]), str(event["event_type"])
            attributes = event.get("attributes") or {}
        except KeyError, TypeError, ValueError:
            self._home.counters.malformed += 1
            return
        if not self._population.live or self._population.waiting:
            if len(self._early_events) < _MAX_EARLY_EVENTS:
                self._early_events.append(event)
            return
        if self.last_event is not None and number <= self.last_event:
            return
        self.last_event = number
        self._home.counters.events += 1
        if (entity := self._population.entities.get(wire_id)) is not None:
            entity.async_fire_event(event_type, attributes)
        device_id, _, key = wire_id.rpartition(".")
        if (device := self._population.devices.get(device_id)) is not None:
            self._listener.event_received(device, key, event_type, attributes)
