"""Writes Home Assistant's device and entity registries."""

from __future__ import annotations

import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.typing import UNDEFINED

from .const import DOMAIN
from .context import HomeContext
from .hello import Hello
from .model import Device
from .pacer import Pacer
from .redaction import redact_text

_LOGGER = logging.getLogger(__name__)

#: Fields of a description that the device registry has under the same name.
_FIELDS = ("manufacturer", "model", "model_id", "serial_number", "sw_version", "hw_version")


class Registrar:
    """Writes the registry entries of one config entry. A gateway or parent must be written before the devices behind it."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], home: HomeContext, pacer: Pacer) -> None:
        """Initialise without writing."""
        self._entry_id = entry.entry_id
        self._title = entry.title
        self._home = home
        self._pacer = pacer
        self._devices = dr.async_get(hass)
        self._entities = er.async_get(hass)
        self._entries: dict[str, dr.AnyDeviceEntry] = {}
        self._hub_device_id: str | None = None

    def device_of(self, device_entry: dr.AnyDeviceEntry) -> str | None:
        """Return the id `{type}.{id}` of a registry entry; an empty text for the bridge, None for a foreign entry."""
        for domain, identifier in device_entry.identifiers:
            if domain == DOMAIN:
                if identifier == self._home.bridge_id:
                    return ""
                if identifier.startswith(prefix := self._home.unique_id("")):
                    return identifier.removeprefix(prefix)
        return None

    def entry_of(self, device: Device) -> dr.AnyDeviceEntry | None:
        """Return the registry entry of a device that has been written."""
        return self._entries.get(device.id)

    def is_child_of(self, device: Device, parent: Device) -> bool:
        """Whether the registry has a device as a child of another, with which it would be removed."""
        entry, above = self._entries.get(device.id), self._entries.get(parent.id)
        return isinstance(entry, dr.ChildDeviceEntry) and above is not None and entry.parent_device_id == above.id

    def can_have_children(self, device: Device) -> bool:
        """Whether the registry allows children of a device. A child has none."""
        return isinstance(self._entries.get(device.id), dr.DeviceEntry)

    @property
    def disabled(self) -> int:
        """The number of our entities that people have disabled."""
        entries = er.async_entries_for_config_entry(self._entities, self._entry_id)
        return sum(entry.disabled_by not in (None, er.RegistryEntryDisabler.INTEGRATION) for entry in entries)

    @callback
    def async_add_hub(self, url: str, hello: Hello | None) -> None:
        """Write the bridge itself."""
        entry = self._devices.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, self._home.bridge_id)},
            entry_type=dr.DeviceEntryType.SERVICE,
            name=self._title,
            manufacturer="HaNatsBridge",
            model="Sidecar",
            sw_version=hello.version if hello is not None else UNDEFINED,
            configuration_url=url,
        )
        self._hub_device_id = entry.id

    @callback
    def async_write_device(self, device: Device) -> None:
        """Create or update a device. If the registry refuses its description, it is written with its name alone."""
        description = device.description
        identifier = self._identifier(device.id)
        area = description.get("suggested_area") or UNDEFINED
        parent = self._entries.get(device.parent or "")
        try:
            if isinstance(parent, dr.DeviceEntry):
                self._leave_parent(identifier, unless=parent.id)
                self._entries[device.id] = self._devices.async_get_or_create_child(
                    config_entry_id=self._entry_id,
                    identifiers={identifier},
                    name=device.name,
                    parent_device_id=parent.id,
                    suggested_area=area,
                )
                return
            self._leave_parent(identifier)
            fields: dict[str, Any] = {key: description.get(key) for key in _FIELDS}
            connections = self._connections(identifier, description.get("connections"))
            entry = self._devices.async_get_or_create(
                config_entry_id=self._entry_id,
                identifiers={identifier},
                connections=connections,
                name=device.name,
                configuration_url=description.get("configuration_url"),
                suggested_area=area,
                via_device_id=self._via(device),
                **fields,
            )
            if entry.connections != connections:
                # The call above adds connections and removes none.
                entry = self._devices.async_update_device(entry.id, new_connections=connections) or entry
            self._entries[device.id] = entry
        except (HomeAssistantError, ValueError, TypeError) as err:
            _LOGGER.warning("Home Assistant refuses parts of the description of %s: %s", device.id, redact_text(str(err)))
            self._entries[device.id] = self._child(identifier) or self._devices.async_get_or_create(
                config_entry_id=self._entry_id, identifiers={identifier}, name=device.name
            )

    def _identifier(self, device_id: str) -> tuple[str, str]:
        return DOMAIN, self._home.unique_id(device_id)

    def _child(self, identifier: tuple[str, str]) -> dr.ChildDeviceEntry | None:
        return self._devices.async_get_child_device_by_identifier(identifier, config_entry_id=self._entry_id)

    def _leave_parent(self, identifier: tuple[str, str], unless: str | None = None) -> None:
        """Remove the entry of a child that has another parent now, or none: the registry cannot change it in place."""
        child = self._child(identifier)
        if child is not None and child.parent_device_id != unless:
            self._devices.async_remove_device(child.id)

    def _via(self, device: Device) -> str | None:
        gateway = self._entries.get(device.gateway or "")
        if isinstance(gateway, dr.DeviceEntry) and device.gateway != device.id:
            return gateway.id
        return self._hub_device_id

    def _connections(self, identifier: tuple[str, str], raw: Any) -> set[tuple[str, str]]:
        """Return the connections that no other device has: the registry merges devices with equal ones."""
        connections: set[tuple[str, str]] = set()
        for pair in raw if isinstance(raw, list) else ():
            if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
                continue
            kind, value = pair
            connection = (kind, dr.format_mac(value) if kind == dr.CONNECTION_NETWORK_MAC else value)
            holder = self._devices.async_get_device_by_connection(connection, config_entry_id=self._entry_id)
            if holder is None or identifier in holder.identifiers:
                connections.add(connection)
            else:
                _LOGGER.warning("%s has the same address as %s and is registered without it", identifier[1], holder.name)
        return connections

    @callback
    def async_remove_entity(self, platform: str, wire_id: str) -> None:
        """Remove an entity from Home Assistant, with its state."""
        if entity_id := self._entities.async_get_entity_id(platform, DOMAIN, self._home.unique_id(wire_id)):
            self._entities.async_remove(entity_id)

    @callback
    def async_remove_device(self, device_id: str) -> None:
        """Remove a device, also one that only the registry knows. Its entities and children are removed with it."""
        self._entries.pop(device_id, None)
        identifier = self._identifier(device_id)
        entry = self._devices.async_get_device_by_identifier(identifier, self._entry_id) or self._child(identifier)
        if entry is not None:
            self._devices.async_remove_device(entry.id)

    async def async_remove_withdrawn(self, devices: dict[str, Device]) -> None:
        """Remove entities that their devices no longer describe. A device that is missing has withdrawn nothing."""
        prefix = self._home.unique_id("")
        for entry in er.async_entries_for_config_entry(self._entities, self._entry_id):
            device_id, _, key = entry.unique_id.removeprefix(prefix).rpartition(".")
            device = devices.get(device_id)
            if device is None or device.missing:
                continue
            part = device.parts.get(key)
            if part is None or part["platform"] != entry.domain:
                self._entities.async_remove(entry.entity_id)
                await self._pacer.step()
