"""Who wants to know of which event: the listeners of device triggers. They outlive a reload of the entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

#: Entry id, entity, event type.
type TriggerKey = tuple[str, str, str]
#: Called with the event type and its attributes.
type TriggerListener = Callable[[str, dict[str, Any]], None]

_DATA: HassKey[dict[TriggerKey, list[TriggerListener]]] = HassKey(f"{DOMAIN}.triggers")


@callback
def async_listen(hass: HomeAssistant, key: TriggerKey, listener: TriggerListener) -> CALLBACK_TYPE:
    """Call `listener` whenever that event happens; returns what ends it."""
    listeners = hass.data.setdefault(_DATA, {})
    listeners.setdefault(key, []).append(listener)

    @callback
    def stop() -> None:
        listeners[key].remove(listener)
        if not listeners[key]:
            del listeners[key]

    return stop


@callback
def async_tell(hass: HomeAssistant, key: TriggerKey, attributes: dict[str, Any]) -> None:
    """Tell whoever listens."""
    for listener in list(hass.data.get(_DATA, {}).get(key, ())):
        listener(key[2], attributes)
