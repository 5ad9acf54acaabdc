"""Device triggers: those that a description lists, and their listeners. The listeners survive a reload of the entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, EVENT_TRIGGER
from .model import Device

#: The device's id in the registry, type and subtype: what an automation names. The description maps them to an event.
type TriggerKey = tuple[str, str, str]
#: Called with the event type and its attributes.
type TriggerListener = Callable[[str, dict[str, Any]], None]

_DATA: HassKey[dict[TriggerKey, list[TriggerListener]]] = HassKey(f"{DOMAIN}.triggers")


def triggers_of(device: Device) -> list[dict[str, Any]]:
    """Return the triggers of a device, each with a `subtype`. Malformed ones are left out."""
    raw = device.description.get("triggers")
    return [
        trigger | {"subtype": str(trigger.get("subtype") or trigger["key"])}
        for trigger in (raw if isinstance(raw, list) else ())
        if isinstance(trigger, dict) and all(isinstance(trigger.get(key), str) for key in ("type", "key", "event_type"))
    ]


@callback
def async_listen(hass: HomeAssistant, key: TriggerKey, listener: TriggerListener) -> CALLBACK_TYPE:
    """Call `listener` for each event of a trigger; returns a function that stops it."""
    listeners = hass.data.setdefault(_DATA, {})
    listeners.setdefault(key, []).append(listener)

    @callback
    def stop() -> None:
        listeners[key].remove(listener)
        if not listeners[key]:
            del listeners[key]

    return stop


@callback
def async_fire(
    hass: HomeAssistant, device: Device, registry_id: str, key: str, event_type: str, attributes: dict[str, Any]
) -> None:
    """Call the listeners of the triggers that an event of the entity `key` fires, and fire an event for each of them."""
    listeners = hass.data.get(_DATA) or {}
    for trigger in triggers_of(device):
        if (trigger["key"], trigger["event_type"]) == (key, event_type):
            hass.bus.async_fire(
                EVENT_TRIGGER,
                {
                    "device_id": registry_id,
                    "type": trigger["type"],
                    "subtype": trigger["subtype"],
                    "event_type": event_type,
                    "attributes": attributes,
                },
            )
            for listener in list(listeners.get((registry_id, trigger["type"], trigger["subtype"]), ())):
                listener(event_type, attributes)
