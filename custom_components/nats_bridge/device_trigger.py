"""Device triggers: what a device's description lists under `triggers` (contract.md, "Announce")."""

from __future__ import annotations

from typing import Any, Final

import probatio

from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA, InvalidDeviceAutomationConfig
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_DEVICE_ID, CONF_DOMAIN, CONF_PLATFORM, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .hub import Hub
from .model import Device
from .triggers import async_listen

CONF_SUBTYPE: Final = "subtype"

TRIGGER_SCHEMA = DEVICE_TRIGGER_BASE_SCHEMA.extend(
    {probatio.Required(CONF_TYPE): cv.string, probatio.Required(CONF_SUBTYPE): cv.string}
)


def _find(hass: HomeAssistant, registry_id: str) -> tuple[Hub, Device] | None:
    """Return the hub and the device of a device registry id; None while its entry is not set up."""
    if (device_entry := dr.async_get(hass).async_get(registry_id)) is None:
        return None
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is not ConfigEntryState.LOADED:
            continue
        hub: Hub = entry.runtime_data
        device_id = hub.registrar.device_of(device_entry)
        if device_id and (device := hub.devices.get(device_id)) is not None:
            return hub, device
    return None


def _triggers(device: Device) -> list[dict[str, Any]]:
    raw = device.description.get("triggers")
    return [
        trigger
        for trigger in (raw if isinstance(raw, list) else ())
        if isinstance(trigger, dict) and all(isinstance(trigger.get(key), str) for key in ("type", "key", "event_type"))
    ]


def _subtype(trigger: dict[str, Any]) -> str:
    return str(trigger.get("subtype") or trigger["key"])


async def async_get_triggers(hass: HomeAssistant, device_id: str) -> list[dict[str, str]]:
    """List the device's triggers."""
    if (found := _find(hass, device_id)) is None:
        return []
    return [
        {
            CONF_PLATFORM: "device",
            CONF_DOMAIN: DOMAIN,
            CONF_DEVICE_ID: device_id,
            CONF_TYPE: trigger["type"],
            CONF_SUBTYPE: _subtype(trigger),
        }
        for trigger in _triggers(found[1])
    ]


async def async_validate_trigger_config(hass: HomeAssistant, config: ConfigType) -> ConfigType:
    """Refuse what the device does not list; while the device is not known yet, take it."""
    config = TRIGGER_SCHEMA(config)
    if (found := _find(hass, config[CONF_DEVICE_ID])) is not None and _select(found[1], config) is None:
        raise InvalidDeviceAutomationConfig(f"{found[1].name} has no trigger {config[CONF_TYPE]} of {config[CONF_SUBTYPE]}")
    return config


def _select(device: Device, config: ConfigType) -> dict[str, Any] | None:
    for trigger in _triggers(device):
        if trigger["type"] == config[CONF_TYPE] and _subtype(trigger) == config[CONF_SUBTYPE]:
            return trigger
    return None


async def async_attach_trigger(
    hass: HomeAssistant, config: ConfigType, action: TriggerActionType, trigger_info: TriggerInfo
) -> CALLBACK_TYPE:
    """Run the action when the event that the description names happens."""
    found = _find(hass, config[CONF_DEVICE_ID])
    trigger = _select(found[1], config) if found is not None else None
    if found is None or trigger is None:
        raise InvalidDeviceAutomationConfig("The device is not known yet")
    hub, device = found
    job = HassJob(action)

    @callback
    def happened(event_type: str, attributes: dict[str, Any]) -> None:
        hass.async_run_hass_job(
            job,
            {
                "trigger": {
                    **trigger_info["trigger_data"],
                    **config,
                    "event_type": event_type,
                    "attributes": attributes,
                    "description": f"{config[CONF_TYPE]} of {config[CONF_SUBTYPE]}",
                }
            },
        )

    return async_listen(hass, (hub.entry.entry_id, f"{device.id}.{trigger['key']}", trigger["event_type"]), happened)
