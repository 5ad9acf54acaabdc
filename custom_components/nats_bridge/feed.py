"""Applies Listen's frames to the home, in their order (contract/protocol.md, "Listen")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .model import Device, read_device
from .pacer import Pacer
from .population import Part
from .triggers import async_tell

if TYPE_CHECKING:
    from .hub import Hub

#: Events that came before their entities existed; more are dropped.
_EARLY_EVENTS: Final = 1_000
#: States that are applied between two looks at the clock.
_PORTION: Final = 50


@dataclass(slots=True)
class Counters:
    """What has happened, for diagnostics."""

    frames: int = 0
    states: int = 0
    events: int = 0
    malformed: int = 0
    unknown_entities: int = 0
    wrong_values: int = 0
    commands: int = 0
    failed_commands: int = 0
    connections: int = 0


@dataclass(slots=True)
class _Snapshot:
    """What a full snapshot has told so far."""

    devices: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)
    issues: set[str] = field(default_factory=set)


class Feed:
    """Knows what has been seen. What is malformed is counted and left out; its neighbours are applied."""

    def __init__(self, hub: Hub, pacer: Pacer, last_event: int | None, event_epoch: str | None) -> None:
        """Nothing has been seen but the events up to `last_event`, whose numbers are those of `event_epoch`."""
        self.counters = Counters()
        self.last_event = last_event
        self.event_epoch = event_epoch
        self._hub = hub
        self._pacer = pacer
        self._home = hub.population
        self._live = False
        self._snapshot: _Snapshot | None = None
        self._catching_up = False
        self._epoch: str | None = None
        self._next_epoch: str | None = None
        self._seq: int | None = None
        self._early_events: list[Any] = []

    def cursor(self) -> dict[str, Any]:
        """Return what has been seen, as Listen's argument."""
        return {"epoch": self._epoch, "since": self._seq, "last_event": self.last_event, "event_epoch": self.event_epoch}

    def go_live(self) -> None:
        """From now on there are entities: what happens is shown."""
        self._live = True
        early, self._early_events = self._early_events, []
        for event in early:
            self._apply_event(event) if "event_epoch" not in event else self._number_events(event)

    def abandon(self) -> None:
        """The connection is gone; half a snapshot says nothing of what it has not told."""
        self._snapshot = None

    def apply_small(self, frame: dict[str, Any]) -> bool:
        """Apply a frame that changes no devices, without yielding; false when it is not one."""
        if frame.get("t") != "batch" or "devices" in frame or "removed" in frame or len(frame.get("availability", ())) > 2:
            return False
        self.counters.frames += 1
        for change in frame.get("availability", ()):
            self._apply_availability(change)
        if states := frame.get("states"):
            self._apply_states(states)
        self._apply_rest(frame)
        return True

    async def async_apply(self, frame: dict[str, Any]) -> None:
        """Apply any frame, yielding to the event loop as it goes."""
        self.counters.frames += 1
        match frame.get("t"):
            case "begin":
                self._begin(frame)
            case "batch":
                await self._apply_batch(frame)
            case "end":
                await self._apply_end(frame)

    def _begin(self, frame: dict[str, Any]) -> None:
        self._snapshot = _Snapshot() if frame.get("full") is True else None
        self._catching_up = True
        self._next_epoch = str(frame.get("epoch"))
        if self._snapshot is not None:
            self._epoch = self._seq = None
        self._hub.set_links(frame.get("links"))
        # What waits for its entities has not been counted as seen, so it comes again.
        self._early_events.clear()
        self._number_events(frame)

    def _number_events(self, frame: dict[str, Any]) -> None:
        """Take over where the sidecar sees us among the events: their numbers begin anew when its stream was made anew."""
        epoch, last = frame.get("event_epoch"), frame.get("last_event")
        if not isinstance(epoch, str) or not isinstance(last, int):
            return
        if self._early_events:
            self._early_events.append({"event_epoch": epoch, "last_event": last})
        else:
            self.event_epoch, self.last_event = epoch, last

    async def _apply_batch(self, frame: dict[str, Any]) -> None:
        if devices := frame.get("devices"):
            await self._apply_devices(devices)
        if removed := frame.get("removed"):
            for device_id in removed:
                await self.async_remove(str(device_id))
                await self._pacer.step()
            self._hub.schedule_save()
            self._check_cap()
        for change in frame.get("availability", ()):
            await self._pacer.step(self._apply_availability(change))
        states: list[Any] = frame.get("states", [])
        for start in range(0, len(states), _PORTION):
            portion = states[start : start + _PORTION]
            self._apply_states(portion)
            await self._pacer.step(len(portion))
        self._apply_rest(frame)

    def _apply_rest(self, frame: dict[str, Any]) -> None:
        """Apply the short members, and remember how far we are."""
        self._number_events(frame)
        for event in frame.get("events", ()):
            self._apply_event(event)
        for issue in frame.get("issues", ()):
            if (issue_id := self._hub.issues.apply(issue)) is None:
                self.counters.malformed += 1
            elif self._snapshot is not None:
                self._snapshot.issues.add(issue_id)
        if "links" in frame:
            self._hub.set_links(frame["links"])
        # Within a snapshot the numbers say nothing of what is still to come.
        if not self._catching_up and isinstance(seq := frame.get("seq"), int):
            self._seq = seq

    async def _apply_end(self, frame: dict[str, Any]) -> None:
        if (snapshot := self._snapshot) is not None:
            self._snapshot = None
            await self._complete_full(snapshot)
        self._catching_up = False
        self._epoch = self._next_epoch
        if isinstance(seq := frame.get("seq"), int):
            self._seq = seq
        self._hub.complete()

    async def _complete_full(self, snapshot: _Snapshot) -> None:
        """After a full snapshot, and only then, absence counts. It removes no device: only its name in `removed` does."""
        for device in list(self._home.devices.values()):
            if device.id not in snapshot.devices:
                device.missing = True
                await self._pacer.step(self._home.refresh(device))
        for entity_id, entity in list(self._home.entities.items()):
            if entity_id not in snapshot.states:
                entity.async_take(None)
                await self._pacer.step()
        self._hub.issues.clear_untold(snapshot.issues)
        self._check_cap()
        if self._live:
            await self._hub.registrar.async_remove_withdrawn(self._home.devices)

    async def _apply_devices(self, raws: Iterable[Any]) -> None:
        new: list[Part] = []
        for raw in raws:
            device = read_device(raw)
            if device is None:
                self.counters.malformed += 1
                continue
            if self._snapshot is not None:
                self._snapshot.devices.add(device.id)
            added = self._put(device)
            new.extend(added)
            await self._pacer.step(5 + len(added))
        if self._live:
            await self._home.async_add(new)
            await self._home.async_forward_new()
            self._hub.schedule_save()
            self._check_cap()

    def _check_cap(self) -> None:
        self._hub.issues.check_cap(self._home.wanted)

    def _put(self, device: Device) -> list[Part]:
        known = self._home.devices.get(device.id)
        if known is not None and known.description != device.description:
            self._hub.issues.forget_reserved(device.id)
        if self._live:
            return self._home.put(device)
        self._home.devices[device.id] = device
        return []

    async def async_remove(self, device_id: str) -> None:
        """Remove a device and all its entities."""
        self._hub.issues.forget_reserved(device_id)
        if self._live:
            await self._home.async_remove(device_id)
        else:
            self._home.devices.pop(device_id, None)
            self._hub.registrar.async_remove_device(device_id)

    def _apply_availability(self, change: Any) -> int:
        try:
            device = self._home.devices.get(change["device"])
            online = change["online"] is True
        except KeyError, TypeError:
            self.counters.malformed += 1
            return 1
        if device is None or device.online == online:
            return 1
        device.online = online
        return self._home.refresh(device)

    def _apply_states(self, states: Iterable[Any]) -> None:
        entities = self._home.entities
        told = self._snapshot.states if self._snapshot is not None else None
        count = 0
        for pair in states:
            count += 1
            try:
                entity_id, value = pair
                entity = entities.get(entity_id)
            except TypeError, ValueError:
                self.counters.malformed += 1
                continue
            if told is not None:
                told.add(entity_id)
            if entity is not None:
                entity.async_take(value)
            elif not self._live:
                self._home.keep(entity_id, value)
            else:
                self.counters.unknown_entities += 1
        self.counters.states += count

    def _apply_event(self, event: Any) -> None:
        try:
            number, entity_id, event_type = int(event["id"]), str(event["entity"]), str(event["event_type"])
            attributes = event.get("attributes") or {}
        except KeyError, TypeError, ValueError:
            self.counters.malformed += 1
            return
        if not self._live:
            if len(self._early_events) < _EARLY_EVENTS:
                self._early_events.append(event)
            return
        if self.last_event is not None and number <= self.last_event:
            return
        self.last_event = number
        self.counters.events += 1
        if (entity := self._home.entities.get(entity_id)) is not None:
            entity.async_happen(event_type, attributes)
        device_id, _, key = entity_id.rpartition(".")
        device = self._home.devices.get(device_id)
        if device is not None and (registered := self._hub.registrar.entry_of(device)) is not None:
            async_tell(self._hub.hass, device, registered.id, key, event_type, attributes)
