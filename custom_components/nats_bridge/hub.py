"""One home: applies what the sidecar sends, and owns everything of its config entry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers.entityfilter import generate_filter
from homeassistant.setup import async_setup_component
from homeassistant.util.hass_dict import HassKey

from .client import BridgeClient, BridgeConnection
from .commands import async_forget
from .const import CONF_EXCLUDE, CONF_INCLUDE, CONF_REPORT, CONNECT_TIMEOUT, DOMAIN, GRACE, SNAPSHOT_TIMEOUT
from .context import HomeContext
from .errors import BridgeError, InvalidAuth, UnsupportedVersion
from .feed import Feed
from .hello import Hello
from .issues import Issues
from .link import Link
from .messages import messages_of
from .model import Device, read_device
from .pacer import Pacer
from .population import Population
from .registrar import Registrar
from .reporter import Reporter
from .requests import RequestHandler, capabilities_of
from .scope import Scope, bridge_id_of
from .store import DescriptionStore
from .tags import async_scan
from .triggers import async_fire

_LOGGER = logging.getLogger(__name__)

#: Platforms that need a package. Home Assistant installs it when it sets the platform up.
_WITH_PACKAGE: Final = frozenset({Platform.INFRARED, Platform.RADIO_FREQUENCY})

type NatsBridgeConfigEntry = ConfigEntry[Hub]

#: The entity ids of each bridge, by its id. They are not published, whichever of its entries has them.
DATA_OWN: HassKey[dict[str, set[str]]] = HassKey(f"{DOMAIN}.own")

#: What survives a reload of an entry, by entry id. Home Assistant reloads an entry when a person enables an entity.
DATA_RELOAD: HassKey[dict[str, ReloadState]] = HassKey(f"{DOMAIN}.reload")


@dataclass(slots=True)
class ReloadState:
    """What a hub hands to its successor, so that no event is lost or repeated."""

    last_event: int | None
    event_epoch: str | None
    reporter: Reporter
    #: Identifies the numbers of the reporter's events (contract/protocol.md, "Hello").
    instance: str


class Hub:
    """The runtime data of one config entry. Everything runs in the event loop; one task applies frames.

    Implements LinkListener, PlatformLoader and FeedListener.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Hub], client: BridgeClient, state: ReloadState, scope: Scope
    ) -> None:
        """Initialise without connecting. `state` comes from an earlier hub of this entry."""
        self.hass = hass
        self.entry = entry
        self.url = client.url
        self.hello: Hello | None = None
        self.scope = scope
        bridge_id = bridge_id_of(entry)
        own = hass.data.setdefault(DATA_OWN, {}).setdefault(bridge_id, set())
        issues = Issues(hass, entry.entry_id, leads=scope.leads)
        self.home = HomeContext(hass, bridge_id, issues, client=client, own_entity_ids=own)
        self.reporter = state.reporter
        self._pacer = Pacer()
        self.registrar = Registrar(hass, entry, self.home, self._pacer)
        self.population = Population(self.home, self.registrar, self, self._pacer)
        self.feed = Feed(self.home, self.registrar, self.population, self, self._pacer, state.last_event, state.event_epoch)
        self._client = client
        self._wanted = _filter_of(entry)
        self._requests = RequestHandler(hass, capabilities_of(entry), self._wanted)
        self._store = DescriptionStore(hass, entry.entry_id)
        #: Held by the task that changes the population: the set-up, then the link.
        self._lock = asyncio.Lock()
        #: Done when the first snapshot is complete or an attempt to connect has failed.
        self._first_snapshot: asyncio.Future[None] = hass.loop.create_future()
        self._synced = False
        self._outage_logged = False
        self._reauthenticating = False
        self._grace: asyncio.TimerHandle | None = None
        self._link: Link | None = None
        self._link_task: asyncio.Task[None] | None = None
        self._report_task: asyncio.Task[None] | None = None
        self._availability_task: asyncio.Task[None] | None = None

    # Life cycle

    async def async_load(self) -> None:
        """Read the stored descriptions, so that entities exist before the sidecar answers."""
        self.home.issues.clear_own("reserved_attributes")
        for raw in await self._store.async_load(self.home.bridge_id):
            if (device := read_device(raw)) is not None and self.scope.takes(device.id):
                device.online = False
                self.population.devices[device.id] = device

    @callback
    def start(self) -> None:
        """Start to connect and to read."""
        self._link = Link(self._client, self)
        self._link_task = self.entry.async_create_background_task(self.hass, self._link.run(), f"{DOMAIN} link")

    @callback
    def wake(self) -> None:
        """Connect at once, if it is waiting for the next attempt."""
        if self._link is not None:
            self._link.wake()

    async def async_wait_for_snapshot(self) -> None:
        """Wait for the first snapshot, briefly if descriptions are stored; raises Home Assistant's ConfigEntry errors."""
        required = not self.population.devices
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT if required else SNAPSHOT_TIMEOUT):
                while True:
                    try:
                        # asyncio.wait leaves the future alone when the timeout cancels it.
                        await asyncio.wait({self._first_snapshot})
                        self._first_snapshot.result()
                    except InvalidAuth, UnsupportedVersion:
                        raise
                    except BridgeError:
                        # The sidecar may still be starting; the link tries again.
                        if not required:
                            self._log_unreachable()
                            return
                        self._first_snapshot = self.hass.loop.create_future()
                    else:
                        return
        except TimeoutError as err:
            if required:
                raise ConfigEntryNotReady(
                    translation_domain=DOMAIN, translation_key="not_ready", translation_placeholders={"url": self.url}
                ) from err
            if self.home.connection is None:
                self._log_unreachable()
        except InvalidAuth as err:
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="invalid_auth") from err
        except UnsupportedVersion as err:
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="unsupported_version",
                translation_placeholders={"reason": str(err)},
            ) from err

    def _log_unreachable(self) -> None:
        self._outage_logged = True
        _LOGGER.warning("The sidecar at %s cannot be reached; its entities are unavailable until it is", self.url)

    async def async_go_live(self) -> None:
        """Add devices and entities to Home Assistant. Later changes are applied to them."""
        async with self._lock:
            available = self.home.available
            self.registrar.async_add_hub(self.url, self.hello)
            if self._synced:
                await self.registrar.async_remove_withdrawn(self.population.devices)
            await self.population.async_set_up()
            self.feed.apply_early_events()
            self.home.issues.check_entity_count(self.population.enabled_entities)
            if available is not self.home.available:
                self._update_entities()
        self._start_reporter()

    async def async_stop(self) -> None:
        """Stop reading. The entities stay as they are."""
        for task in (self._link_task, self._report_task, self._availability_task):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait({task})
        self._link_task = self._report_task = self._availability_task = None
        self._connection_lost()
        self._cancel_grace()
        self.reporter.stop()
        await self._store.async_flush()

    @callback
    def resume(self) -> None:
        """Start again after an unload that failed."""
        self.start()
        self._start_reporter()

    def _start_reporter(self) -> None:
        if self.scope.leads and self.entry.options.get(CONF_REPORT, True):
            self.reporter.start(self.home.own_entity_ids, self._wanted)

    @callback
    def reload_state(self) -> ReloadState:
        """Return what the next hub of this entry needs."""
        return ReloadState(self.feed.last_event, self.feed.event_epoch, self.reporter, self._client.identity.instance)

    async def async_forget(self, device_id: str, name: str) -> None:
        """Remove a device that a person deletes, in the sidecar and here; raises HomeAssistantError when it is not removed."""
        before = self.population.devices.get(device_id)
        revision = before.revision if before is not None else None
        await async_forget(self.home, device_id, name)
        async with self._lock:
            now = self.population.devices.get(device_id)
            if now is not None and now.revision != revision:
                # Home Assistant would delete the new one.
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="deleted_and_back", translation_placeholders={"device": name}
                )
            await self.feed.async_remove_device(device_id)
            self.devices_changed()

    # LinkListener

    def cursor(self) -> dict[str, Any]:
        """Return the position in the stream, Listen's argument."""
        return self.feed.cursor() | self.scope.arguments()

    async def async_connected(self, connection: BridgeConnection) -> bool:
        """Accept the sidecar if it belongs to the home of this entry."""
        hello, issues = connection.hello, self.home.issues
        if hello.bridge_id != self.home.bridge_id:
            issues.raise_own("wrong_bridge", url=self.url, expected=self.home.bridge_id, found=hello.bridge_id)
            return False
        issues.clear_own("wrong_bridge")
        issues.clear_own("unsupported_version")
        self._reauthenticating = False
        if self.population.live and (self.hello is None or self.hello.version != hello.version):
            self.registrar.async_add_hub(self.url, hello)
        self.hello = hello
        self.home.connection = connection
        self.home.counters.connects += 1
        if "subscribe" in hello.capabilities:
            await messages_of(self.hass, self.entry.entry_id).async_connected(connection)
        if "report" in hello.capabilities:
            self._report_task = self.entry.async_create_background_task(
                self.hass, self.reporter.run(connection), f"{DOMAIN} report"
            )
        return True

    @callback
    def request_received(self, connection: BridgeConnection, frame: dict[str, Any]) -> None:
        """Answer a request of a program on NATS."""
        self._requests.received(connection, frame)

    def disconnected(self, error: BridgeError) -> None:
        """Keep entities available for the grace period, and report errors that only a person can fix."""
        _LOGGER.debug("Not connected to %s: %s", self.url, error)
        self._connection_lost()
        self.feed.connection_lost()
        if self._report_task is not None:
            self._report_task.cancel()
            self._report_task = None
        if isinstance(error, UnsupportedVersion):
            self.home.issues.raise_own("unsupported_version", reason=str(error))
        elif isinstance(error, InvalidAuth) and self.population.live and not self._reauthenticating:
            self._reauthenticating = True
            self.entry.async_start_reauth(self.hass)
        if not self._first_snapshot.done():
            self._first_snapshot.set_exception(error)
            # Marks the exception as retrieved.
            self._first_snapshot.exception()
        if self._outage_logged:
            return
        if self._synced and self._grace is None:
            self._grace = self.hass.loop.call_later(GRACE, self._grace_over)
        elif not self._synced and self.population.live:
            # It accepted a connection during the set-up, but sent no complete snapshot.
            self._log_unreachable()

    def _connection_lost(self) -> None:
        self.home.connection = None
        messages_of(self.hass, self.entry.entry_id).disconnected()

    @callback
    def _grace_over(self) -> None:
        self._grace = None
        self._synced = False
        self._outage_logged = True
        _LOGGER.warning("The connection to the sidecar at %s is lost; its entities are unavailable until it is back", self.url)
        self._update_availability()

    def _cancel_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    def apply_small(self, frame: dict[str, Any]) -> bool:
        """Apply a frame without yielding, if it is small and no other task changes the population."""
        return not self._lock.locked() and self.feed.apply_small(frame)

    async def async_apply(self, frame: dict[str, Any]) -> None:
        """Apply any frame."""
        async with self._lock:
            await self.feed.async_apply(frame)

    # PlatformLoader

    async def async_load_platforms(self, platforms: set[Platform]) -> None:
        """Set up platforms for the config entry."""
        if self.population.live:
            # The set-up of the entry may just be ending. Until then only its own task may load platforms.
            async with self.entry.setup_lock:
                pass
        usable = {platform for platform in platforms if await self._async_is_usable(platform)}
        await self.hass.config_entries.async_forward_entry_setups(self.entry, usable)

    async def _async_is_usable(self, platform: Platform) -> bool:
        """Whether Home Assistant has a platform. Two need a package, without which our module cannot be imported."""
        if platform not in _WITH_PACKAGE or await async_setup_component(self.hass, platform, {}):
            return True
        _LOGGER.warning("Home Assistant cannot set up %s, so entities of this platform are left out", platform)
        return False

    # FeedListener

    @callback
    def devices_changed(self) -> None:
        """Store the descriptions soon and check the number of entities."""
        self._store.async_schedule(self.home.bridge_id, self.population.devices)
        if self.population.live:
            self.home.issues.check_entity_count(self.population.enabled_entities)

    @callback
    def links_changed(self, links: Any) -> None:
        """Update the sidecar's links."""
        if isinstance(links, dict) and links != self.home.links:
            self.home.links = links
            self._update_availability()

    @callback
    def event_received(self, device: Device, key: str, event_type: str, attributes: dict[str, Any]) -> None:
        """Fire device triggers, and record scans of tags."""
        if (registered := self.registrar.entry_of(device)) is not None:
            async_fire(self.hass, device, registered.id, key, event_type, attributes)
            async_scan(self.hass, device, registered.id, key, attributes)

    @callback
    def snapshot_complete(self) -> None:
        """Make entities available: the whole home is known."""
        self._cancel_grace()
        if not self._synced:
            self._synced = True
            if self._outage_logged:
                self._outage_logged = False
                _LOGGER.info("The sidecar at %s is connected again", self.url)
        self._update_availability()
        if not self._first_snapshot.done():
            self._first_snapshot.set_result(None)

    # Availability

    @callback
    def _update_availability(self) -> None:
        available = self._synced and self.home.links.get("nats", "up") == "up"
        if available is not self.home.available:
            self.home.available = available
            if self.population.live:
                self._update_entities()

    def _update_entities(self) -> None:
        if self._availability_task is None or self._availability_task.done():
            self._availability_task = self.entry.async_create_background_task(
                self.hass, self._async_update_entities(), f"{DOMAIN} availability"
            )

    async def _async_update_entities(self) -> None:
        """Update all entities, and again if the availability has changed meanwhile."""
        shown: bool | None = None
        while shown is not self.home.available:
            shown = self.home.available
            for entity in list(self.population.entities.values()):
                entity.async_update_availability()
                await self._pacer.step()


def _filter_of(entry: ConfigEntry[Hub]) -> Callable[[str], bool]:
    """Return whether the options of an entry publish an entity on NATS."""
    # Two filters: in a single one an included pattern has precedence over an excluded one.
    included = generate_filter([], [], [], [], entry.options.get(CONF_INCLUDE, []), [])
    not_excluded = generate_filter([], [], [], [], [], entry.options.get(CONF_EXCLUDE, []))
    return lambda entity_id: included(entity_id) and not_excluded(entity_id)


async def async_remove_data(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the issues and stored descriptions of an entry that was deleted."""
    Issues(hass, entry_id).clear()
    await DescriptionStore(hass, entry_id).async_remove()
