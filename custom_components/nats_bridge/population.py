"""The devices and entities of one home: adds, updates, moves and removes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from homeassistant.const import Platform
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import MANY_ENTITIES, PLATFORMS
from .context import HomeContext
from .entity import BridgeEntity
from .model import Description, Device, parents_first
from .pacer import Pacer
from .registrar import Registrar

#: Entities that are added in one call, which does not yield. A new entity takes a millisecond and more.
_CHUNK: Final = 4
#: The work of a device, in state writes.
_DEVICE_WEIGHT: Final = 5

type Part = tuple[Device, Description]

#: Makes the entity of a description: a class, or a function that selects one. None: this Home Assistant has no such entity.
type EntityFactory = Callable[[HomeContext, Device, Description], BridgeEntity | None]


class PlatformLoader(Protocol):
    """What the population needs of the hub."""

    async def async_load_platforms(self, platforms: set[Platform]) -> None:
        """Set up platforms for the config entry."""


class Population:
    """Changed by one task at a time; the hub's lock ensures that."""

    def __init__(self, home: HomeContext, registrar: Registrar, loader: PlatformLoader, pacer: Pacer) -> None:
        """Initialise empty."""
        self.devices: dict[str, Device] = {}
        self.entities: dict[str, BridgeEntity] = {}
        #: Whether devices and entities are in Home Assistant. Until then only `devices` is filled.
        self.live = False
        self._home = home
        self._registrar = registrar
        self._loader = loader
        self._pacer = pacer
        #: Home Assistant sets platforms up concurrently. They add entities one after the other, so that each yields in time.
        self._adding = asyncio.Lock()
        #: Entities that are created once their first values are known, by wire id. Home Assistant must not see them without.
        self._waiting: dict[str, Part] = {}
        #: Values of entities that are not created yet, or are created again.
        self._values: dict[str, Any] = {}
        self._loaded: set[Platform] = set()
        self._factories: dict[str, tuple[EntityFactory, AddConfigEntryEntitiesCallback]] = {}

    @property
    def platforms(self) -> list[Platform]:
        """The platforms that have been set up."""
        return [Platform(platform) for platform in self._factories]

    @property
    def waiting(self) -> bool:
        """Whether entities have still to be created."""
        return bool(self._waiting)

    @property
    def enabled_entities(self) -> int:
        """The number of entities to enable. Those that people have disabled are subtracted only where it matters."""
        enabled = sum(
            part.get("enabled_by_default") is not False for device in self.devices.values() for part in device.parts.values()
        )
        return enabled if enabled <= MANY_ENTITIES else enabled - self._registrar.disabled

    # Set-up and unload

    async def async_set_up(self) -> None:
        """Write all devices to the registry and set up the platforms that they need, during the set-up of the entry."""
        for device in parents_first(self.devices.values()):
            self._registrar.async_write_device(device)
            await self._pacer.step(_DEVICE_WEIGHT)
        await self.async_load_platforms()
        self._values.clear()
        self.live = True

    async def async_load_platforms(self) -> None:
        """Set up the platforms that the home needs and has not yet."""
        used = {part["platform"] for device in self.devices.values() for part in device.parts.values()}
        if new := {Platform(platform) for platform in used & PLATFORMS} - self._loaded:
            self._loaded |= new
            await self._loader.async_load_platforms(new)

    async def async_platform_ready(self, platform: Platform, factory: EntityFactory, add: AddConfigEntryEntitiesCallback) -> None:
        """Add all entities of a platform."""
        self._factories[platform] = (factory, add)
        async with self._adding:
            await self.async_add(
                (device, part)
                for device in list(self.devices.values())
                for part in device.parts.values()
                if part["platform"] == platform
            )

    async def async_remove_entities(self) -> None:
        """Remove all entities from Home Assistant before their platforms are unloaded, which would not yield."""
        for wire_id, entity in list(self.entities.items()):
            del self.entities[wire_id]
            self._values[wire_id] = entity.wire_value
            if entity.added:
                await entity.async_remove()
                await self._pacer.step()

    async def async_restore_entities(self) -> None:
        """Add all entities again: their platforms could not be unloaded."""
        self._waiting.clear()
        await self.async_add((device, part) for device in self.devices.values() for part in device.parts.values())
        self._values.clear()

    # Changes

    def retain_value(self, wire_id: str, value: Any) -> bool:
        """Retain the value of an entity that is not created yet; false when none is to be created."""
        if self.live and wire_id not in self._waiting:
            return False
        self._values[wire_id] = value
        return True

    async def async_add_waiting(self) -> None:
        """Create the entities of new devices and descriptions with the values that are known by now."""
        waiting, self._waiting = self._waiting, {}
        await self.async_add(waiting.values())
        await self.async_load_platforms()
        self._values.clear()

    async def async_add(self, parts: Iterable[Part]) -> None:
        """Create entities on the platforms that are set up; the others create theirs during their set-up."""
        new: dict[str, list[Part]] = {}
        # A device may have been moved twice.
        latest = {f"{device.id}.{part['key']}": (device, part) for device, part in parts}
        for wire_id, (device, part) in latest.items():
            if wire_id not in self.entities and part["platform"] in self._factories:
                new.setdefault(part["platform"], []).append((device, part))
        for platform, wanted in new.items():
            add = self._factories[platform][1]
            for start in range(0, len(wanted), _CHUNK):
                created = [self._create(device, part) for device, part in wanted[start : start + _CHUNK]]
                chunk = [entity for entity in created if entity is not None]
                add(chunk)
                await self._pacer.step(len(chunk))

    def update_device(self, device: Device) -> int:
        """Add a device or update it in place; returns the number of its new entities, which wait to be created."""
        if not self.live:
            self.devices[device.id] = device
            return 0
        new = self._update_device(device)
        self._waiting |= {f"{one.id}.{part['key']}": (one, part) for one, part in new}
        return len(new)

    def _update_device(self, device: Device) -> list[Part]:
        known = self.devices.get(device.id)
        if known is None:
            return self._add_device(device)
        before = (known.online, known.missing)
        known.online, known.missing, known.revision = device.online, False, device.revision
        if known.description == device.description:
            if before != (known.online, False):
                self.update_availability(known)
            return []
        parts, parent = known.parts, known.parent
        known.description, known.parts = device.description, device.parts
        for key, part in parts.items():
            if (now := known.parts.get(key)) is None or now["platform"] != part["platform"]:
                self._remove_entity(known, part)
        if known.parent != parent:
            return self._move([known])
        self._registrar.async_write_device(known)
        added: list[Part] = []
        for key, part in known.parts.items():
            if (entity := self.entities.get(f"{known.id}.{key}")) is None:
                added.append((known, part))
            elif parts[key] == part:
                continue
            elif entity.can_become(part):
                entity.async_update_description(part)
            else:
                # The registry remembers its id, and gives it to the new one.
                self._remove_entity(known, part)
                self._values[entity.wire_id] = entity.wire_value
                added.append((known, part))
        self.update_availability(known)
        return added

    async def async_remove_device(self, device_id: str) -> None:
        """Remove a device and all its entities, also when only the registry knows it."""
        device = self.devices.pop(device_id, None)
        if device is None or not self.live:
            self._registrar.async_remove_device(device_id)
            return
        for part in device.parts.values():
            self._remove_entity(device, part)
            await self._pacer.step()
        self._registrar.async_remove_device(device.id)
        # The registry removes children with their parent. They still exist.
        await self.async_add(self._move(self._children(device)))

    def update_availability(self, device: Device) -> int:
        """Update the availability of a device's entities; returns their number."""
        for key in device.parts:
            if (entity := self.entities.get(f"{device.id}.{key}")) is not None:
                entity.async_update_availability()
        return len(device.parts)

    def _create(self, device: Device, part: Description) -> BridgeEntity | None:
        entity = self._factories[part["platform"]][0](self._home, device, part)
        if entity is None:
            return None
        entity.device_entry = self._registrar.entry_of(device)
        if entity.wire_id in self._values:
            entity.async_update_value(self._values.pop(entity.wire_id))
        self.entities[entity.wire_id] = entity
        return entity

    def _add_device(self, device: Device) -> list[Part]:
        self.devices[device.id] = device
        self._registrar.async_write_device(device)
        # Devices behind it, or parts of it, may have been announced first.
        self._relink(device)
        return [*((device, part) for part in device.parts.values()), *self._move(self._children(device))]

    def _move(self, devices: Iterable[Device]) -> list[Part]:
        """Register devices again, below another parent or none: the registry moves none. Returns the entities to add again."""
        moved: list[Part] = []
        for device in devices:
            # Its children are removed with it, and the devices behind it lose their link.
            leaving = [device, *(other for other in self.devices.values() if self._registrar.is_child_of(other, device))]
            for one in leaving:
                for part in one.parts.values():
                    if (entity := self.entities.pop(f"{one.id}.{part['key']}", None)) is not None:
                        self._values[entity.wire_id] = entity.wire_value
                    moved.append((one, part))
            self._registrar.async_remove_device(device.id)
            for one in leaving:
                self._registrar.async_write_device(one)
            self._relink(device)
            if self._registrar.can_have_children(device):
                moved += self._move([other for other in self._children(device) if other not in leaving])
        return moved

    def _children(self, parent: Device) -> list[Device]:
        return [other for other in self.devices.values() if other.parent == parent.id and other is not parent]

    def _relink(self, gateway: Device) -> None:
        """Write the devices behind a gateway again, so that they refer to it."""
        for other in self.devices.values():
            if other.gateway == gateway.id and other.parent != gateway.id and other is not gateway:
                self._registrar.async_write_device(other)

    def _remove_entity(self, device: Device, part: Description) -> None:
        wire_id = f"{device.id}.{part['key']}"
        self.entities.pop(wire_id, None)
        self._waiting.pop(wire_id, None)
        self._values.pop(wire_id, None)
        self._home.pictures.pop(wire_id, None)
        self._registrar.async_remove_entity(part["platform"], wire_id)
