"""One home: what the sidecar tells becomes entities, and what people do to entities becomes commands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers.entityfilter import generate_filter
from homeassistant.util.hass_dict import HassKey

from .client import BridgeClient, BridgeConnection, Hello
from .const import CONF_EXCLUDE, CONF_INCLUDE, CONF_REPORT, CONNECT_TIMEOUT, DOMAIN, GRACE, SNAPSHOT_TIMEOUT
from .errors import BridgeError, InvalidAuth, UnsupportedVersion
from .feed import Feed
from .issues import Issues
from .link import Link
from .model import read_device
from .pacer import Pacer
from .population import Population
from .registrar import Registrar
from .reporter import Reporter
from .store import DescriptionStore

_LOGGER = logging.getLogger(__name__)

type NatsBridgeConfigEntry = ConfigEntry[Hub]

#: What outlives a reload of the entry, by entry id: nothing may be lost or told twice because somebody enabled an entity.
DATA_CARRY: HassKey[dict[str, Carry]] = HassKey(f"{DOMAIN}.carry")


@dataclass(slots=True)
class Carry:
    """What a hub hands to its successor."""

    last_event: int | None
    event_epoch: str | None
    reporter: Reporter
    #: Names the reporter's numbers to the sidecar (contract/protocol.md, "Hello").
    instance: str


class Hub:
    """The runtime data of one config entry. Everything runs in the event loop; one task applies what is read."""

    def __init__(self, hass: HomeAssistant, entry: NatsBridgeConfigEntry, client: BridgeClient, carry: Carry) -> None:
        """Nothing runs yet. `carry` is what an earlier hub of this entry left."""
        self.hass = hass
        self.entry = entry
        self.bridge_id: str = entry.unique_id or ""
        self.url = client.url
        self.hello: Hello | None = None
        self.links: dict[str, Any] = {}
        #: Whether entities may be available: the whole home is known and NATS is up.
        self.up = False
        self.reporter = carry.reporter
        self.issues = Issues(hass, entry.entry_id)
        self._pacer = Pacer()
        self.registrar = Registrar(hass, entry, self.bridge_id, self._pacer)
        self.population = Population(self, self.registrar, self._pacer)
        self.devices = self.population.devices
        self.entities = self.population.entities
        self.feed = Feed(self, self._pacer, carry.last_event, carry.event_epoch)
        self.counters = self.feed.counters
        self._client = client
        self._link = Link(hass, client, self)
        self._store = DescriptionStore(hass, entry.entry_id)
        #: Held by whoever changes the population: the set-up, then the link.
        self._gate = asyncio.Lock()
        self._contact: asyncio.Future[None] = hass.loop.create_future()
        self._live = False
        self._synced = False
        self._down_logged = False
        self._reauthenticating = False
        self._grace: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._report_task: asyncio.Task[None] | None = None
        self._refresh_task: asyncio.Task[None] | None = None

    @property
    def connection(self) -> BridgeConnection | None:
        """The connection, while there is one."""
        return self._link.connection

    # Life

    async def async_load(self) -> None:
        """Read the descriptions of the last time, so that entities exist before the sidecar is reached."""
        self.issues.clear_own("reserved_attributes")
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
                        # Waited for, not awaited: a time-out must leave it to whoever comes later.
                        await asyncio.wait({self._contact})
                        self._contact.result()
                    except InvalidAuth, UnsupportedVersion:
                        raise
                    except BridgeError:
                        # It may be starting, like us; the link tries on.
                        if not patient:
                            self._note_absence()
                            return
                        self._contact = self.hass.loop.create_future()
                    else:
                        return
        except TimeoutError as err:
            if patient:
                raise ConfigEntryNotReady(
                    translation_domain=DOMAIN, translation_key="not_ready", translation_placeholders={"url": self.url}
                ) from err
            if self.connection is None:
                self._note_absence()
        except InvalidAuth as err:
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="invalid_auth") from err
        except UnsupportedVersion as err:
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="unsupported_version",
                translation_placeholders={"reason": str(err)},
            ) from err

    def _note_absence(self) -> None:
        self._down_logged = True
        _LOGGER.warning("The sidecar at %s cannot be reached; its entities are unavailable until it is", self.url)

    async def async_go_live(self) -> None:
        """Create devices and entities; from now on changes are applied to them as they come."""
        async with self._gate:
            up = self.up
            self.registrar.async_add_hub(self.url, self.hello)
            if self._synced:
                await self.registrar.async_remove_withdrawn(self.devices)
            await self.population.async_settle()
            self._live = True
            self.feed.go_live()
            self.issues.check_cap(self.population.wanted)
            if up is not self.up:
                self._refresh()
        self._start_reporter()

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
    def resume(self) -> None:
        """Go on after a stop that was not the end."""
        self.start()
        self._start_reporter()

    def _start_reporter(self) -> None:
        options = self.entry.options
        if options.get(CONF_REPORT, True):
            # Two filters: in one, Home Assistant lets an included pattern win over an excluded one.
            included = generate_filter([], [], [], [], options.get(CONF_INCLUDE, []), [])
            spared = generate_filter([], [], [], [], [], options.get(CONF_EXCLUDE, []))
            own = self.registrar.own_entity_ids
            self.reporter.start(own, lambda entity_id: included(entity_id) and spared(entity_id))

    @callback
    def carry(self) -> Carry:
        """Return what the next hub of this entry needs."""
        return Carry(self.feed.last_event, self.feed.event_epoch, self.reporter, self._client.identity.instance)

    # What the link tells (LinkListener)

    def cursor(self) -> dict[str, Any]:
        """Return what has been seen, for Listen."""
        return self.feed.cursor()

    async def async_connected(self, connection: BridgeConnection) -> bool:
        """Accept the sidecar if it is the home that this entry was made for."""
        hello = connection.hello
        if hello.bridge_id != self.bridge_id:
            self.issues.raise_own("wrong_bridge", url=self.url, expected=self.bridge_id, found=hello.bridge_id)
            return False
        self.issues.clear_own("wrong_bridge")
        self.issues.clear_own("unsupported_version")
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
        self.feed.abandon()
        if self._report_task is not None:
            self._report_task.cancel()
            self._report_task = None
        if isinstance(error, UnsupportedVersion):
            self.issues.raise_own("unsupported_version", reason=str(error))
        elif isinstance(error, InvalidAuth) and self._live and not self._reauthenticating:
            self._reauthenticating = True
            self.entry.async_start_reauth(self.hass)
        if not self._contact.done():
            self._contact.set_exception(error)
            self._contact.exception()
        if self._down_logged:
            return
        if self._synced and self._grace is None:
            self._grace = self.hass.loop.call_later(GRACE, self._grace_over)
        elif not self._synced and self._live:
            # It answered at the start, but has never told its home.
            self._note_absence()

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
        """Apply a frame at once, if nobody else is at work and it is small."""
        return not self._gate.locked() and self.feed.apply_small(frame)

    async def async_apply(self, frame: dict[str, Any]) -> None:
        """Apply any frame."""
        async with self._gate:
            await self.feed.async_apply(frame)

    # What the frames say of the whole

    @callback
    def schedule_save(self) -> None:
        """Keep the descriptions for the next start, soon."""
        self._store.async_schedule(self.bridge_id, self.devices)

    async def async_remove_missing(self, device_id: str) -> bool:
        """Remove a device that a person deletes by hand; false for one that the sidecar names, which would come back."""
        async with self._gate:
            if (device := self.devices.get(device_id)) is not None:
                if not device.missing:
                    return False
                await self.feed.async_remove(device_id)
                self.schedule_save()
            return True

    @callback
    def complete(self) -> None:
        """Take note that the whole home is known now."""
        self.schedule_save()
        self._cancel_grace()
        if not self._synced:
            self._synced = True
            if self._down_logged:
                self._down_logged = False
                _LOGGER.info("The sidecar at %s is connected again", self.url)
        self._availability_changed()
        if not self._contact.done():
            self._contact.set_result(None)

    @callback
    def set_links(self, links: Any) -> None:
        """Take note of what the sidecar reaches."""
        if isinstance(links, dict) and links != self.links:
            self.links = links
            self._availability_changed()

    @callback
    def _availability_changed(self) -> None:
        """Work out whether entities may be available and, if that changed, show it."""
        up = self._synced and self.links.get("nats", "up") == "up"
        if up is not self.up:
            self.up = up
            if self._live:
                self._refresh()

    def _refresh(self) -> None:
        if self._refresh_task is None or self._refresh_task.done():
            self._refresh_task = self.entry.async_create_background_task(self.hass, self._refresh_all(), f"{DOMAIN} availability")

    async def _refresh_all(self) -> None:
        """Tell all entities, in portions, and again if it changed meanwhile."""
        shown: bool | None = None
        while shown is not self.up:
            shown = self.up
            for entity in list(self.entities.values()):
                entity.async_refresh()
                await self._pacer.step()


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """An entry is gone for good: nothing of it remains."""
    Issues(hass, entry_id).clear()
    await DescriptionStore(hass, entry_id).async_remove()
