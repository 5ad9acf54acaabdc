"""Diagnostics for bug reports, of the sidecar and of the integration, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry

from .errors import BridgeError
from .hub import Hub, NatsBridgeConfigEntry
from .redaction import redact, redact_state

_TIMEOUT: Final = 5.0

#: Keys of personal data, at any depth, also in descriptions and states of devices. Secrets are masked by `redaction`.
TO_REDACT: Final = frozenset(
    {
        "changed_by",
        "connections",
        "gps",
        "host_name",
        "ip",
        "latitude",
        "longitude",
        "mac",
        "serial_number",
        "ssid",
        "user",
        "user_id",
        "username",
    }
)

#: Members of states in which people write, by platform: appointments and lists are nobody else's.
_WRITTEN: Final = {"calendar": frozenset({"description", "location", "message"}), "todo": frozenset({"items"})}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: NatsBridgeConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of a home."""
    hub = entry.runtime_data
    return _redact(
        {
            "entry": {
                "data": dict(entry.data),
                "options": dict(entry.options),
                "version": entry.version,
                "state": entry.state.value,
                "reason": entry.reason,
            },
            "integration": _integration(hub),
            "devices": [_device(hub, device_id) for device_id in hub.population.devices],
            "sidecar": await _sidecar(hub, None),
        }
    )


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of a device."""
    hub = entry.runtime_data
    device_id = hub.registrar.device_of(device)
    return _redact(
        {
            "integration": _integration(hub),
            "device": _device(hub, device_id) if device_id in hub.population.devices else None,
            "sidecar": _without_writings(hub, device_id, await _sidecar(hub, device_id or None)),
        }
    )


def _redact(data: dict[str, Any]) -> dict[str, Any]:
    masked: dict[str, Any] = redact(async_redact_data(data, TO_REDACT))
    return masked


def _integration(hub: Hub) -> dict[str, Any]:
    hello, home = hub.hello, hub.home
    return {
        "connected": home.connection is not None,
        "available": home.available,
        "links": home.links,
        "bridge_id": home.bridge_id,
        "sidecar_version": hello.version if hello is not None else None,
        "capabilities": sorted(hello.capabilities) if hello is not None else [],
        "devices": len(hub.population.devices),
        "entities": len(hub.population.entities),
        "counters": asdict(home.counters),
        "events_waiting": hub.reporter.waiting,
        "events_dropped": hub.reporter.dropped,
        "events_rejected": hub.reporter.rejected,
    }


def _device(hub: Hub, device_id: str) -> dict[str, Any]:
    device = hub.population.devices[device_id]
    return {
        "online": device.online,
        "missing": device.missing,
        "description": device.description,
        "values": {
            key: _without_writing(part, redact_state(part, entity.wire_value))
            for key, part in device.parts.items()
            if (entity := hub.population.entities.get(f"{device_id}.{key}")) is not None
        },
    }


def _without_writing(part: Mapping[str, Any], value: Any) -> Any:
    """Return an entity's value without what people have written."""
    names = _WRITTEN.get(part["platform"])
    return async_redact_data(value, names) if names is not None else value


def _without_writings(hub: Hub, device_id: str | None, sidecar: dict[str, Any]) -> dict[str, Any]:
    """Return the sidecar's part without what people have written in the device's states."""
    device = hub.population.devices.get(device_id or "")
    if device is None or "states" not in sidecar:
        return sidecar
    return sidecar | {
        "states": {
            key: state | {"value": _without_writing(device.parts[key], state["value"])} if key in device.parts else state
            for key, state in sidecar["states"].items()
        }
    }


async def _sidecar(hub: Hub, device_id: str | None) -> Any:
    connection = hub.home.connection
    if connection is None:
        return {"error": "not connected"}
    try:
        return await connection.invoke("Diagnostics", device_id, timeout=_TIMEOUT)
    except (BridgeError, TimeoutError) as err:
        return {"error": str(err) or type(err).__name__}
