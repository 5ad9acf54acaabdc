"""Several entries of one bridge: each device is in one of them, and moves when their patterns change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN
from .hub import Hub
from .issues import Issues
from .pacer import Pacer
from .scope import Scope, bridge_id_of, entries_of, patterns_of, scope_of


@callback
def stale_entries(hass: HomeAssistant, bridge_id: str) -> list[ConfigEntry[Hub]]:
    """Return the loaded entries of a bridge that show another part of the home than they should by now."""
    return [
        entry
        for entry in entries_of(hass, bridge_id)
        if entry.state is ConfigEntryState.LOADED and entry.runtime_data.scope != scope_of(hass, entry)
    ]


async def async_make_room(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Free the devices of an entry that is being set up: no other entry may show them, and the registries hand them over.

    Only loaded entries are waited for, never one that is being set up: so entries do not wait for one another.
    """
    others = [one for one in stale_entries(hass, bridge_id_of(entry)) if one is not entry]
    for other in others:
        if other.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(other.entry_id)
    await _async_hand_over(hass, entries_of(hass, bridge_id_of(entry)))
    for other in others:
        hass.async_create_task(_async_set_up(hass, other), f"{DOMAIN} set up {other.title}")


@callback
def async_check_rest(hass: HomeAssistant, bridge_id: str) -> None:
    """Raise a repair when no entry of a bridge takes the devices that fit no pattern, else clear it."""
    entries = entries_of(hass, bridge_id)
    missing = bool(entries) and all(map(patterns_of, entries))
    for entry in entries:
        issues = Issues(hass, entry.entry_id)
        if missing and entry is entries[0]:
            issues.warn_own("no_rest", entries=", ".join(one.title for one in entries))
        else:
            issues.clear_own("no_rest")


async def _async_set_up(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    if entry.state is ConfigEntryState.NOT_LOADED and entry.disabled_by is None:
        await hass.config_entries.async_setup(entry.entry_id)


async def _async_hand_over(hass: HomeAssistant, entries: list[ConfigEntry[Any]]) -> None:
    """Move devices in the registries to the entries that take them now. A loaded entry shows what it should."""
    if len(entries) < 2:
        return
    scopes = {one.entry_id: scope_of(hass, one) for one in entries}
    for entry in entries:
        if entry.state is not ConfigEntryState.LOADED:
            await _async_move_devices(hass, entry, scopes)


async def async_leave_devices(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Move the devices of an entry that was deleted to those that take them now."""
    others = [one for one in entries_of(hass, bridge_id_of(entry)) if one.entry_id != entry.entry_id]
    await _async_move_devices(hass, entry, {one.entry_id: scope_of(hass, one) for one in others})


async def _async_move_devices(hass: HomeAssistant, entry: ConfigEntry[Any], scopes: dict[str, Scope]) -> None:
    pacer, registry, prefix = Pacer(), dr.async_get(hass), f"{bridge_id_of(entry)}."
    for device in list(dr.async_entries_for_config_entry(registry, entry.entry_id)):
        names = (name.removeprefix(prefix) for domain, name in device.identifiers if domain == DOMAIN and name.startswith(prefix))
        # The bridge itself has none: each of its entries shows it.
        if (device_id := next(names, None)) is None:
            continue
        target = next((entry_id for entry_id, scope in scopes.items() if scope.takes(device_id)), None)
        if target is not None and target != entry.entry_id:
            _move(hass, device, target)
            await pacer.step(5)


@callback
def _move(hass: HomeAssistant, device: dr.AnyDeviceEntry, entry_id: str) -> None:
    """Move a device with all that people have chosen for it and its entities.

    The registry moves neither a part nor a device with parts. They are removed; it remembers their entities. A device that the
    other entry has already is removed too: edited storage, or two forms at once, can give two entries the same pattern.
    """
    devices, entities = dr.async_get(hass), er.async_get(hass)
    if devices.async_get(device.id) is None:
        # It was removed with its parent.
        return
    if not isinstance(device, dr.DeviceEntry) or dr.async_entries_for_parent_device(devices, device.id):
        devices.async_remove_device(device.id)
        return
    there = _device_of(devices, device.identifiers, entry_id)
    for entity in er.async_entries_for_device(entities, device.id, include_disabled_entities=True):
        if entity.platform == DOMAIN:
            device_id = device.id if there is None else there.id
            entities.async_update_entity(entity.entity_id, config_entry_id=entry_id, device_id=device_id)
    if there is None:
        devices.async_update_device(device.id, new_config_entry_id=entry_id)
    else:
        devices.async_remove_device(device.id)


def _device_of(
    devices: dr.DeviceRegistry, identifiers: Iterable[tuple[str, str]], entry_id: str
) -> dr.DeviceEntry | dr.ChildDeviceEntry | None:
    """Return the device, or part of one, that an entry has with one of the identifiers."""
    for identifier in identifiers:
        for find in (devices.async_get_device_by_identifier, devices.async_get_child_device_by_identifier):
            if (found := find(identifier, entry_id)) is not None:
                return found
    return None
