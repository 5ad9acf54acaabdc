"""The device triggers that a description lists (docs/devices.md, "Announce")."""

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
from .triggers import async_listen, triggers_of

CONF_SUBTYPE: Final = "subtype"

TRIGGER_SCHEMA = DEVICE_TRIGGER_BASE_SCHEMA.extend(
    {probatio.Required(CONF_TYPE): cv.string, probatio.Required(CONF_SUBTYPE): cv.string}
)


def _find(hass: HomeAssistant, registry_id: str) -> Device | None:
    """Return the device of a device registry id; None while its entry is not loaded."""
    if (device_entry := dr.async_get(hass).async_get(registry_id)) is None:
        return None
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is not ConfigEntryState.LOADED:
            continue
        hub: Hub = entry.runtime_data
        device_id = hub.registrar.device_of(device_entry)
        if device_id and (device := hub.population.devices.get(device_id)) is not None:
            return device
    return None


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
            CONF_SUBTYPE: trigger["subtype"],
        }
        for trigger in triggers_of(found)
    ]


async def async_validate_trigger_config(hass: HomeAssistant, config: ConfigType) -> ConfigType:
    """Refuse a trigger that the device does not list. Accept any while the device is unknown."""
    config = TRIGGER_SCHEMA(config)
    if (device := _find(hass, config[CONF_DEVICE_ID])) is not None and not _has(device, config):
        raise InvalidDeviceAutomationConfig(
            translation_domain=DOMAIN,
            translation_key="no_such_trigger",
            translation_placeholders={"device": device.name, "type": config[CONF_TYPE], "subtype": config[CONF_SUBTYPE]},
        )
    return config


def _has(device: Device, config: ConfigType) -> bool:
    wanted = (config[CONF_TYPE], config[CONF_SUBTYPE])
    return any((trigger["type"], trigger["subtype"]) == wanted for trigger in triggers_of(device))


async def async_attach_trigger(
    hass: HomeAssistant, config: ConfigType, action: TriggerActionType, trigger_info: TriggerInfo
) -> CALLBACK_TYPE:
    """Run the action for each event that fires the trigger, also if the device is set up later."""
    registry_id: str = config[CONF_DEVICE_ID]
    if dr.async_get(hass).async_get(registry_id) is None:
        raise InvalidDeviceAutomationConfig(translation_domain=DOMAIN, translation_key="no_such_device")
    job = HassJob(action)

    @callback
    def fired(event_type: str, attributes: dict[str, Any]) -> None:
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

    return async_listen(hass, (registry_id, config[CONF_TYPE], config[CONF_SUBTYPE]), fired)
