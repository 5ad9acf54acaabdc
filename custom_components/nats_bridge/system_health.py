"""The integration's part of Settings → System → Repairs → ⋮ → System information."""

from __future__ import annotations

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .hub import NatsBridgeConfigEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the information."""
    register.async_register_info(_info, f"/config/integrations/integration/{DOMAIN}")


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[NatsBridgeConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    hubs = [entry.runtime_data for entry in entries]
    return {
        "homes": len(hubs),
        "connected": sum(hub.home.connection is not None for hub in hubs),
        "nats": ", ".join(str(hub.home.links.get("nats", "-")) for hub in hubs) or "-",
        "sidecar_version": ", ".join(hub.hello.version for hub in hubs if hub.hello is not None) or "-",
        "devices": sum(len(hub.population.devices) for hub in hubs),
        "entities": sum(len(hub.population.entities) for hub in hubs),
        "events_waiting": sum(hub.reporter.waiting for hub in hubs),
        "events_dropped": sum(hub.reporter.dropped for hub in hubs),
    }
