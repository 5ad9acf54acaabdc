"""One home: what the sidecar tells becomes entities, and what people do to entities becomes commands."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
import logging
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.hass_dict import HassKey

from .client import BridgeClient, BridgeConnection, Hello
from .const import CONNECT_TIMEOUT, DOMAIN, GRACE, PLATFORMS, SNAPSHOT_TIMEOUT
from .errors import BridgeError, CannotConnect, InvalidAuth, UnsupportedVersion
from .issues import Issues
from .link import Link
from .model import Description, Device, parents_first, read_device
from .pacer import Pacer
from .registrar import Registrar
from .reporter import Reporter
from .store import DescriptionStore

if TYPE_CHECKING:
    from .entity import BridgeEntity

_LOGGER = logging.getLogger(__name__)

type NatsBridgeConfigEntry = ConfigEntry[Hub]

#: What outlives a reload of the entry, by entry id: nothing may be lost or told twice because somebody enabled an entity.
DATA_CARRY: HassKey[dict[str, Carry]] = HassKey(f"{DOMAIN}.carry")

#: Listeners of device triggers, by (entry id, entity, event type). They outlive a reload too.
type TriggerKey = tuple[str, str, str]
type TriggerListener = Any
DATA_TRIGGERS: HassKey[dict[TriggerKey, list[TriggerListener]]] = HassKey(f"{DOMAIN}.triggers")

#: Events that came before their entities existed; more are dropped, oldest first.
_EARLY_EVENTS = 1_000


@dataclass(slots=True)
class Carry:
    """What a hub hands to its successor."""

    last_event: int | None
    reporter: Reporter
    #: Names the reporter's numbers to the sidecar (contract/protocol.md, "Hello").
    instance: str


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


class Hub:
    """The runtime data of one config entry. Everything runs in the event loop; one task applies what is read."""

    def __init__(self, hass: HomeAssistant, entry: NatsBridgeConfigEntry, client: BridgeClient, carry: Carry) -> None:
        """Nothing runs yet. `carry` is what an earlier hub of this entry left."""
        self.hass = hass
        self.entry = entry
        self.bridge_id: str = entry.unique_id or ""
        self.url = client.url
        self.hello: Hello | None = None
        self.devices: dict[str, Device] = {}
        self.entities: dict[str, BridgeEntity] = {}
        self.counters = Counters()
        self.links: dict[str, Any] = {}
        self.reporter = carry.reporter
        self.registrar = Registrar(hass, entry, self.bridge_id)
        #: Whether entities may be available: the whole home is known and NATS is up.
        self.up = False
        self._live = False
        self._synced = False
        self._snapshot: _Snapshot | None = None
        self._catching_up = False
        self._epoch: str | None = None
        self._next_epoch: str | None = None
        self._seq: int | None = None
        self._last_event = carry.last_event
        self._early_values: dict[str, Any] = {}
        self._early_events: list[dict[str, Any]] = []
        self._factories: dict[str, tuple[type[BridgeEntity], AddConfigEntryEntitiesCallback]] = {}
        self._gate = asyncio.Lock()
        self._contact: asyncio.Future[None] = hass.loop.create_future()
        self._grace: asyncio.TimerHandle | None = None
        self._reauthenticating = False
        self._down_logged = False
        self._issues = Issues(hass, entry.entry_id)
        self._store = DescriptionStore(hass, entry.entry_id)
        self._client = client
        self._link = Link(hass, client, self)
        self._task: asyncio.Task[None] | None = None
        self._report_task: asyncio.Task[None] | None = None
        self._refresh_task: asyncio.Task[None] | None = None

    # Life

    async def async_load(self) -> None:
        """Read the descriptions of the last time, so that entities exist before the sidecar is reached."""
        for raw in await self._store.async_load(self.bridge_id):
            if (device := read_device(raw)) is not None:
                device.online = False
                self.devices[device.id] = device

    @callback
    def start(self) -> None:
        """Begin to connect and to read."""
        self._task = self.entry.async_create_background_task(self.hass, self._link.run(), f"{DOMAIN} link")

    async def async_first_contact(self) -> None:
        """Wait for the first snapshot for as long as it is worth it; raises the ConfigEntry errors of Home Assistant."""
        patient = not self.devices
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT if patient else SNAPSHOT_TIMEOUT):
                while True:
                    try:
                        await asyncio.shield(self._contact)
                    except CannotConnect, OSError:
                        if not patient:
                            return
                        self._contact = self.hass.loop.create_future()
                    else:
                        return
        except TimeoutError as err:
            if patient:
                raise ConfigEntryNotReady(
                    translation_domain=DOMAIN, translation_key="not_ready", translation_placeholders={"url": self.url}
                ) from err
        except InvalidAuth as err:
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="invalid_auth") from err
        except UnsupportedVersion as err:
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="unsupported_version",
                translation_placeholders={"reason": str(err)},
            ) from err
        except BridgeError:
            if patient:
                raise ConfigEntryNotReady(
                    translation_domain=DOMAIN, translation_key="not_ready", translation_placeholders={"url": self.url}
                ) from None

    async def async_go_live(self) -> None:
        """Create devices and entities; from now on changes are applied to them as they come."""
        async with self._gate:
            self.registrar.async_add_hub(self.url, self.hello)
            pacer = Pacer()
            for device in parents_first(self.devices.values()):
                self.registrar.async_sync_device(device)
                await pacer.step(5)
            if self._synced:
                await self.registrar.async_remove_unknown(self.devices)
            await self.hass.config_entries.async_forward_entry_setups(self.entry, self._used_platforms())
            self._live = True
            self._early_values.clear()
            early, self._early_events = self._early_events, []
            for event in early:
                self._apply_event(event)
            self._check_cap()
        self.reporter.start(self.registrar.own_entity_ids)

    @property
    def platforms(self) -> list[Platform]:
        """The platforms that have been set up."""
        return [Platform(platform) for platform in self._factories]

    async def async_stop(self) -> None:
        """Stop reading; the entities stay as they are."""
        for task in (self._task, self._report_task, self._refresh_task):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait({task})
        self._task = self._report_task = self._refresh_task = None
        self._cancel_grace()
        self.reporter.stop()
        await self._store.async_flush()

    @callback
    def carry(self) -> Carry:
        """Return what the next hub of this entry needs."""
        return Carry(self._last_event, self.reporter, self._client.identity.instance)

    @callback
    def resume(self) -> None:
        """Go on after a stop that was not the end."""
        self.start()
        self.reporter.start(self.registrar.own_entity_ids)

    @property
    def connection(self) -> BridgeConnection | None:
        """The connection, while there is one."""
        return self._link.connection

    # Platforms and entities

    async def async_platform_ready(
        self, platform: Platform, entity_class: type[BridgeEntity], add: AddConfigEntryEntitiesCallback
    ) -> None:
        """A platform can take entities: give it all that are known, in small portions."""
        self._factories[platform] = (entity_class, add)
        entities = [
            self._make_entity(device, part)
            for device in self.devices.values()
            for part in device.parts.values()
            if part["platform"] == platform
        ]
        await self._add(platform, entities)

    def _used_platforms(self) -> set[Platform]:
        used = {part["platform"] for device in self.devices.values() for part in device.parts.values()}
        return {Platform(platform) for platform in used & PLATFORMS} - set(self._factories)

    def _make_entity(self, device: Device, part: Description) -> BridgeEntity:
        entity_class = self._factories[part["platform"]][0]
        entity = entity_class(self, device, part)
        entity.device_entry = self.registrar.entry_of(device)
        if (value := self._early_values.pop(entity.bridge_id, _NOTHING)) is not _NOTHING:
            entity.async_take(value)
        self.entities[entity.bridge_id] = entity
        return entity

    async def _add(self, platform: str, entities: list[BridgeEntity]) -> None:
        add = self._factories[platform][1]
        pacer = Pacer()
        for start in range(0, len(entities), 25):
            portion = entities[start : start + 25]
            add(portion)
            await pacer.step(len(portion))

    # What the link tells (LinkListener)

    def cursor(self) -> dict[str, Any]:
        """Return what has been seen, for Listen."""
        return {"epoch": self._epoch, "since": self._seq, "last_event": self._last_event}

    async def async_connected(self, connection: BridgeConnection) -> bool:
        """Accept the sidecar if it is the home that this entry was made for."""
        hello = connection.hello
        if hello.bridge_id != self.bridge_id:
            self._issues.raise_own("wrong_bridge", url=self.url, expected=self.bridge_id, found=hello.bridge_id)
            return False
        self._issues.clear_own("wrong_bridge")
        self._issues.clear_own("unsupported_version")
        self._reauthenticating = False
        if self._live and (self.hello is None or self.hello.version != hello.version):
            self.registrar.async_add_hub(self.url, hello)
        self.hello = hello
        self.counters.connections += 1
        if "report" in hello.capabilities:
            self._report_task = self.entry.async_create_background_task(
                self.hass, self.reporter.run(connection), f"{DOMAIN} report"
            )
        return True

    def disconnected(self, error: BridgeError) -> None:
        """Bridge a short interruption; tell people what only they can mend."""
        _LOGGER.debug("Not connected to %s: %s", self.url, error)
        self._snapshot = None
        if self._report_task is not None:
            self._report_task.cancel()
            self._report_task = None
        if isinstance(error, UnsupportedVersion):
            self._issues.raise_own("unsupported_version", reason=str(error))
        elif isinstance(error, InvalidAuth) and self._live and not self._reauthenticating:
            self._reauthenticating = True
            self.entry.async_start_reauth(self.hass)
        if not self._contact.done():
            self._contact.set_exception(error)
            self._contact.exception()
        if self._synced and self._grace is None and not self._down_logged:
            self._grace = self.hass.loop.call_later(GRACE, self._grace_over)

    @callback
    def _grace_over(self) -> None:
        self._grace = None
        self._synced = False
        self._down_logged = True
        _LOGGER.warning("The connection to the sidecar at %s is lost; its entities are unavailable until it is back", self.url)
        self._availability_changed()

    def _cancel_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    def apply_small(self, frame: dict[str, Any]) -> bool:
        """Apply a frame that changes no devices, without yielding."""
        if frame.get("t") != "batch" or "devices" in frame or "removed" in frame or self._gate.locked():
            return False
        if len(frame.get("availability", ())) > 2:
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
        async with self._gate:
            self.counters.frames += 1
            match frame.get("t"):
                case "begin":
                    self._snapshot = _Snapshot() if frame.get("full") is True else None
                    self._catching_up = True
                    self._next_epoch = str(frame.get("epoch"))
                    if self._snapshot is not None:
                        self._epoch = self._seq = None
                    self._set_links(frame.get("links"))
                case "batch":
                    await self._apply_batch(frame)
                case "end":
                    await self._apply_end(frame)

    async def _apply_batch(self, frame: dict[str, Any]) -> None:
        pacer = Pacer()
        if devices := frame.get("devices"):
            await self._apply_devices(devices, pacer)
        for device_id in frame.get("removed", ()):
            await self._remove_device(str(device_id), pacer)
        for change in frame.get("availability", ()):
            await pacer.step(self._apply_availability(change))
        states: list[Any] = frame.get("states", [])
        for start in range(0, len(states), 50):
            portion = states[start : start + 50]
            self._apply_states(portion)
            await pacer.step(len(portion))
        self._apply_rest(frame)

    def _apply_rest(self, frame: dict[str, Any]) -> None:
        """Apply the short members, and remember how far we are."""
        for event in frame.get("events", ()):
            self._apply_event(event)
        for issue in frame.get("issues", ()):
            if (issue_id := self._issues.apply(issue)) is None:
                self.counters.malformed += 1
            elif self._snapshot is not None:
                self._snapshot.issues.add(issue_id)
        if "links" in frame:
            self._set_links(frame["links"])
        # Within a snapshot the numbers say nothing of what is still to come.
        if not self._catching_up and isinstance(seq := frame.get("seq"), int):
            self._seq = seq

    async def _apply_end(self, frame: dict[str, Any]) -> None:
        pacer = Pacer()
        if (snapshot := self._snapshot) is not None:
            self._snapshot = None
            for device_id in [device_id for device_id in self.devices if device_id not in snapshot.devices]:
                await self._remove_device(device_id, pacer)
            for entity_id, entity in list(self.entities.items()):
                if entity_id not in snapshot.states:
                    entity.async_take(None)
                    await pacer.step()
            self._issues.clear_untold(snapshot.issues)
            if self._live:
                await self.registrar.async_remove_unknown(self.devices)
        self._catching_up = False
        self._epoch = self._next_epoch
        if isinstance(seq := frame.get("seq"), int):
            self._seq = seq
        self._store.async_schedule(self.bridge_id, self.devices)
        self._cancel_grace()
        if not self._synced:
            self._synced = True
            if self._down_logged:
                self._down_logged = False
                _LOGGER.info("The sidecar at %s is connected again", self.url)
        self._availability_changed()
        if not self._contact.done():
            self._contact.set_result(None)

    # Devices

    async def _apply_devices(self, raws: Iterable[Any], pacer: Pacer) -> None:
        new: list[tuple[Device, Description]] = []
        for raw in raws:
            device = read_device(raw)
            if device is None:
                self.counters.malformed += 1
                continue
            if self._snapshot is not None:
                self._snapshot.devices.add(device.id)
            if self._live:
                added = self._put_device(device)
                new.extend(added)
                await pacer.step(5 + len(added))
            else:
                self.devices[device.id] = device
        if self._live:
            await self._add_parts(new)
            await self._forward_new_platforms()
            self._store.async_schedule(self.bridge_id, self.devices)
            self._check_cap()

    async def _forward_new_platforms(self) -> None:
        if platforms := self._used_platforms():
            # Home Assistant takes later platforms only when the set-up that is just ending has ended.
            while self.entry.state is ConfigEntryState.SETUP_IN_PROGRESS:  # noqa: ASYNC110
                await asyncio.sleep(0)
            await self.hass.config_entries.async_forward_entry_setups(self.entry, platforms)

    def _put_device(self, device: Device) -> list[tuple[Device, Description]]:
        """Bring one device up to date in place and return the entities to add."""
        known = self.devices.get(device.id)
        if known is None:
            return self._add_device(device)
        was_online, known.online = known.online, device.online
        if known.description == device.description:
            if was_online != known.online:
                self._refresh_device(known)
            return []
        before, parent = known.parts, known.parent
        known.description, known.parts = device.description, device.parts
        for key, part in before.items():
            if (now := known.parts.get(key)) is None or now["platform"] != part["platform"]:
                self._drop_entity(known, part)
        if known.parent != parent:
            return self._move([known])
        self.registrar.async_sync_device(known)
        added: list[tuple[Device, Description]] = []
        for key, part in known.parts.items():
            if (entity := self.entities.get(f"{known.id}.{key}")) is None:
                added.append((known, part))
            elif before[key] != part:
                entity.async_redescribe(part)
        self._refresh_device(known)
        return added

    def _add_device(self, device: Device) -> list[tuple[Device, Description]]:
        self.devices[device.id] = device
        self.registrar.async_sync_device(device)
        # Whoever announced itself before its gateway or parent is hung below it now.
        for other in self.devices.values():
            if other.gateway == device.id and other.parent != device.id:
                self.registrar.async_sync_device(other)
        children = [other for other in self.devices.values() if other.parent == device.id and other is not device]
        return [*((device, part) for part in device.parts.values()), *self._move(children)]

    def _move(self, devices: Iterable[Device]) -> list[tuple[Device, Description]]:
        """Register devices anew below another parent or none: the registry moves none. Returns the entities to add again."""
        moved: list[tuple[Device, Description]] = []
        for device in devices:
            for part in device.parts.values():
                if (entity := self.entities.pop(f"{device.id}.{part['key']}", None)) is not None:
                    self._early_values[entity.bridge_id] = entity.wire_value
                moved.append((device, part))
            self.registrar.async_remove_device(device)
            self.registrar.async_sync_device(device)
        return moved

    def _drop_entity(self, device: Device, part: Description) -> None:
        self.entities.pop(f"{device.id}.{part['key']}", None)
        self._early_values.pop(f"{device.id}.{part['key']}", None)
        self.registrar.async_remove_entity(part["platform"], f"{device.id}.{part['key']}")

    async def _remove_device(self, device_id: str, pacer: Pacer) -> None:
        device = self.devices.pop(device_id, None)
        if device is None or not self._live:
            return
        for part in device.parts.values():
            self._drop_entity(device, part)
            await pacer.step()
        children = [child for child in self.devices.values() if child.parent == device_id]
        self.registrar.async_remove_device(device)
        # The registry forgets children with their parent; they are still there.
        await self._add_parts(self._move(children))
        self._store.async_schedule(self.bridge_id, self.devices)

    async def _add_parts(self, parts: Iterable[tuple[Device, Description]]) -> None:
        """Create entities on the platforms that are set up; others create theirs when they are."""
        new: dict[str, list[BridgeEntity]] = {}
        # One frame may name a device twice, or move what it has just added.
        latest = {f"{device.id}.{part['key']}": (device, part) for device, part in parts}
        for bridge_id, (device, part) in latest.items():
            wanted = device.parts.get(part["key"]) is part and bridge_id not in self.entities
            if wanted and part["platform"] in self._factories:
                new.setdefault(part["platform"], []).append(self._make_entity(device, part))
        for platform, entities in new.items():
            await self._add(platform, entities)

    def _check_cap(self) -> None:
        wanted = sum(
            part.get("enabled_by_default") is not False for device in self.devices.values() for part in device.parts.values()
        )
        self._issues.check_cap(wanted)

    # Availability

    @callback
    def _set_links(self, links: Any) -> None:
        if isinstance(links, dict) and links != self.links:
            self.links = links
            self._availability_changed()

    @callback
    def _availability_changed(self) -> None:
        """Work out whether entities may be available and, if that changed, tell them, in portions."""
        up = self._synced and self.links.get("nats", "up") == "up"
        if up == self.up:
            return
        self.up = up
        if self._live and (self._refresh_task is None or self._refresh_task.done()):
            self._refresh_task = self.entry.async_create_background_task(self.hass, self._refresh_all(), f"{DOMAIN} availability")

    async def _refresh_all(self) -> None:
        shown: bool | None = None
        while shown is not self.up:
            shown = self.up
            pacer = Pacer()
            for entity in list(self.entities.values()):
                entity.async_refresh()
                await pacer.step()

    def _refresh_device(self, device: Device) -> int:
        for key in device.parts:
            if (entity := self.entities.get(f"{device.id}.{key}")) is not None:
                entity.async_refresh()
        return len(device.parts)

    def _apply_availability(self, change: Any) -> int:
        try:
            device = self.devices.get(change["device"])
            online = change["online"] is True
        except KeyError, TypeError:
            self.counters.malformed += 1
            return 1
        if device is None or device.online == online:
            return 1
        device.online = online
        return self._refresh_device(device)

    # States and events

    def _apply_states(self, states: Iterable[Any]) -> None:
        entities = self.entities
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
                self._early_values[entity_id] = value
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
        if self._last_event is not None and number <= self._last_event:
            return
        self._last_event = number
        self.counters.events += 1
        if (entity := self.entities.get(entity_id)) is not None:
            entity.async_happen(event_type, attributes)
        for listener in list(self.hass.data.get(DATA_TRIGGERS, {}).get((self.entry.entry_id, entity_id, event_type), ())):
            listener(event_type, attributes)


_NOTHING = object()


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """An entry is gone for good: nothing of it remains."""
    Issues(hass, entry_id).clear()
    await DescriptionStore(hass, entry_id).async_remove()


@callback
def async_listen_trigger(hass: HomeAssistant, key: TriggerKey, listener: TriggerListener) -> CALLBACK_TYPE:
    """Call `listener(event_type, attributes)` whenever that event happens; returns what ends it."""
    listeners = hass.data.setdefault(DATA_TRIGGERS, {})
    listeners.setdefault(key, []).append(listener)

    @callback
    def stop() -> None:
        listeners[key].remove(listener)
        if not listeners[key]:
            del listeners[key]

    return stop
