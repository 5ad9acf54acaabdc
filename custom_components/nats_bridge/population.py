"""The devices and entities of one home, and how they come, change, move and go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import MAX_ENTITIES, PLATFORMS
from .model import Description, Device, parents_first
from .pacer import Pacer
from .registrar import Registrar

if TYPE_CHECKING:
    from .entity import BridgeEntity
    from .hub import Hub

#: Entities that are handed to Home Assistant in one call, which does not yield: new ones cost a millisecond each and more.
_PORTION: Final = 4
#: What a device costs, in state writes.
_DEVICE: Final = 5

type Part = tuple[Device, Description]


class Population:
    """Written by one task at a time; the hub's gate sees to that."""

    def __init__(self, hub: Hub, registrar: Registrar, pacer: Pacer) -> None:
        """Nobody is there yet."""
        self.devices: dict[str, Device] = {}
        self.entities: dict[str, BridgeEntity] = {}
        self._hub = hub
        self._registrar = registrar
        self._pacer = pacer
        #: Home Assistant sets platforms up side by side; they fill one after the other, so that their turns do not add up.
        self._filling = asyncio.Lock()
        #: Values of entities that do not exist yet, or are about to exist again.
        self._kept: dict[str, Any] = {}
        self._forwarded: set[Platform] = set()
        self._factories: dict[str, tuple[type[BridgeEntity], AddConfigEntryEntitiesCallback]] = {}

    @property
    def platforms(self) -> list[Platform]:
        """The platforms that have been set up."""
        return [Platform(platform) for platform in self._factories]

    @property
    def wanted(self) -> int:
        """How many entities are to be enabled. Whom people have disabled is counted only where it matters."""
        wanted = sum(
            part.get("enabled_by_default") is not False for device in self.devices.values() for part in device.parts.values()
        )
        return wanted if wanted <= MAX_ENTITIES else wanted - self._registrar.disabled

    def keep(self, entity_id: str, value: Any) -> None:
        """Remember the value of an entity that will be created."""
        self._kept[entity_id] = value

    async def async_settle(self) -> None:
        """Register all devices and set up the platforms that they need, within the set-up of the entry."""
        for device in parents_first(self.devices.values()):
            self._registrar.async_sync_device(device)
            await self._pacer.step(_DEVICE)
        await self._forward()
        self._kept.clear()

    async def async_platform_ready(
        self, platform: Platform, entity_class: type[BridgeEntity], add: AddConfigEntryEntitiesCallback
    ) -> None:
        """Give a platform all its entities that are known."""
        self._factories[platform] = (entity_class, add)
        async with self._filling:
            await self.async_add(
                (device, part)
                for device in list(self.devices.values())
                for part in device.parts.values()
                if part["platform"] == platform
            )

    async def async_add(self, parts: Iterable[Part]) -> None:
        """Create entities, in portions, on the platforms that are set up; the others create theirs when they are."""
        new: dict[str, list[Part]] = {}
        # One frame may name a device twice, or move what it has just added.
        latest = {f"{device.id}.{part['key']}": (device, part) for device, part in parts}
        for bridge_id, (device, part) in latest.items():
            if device.parts.get(part["key"]) is part and bridge_id not in self.entities and part["platform"] in self._factories:
                new.setdefault(part["platform"], []).append((device, part))
        for platform, wanted in new.items():
            add = self._factories[platform][1]
            for start in range(0, len(wanted), _PORTION):
                portion = [self._make(device, part) for device, part in wanted[start : start + _PORTION]]
                add(portion)
                await self._pacer.step(len(portion))

    async def async_forward_new(self) -> None:
        """Set up platforms that the home did not need before."""
        # Home Assistant takes later platforms only when the set-up that is just ending has ended.
        while self._hub.entry.state is ConfigEntryState.SETUP_IN_PROGRESS:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await self._forward()

    async def _forward(self) -> None:
        used = {part["platform"] for device in self.devices.values() for part in device.parts.values()}
        if new := {Platform(platform) for platform in used & PLATFORMS} - self._forwarded:
            self._forwarded |= new
            await self._hub.hass.config_entries.async_forward_entry_setups(self._hub.entry, new)

    def put(self, device: Device) -> list[Part]:
        """Bring one device up to date in place and return the entities to add."""
        known = self.devices.get(device.id)
        if known is None:
            return self._welcome(device)
        before = (known.online, known.missing)
        known.online, known.missing = device.online, False
        if known.description == device.description:
            if before != (known.online, False):
                self.refresh(known)
            return []
        parts, parent = known.parts, known.parent
        known.description, known.parts = device.description, device.parts
        for key, part in parts.items():
            if (now := known.parts.get(key)) is None or now["platform"] != part["platform"]:
                self._drop(known, part)
        if known.parent != parent:
            return self._move([known])
        self._registrar.async_sync_device(known)
        added: list[Part] = []
        for key, part in known.parts.items():
            if (entity := self.entities.get(f"{known.id}.{key}")) is None:
                added.append((known, part))
            elif parts[key] != part:
                entity.async_redescribe(part)
        self.refresh(known)
        return added

    async def async_remove(self, device_id: str) -> None:
        """Forget a device and all its entities."""
        device = self.devices.pop(device_id, None)
        if device is None:
            # It may have been removed while Home Assistant was down.
            self._registrar.async_remove_device(device_id)
            return
        for part in device.parts.values():
            self._drop(device, part)
            await self._pacer.step()
        self._registrar.async_remove_device(device.id)
        # The registry forgets children with their parent; they are still there.
        await self.async_add(self._move(self._children(device)))

    async def async_leave(self) -> None:
        """Take all entities out of Home Assistant, as unloading their platforms would without ever yielding."""
        for bridge_id, entity in list(self.entities.items()):
            del self.entities[bridge_id]
            self._kept[bridge_id] = entity.wire_value
            if entity.added:
                await entity.async_remove()
                await self._pacer.step()

    async def async_return(self) -> None:
        """Make the entities anew after all: their platforms were not unloaded."""
        await self.async_add((device, part) for device in self.devices.values() for part in device.parts.values())
        self._kept.clear()

    def refresh(self, device: Device) -> int:
        """Show whether a device's entities are available now; returns how many there are."""
        for key in device.parts:
            if (entity := self.entities.get(f"{device.id}.{key}")) is not None:
                entity.async_refresh()
        return len(device.parts)

    def _make(self, device: Device, part: Description) -> BridgeEntity:
        entity = self._factories[part["platform"]][0](self._hub, device, part)
        entity.device_entry = self._registrar.entry_of(device)
        if entity.bridge_id in self._kept:
            entity.async_take(self._kept.pop(entity.bridge_id))
        self.entities[entity.bridge_id] = entity
        return entity

    def _welcome(self, device: Device) -> list[Part]:
        self.devices[device.id] = device
        self._registrar.async_sync_device(device)
        # Whoever announced itself before its gateway or parent is hung below it now.
        self._hang_behind(device)
        return [*((device, part) for part in device.parts.values()), *self._move(self._children(device))]

    def _move(self, devices: Iterable[Device]) -> list[Part]:
        """Register devices anew below another parent or none: the registry moves none. Returns the entities to add again."""
        moved: list[Part] = []
        for device in devices:
            # What hangs below it goes with it, and what stands behind it loses its link.
            leaving = [device, *(other for other in self.devices.values() if self._registrar.hangs_below(other, device))]
            for one in leaving:
                for part in one.parts.values():
                    if (entity := self.entities.pop(f"{one.id}.{part['key']}", None)) is not None:
                        self._kept[entity.bridge_id] = entity.wire_value
                    moved.append((one, part))
            self._registrar.async_remove_device(device.id)
            for one in leaving:
                self._registrar.async_sync_device(one)
            self._hang_behind(device)
            if self._registrar.takes_children(device):
                moved += self._move([other for other in self._children(device) if other not in leaving])
        return moved

    def _children(self, parent: Device) -> list[Device]:
        return [other for other in self.devices.values() if other.parent == parent.id and other is not parent]

    def _hang_behind(self, gateway: Device) -> None:
        for other in self.devices.values():
            if other.gateway == gateway.id and other.parent != gateway.id and other is not gateway:
                self._registrar.async_sync_device(other)

    def _drop(self, device: Device, part: Description) -> None:
        bridge_id = f"{device.id}.{part['key']}"
        self.entities.pop(bridge_id, None)
        self._kept.pop(bridge_id, None)
        self._registrar.async_remove_entity(part["platform"], bridge_id)
