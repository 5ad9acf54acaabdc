"""Tags that devices scan (docs/devices.md, "Tags")."""

from __future__ import annotations

import logging
from typing import Any, Final

from homeassistant.components import tag
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .model import Device

_LOGGER = logging.getLogger(__name__)

_LOGGED: Final[HassKey[set[str]]] = HassKey(f"{DOMAIN}.unrecorded_tags")


@callback
def async_scan(hass: HomeAssistant, device: Device, registry_id: str, key: str, attributes: dict[str, Any]) -> None:
    """Have Home Assistant record the scan if the event of the entity `key` is one."""
    tag_id = attributes.get("tag_id")
    if device.parts.get(key, {}).get("tag_reader") is not True or not isinstance(tag_id, str):
        return
    if tag.DOMAIN not in hass.config.components:
        # Once for each device, which may scan without end.
        if device.id not in (logged := hass.data.setdefault(_LOGGED, set())):
            logged.add(device.id)
            _LOGGER.warning("%s has scanned a tag, but Home Assistant's integration tag is not set up", device.name)
        return
    hass.async_create_task(tag.async_scan_tag(hass, tag_id, registry_id), f"tag of {device.id}")
