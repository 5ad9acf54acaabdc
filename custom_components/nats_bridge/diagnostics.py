"""Diagnostics for bug reports: the sidecar's view and ours, without secrets."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.const import CONF_TOKEN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry

from .errors import BridgeError
from .hub import Hub, NatsBridgeConfigEntry
from .model import Description

_TIMEOUT: Final = 5.0

#: Keys whose values say who or where somebody is, or open a door. At any depth, in whatever comes from devices too.
TO_REDACT: Final = frozenset(
    {
        CONF_TOKEN,
        "access_token",
        "authorization",
        "changed_by",
        "code",
        "connections",
        "credential",
        "credentials",
        "creds",
        "gps",
        "host_name",
        "ip",
        "latitude",
        "longitude",
        "mac",
        "nkey",
        "password",
        "secret",
        "seed",
        "serial_number",
        "ssid",
        "user",
        "user_id",
        "username",
    }
)


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: NatsBridgeConfigEntry) -> dict[str, Any]:
    """Return what is known of the whole home."""
    hub = entry.runtime_data
    return async_redact_data(
        {
            "entry": {
                "data": dict(entry.data),
                "options": dict(entry.options),
                "version": entry.version,
                "state": entry.state.value,
                "reason": entry.reason,
            },
            "integration": _integration(hub),
            "devices": [_device(hub, device_id) for device_id in hub.devices],
            "sidecar": await _sidecar(hub, None),
        },
        TO_REDACT,
    )


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return what is known of one device."""
    hub = entry.runtime_data
    device_id = hub.registrar.device_of(device)
    return async_redact_data(
        {
            "integration": _integration(hub),
            "device": _device(hub, device_id) if device_id in hub.devices else None,
            "sidecar": _without_passwords(hub, device_id, await _sidecar(hub, device_id or None)),
        },
        TO_REDACT,
    )


def _integration(hub: Hub) -> dict[str, Any]:
    hello = hub.hello
    return {
        "connected": hub.connection is not None,
        "available": hub.up,
        "links": hub.links,
        "bridge_id": hub.bridge_id,
        "sidecar_version": hello.version if hello is not None else None,
        "capabilities": sorted(hello.capabilities) if hello is not None else [],
        "devices": len(hub.devices),
        "entities": len(hub.entities),
        "counters": asdict(hub.counters),
        "events_waiting": hub.reporter.waiting,
        "events_dropped": hub.reporter.dropped,
        "events_rejected": hub.reporter.rejected,
    }


def _device(hub: Hub, device_id: str) -> dict[str, Any]:
    device = hub.devices[device_id]
    return {
        "online": device.online,
        "missing": device.missing,
        "description": device.description,
        "values": {
            key: REDACTED if _is_password(part) else entity.wire_value
            for key, part in device.parts.items()
            if (entity := hub.entities.get(f"{device_id}.{key}")) is not None
        },
    }


def _is_password(part: Description) -> bool:
    return part["platform"] == Platform.TEXT and part.get("mode") == "password"


def _without_passwords(hub: Hub, device_id: str | None, view: Any) -> Any:
    """Return the sidecar's view of a device without what people type as passwords."""
    device = hub.devices.get(device_id or "")
    if device is None or not isinstance(view, dict) or not isinstance(states := view.get("states"), dict):
        return view
    hidden = {key: REDACTED for key, part in device.parts.items() if key in states and _is_password(part)}
    return view | {"states": states | hidden}


async def _sidecar(hub: Hub, device_id: str | None) -> Any:
    connection = hub.connection
    if connection is None:
        return {"error": "not connected"}
    try:
        return await connection.invoke("Diagnostics", device_id, timeout=_TIMEOUT)
    except (BridgeError, TimeoutError) as err:
        return {"error": str(err) or type(err).__name__}
