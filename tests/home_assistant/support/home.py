"""Descriptions of devices, and helpers that look at the Home Assistant under test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nats_bridge.const import DOMAIN

from .scripted import BRIDGE_ID


def device(kind: str, number: str, /, *entities: dict[str, Any], online: bool = True, **fields: Any) -> dict[str, Any]:
    """Return a device as a batch has it."""
    return {
        "schema": 1,
        "type": kind,
        "id": number,
        "name": f"{kind} {number}",
        "entities": list(entities),
        "revision": 1,
        "online": online,
        "since": "2026-11-21T10:00:00.000Z",
        "why": "announced",
    } | fields


def entity(key: str, platform: str, **fields: Any) -> dict[str, Any]:
    """Return an entity's description."""
    return {"key": key, "platform": platform} | fields


def entity_id_of(hass: HomeAssistant, bridge_id: str, bridge: str = BRIDGE_ID) -> str | None:
    """Return the entity id of `{type}.{id}.{key}`."""
    registry = er.async_get(hass)
    unique_id = f"{bridge}.{bridge_id}"
    return next(
        (entry.entity_id for entry in registry.entities.values() if entry.platform == DOMAIN and entry.unique_id == unique_id),
        None,
    )


def state_of(hass: HomeAssistant, bridge_id: str, bridge: str = BRIDGE_ID) -> State | None:
    """Return the state of `{type}.{id}.{key}`; None while there is none."""
    entity_id = entity_id_of(hass, bridge_id, bridge)
    return None if entity_id is None else hass.states.get(entity_id)


async def until[T](condition: Callable[[], T], seconds: float = 10.0) -> T:
    """Wait until a condition holds and return what it returned; fails after `seconds`."""
    end = monotonic() + seconds
    while not (result := condition()):
        if monotonic() > end:
            raise AssertionError("the condition was not met in time")
        await asyncio.sleep(0.005)
    return result


async def until_state(hass: HomeAssistant, bridge_id: str, state: str | None, seconds: float = 10.0) -> None:
    """Wait until an entity has a state; None waits until it is gone."""
    bridge = next((entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)), None) or BRIDGE_ID

    def now() -> str | None:
        found = state_of(hass, bridge_id, bridge)
        return None if found is None else found.state

    try:
        await until(lambda: now() == state, seconds)
    except AssertionError:
        raise AssertionError(f"{bridge_id} is {now()!r} and did not become {state!r}") from None


class Watcher:
    """Looks at one home's entities by what the device calls them."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Look at this home."""
        self.hass = hass
        self.bridge = str(entry.unique_id)

    def __call__(self, bridge_id: str) -> State | None:
        """Return the state now."""
        return state_of(self.hass, bridge_id, self.bridge)

    def id(self, bridge_id: str) -> str:
        """Return the entity id."""
        return entity_id_of(self.hass, bridge_id, self.bridge) or ""

    async def becomes(self, bridge_id: str, expected: str | None, seconds: float = 20) -> None:
        """Wait for a state."""
        try:
            await until(lambda: getattr(self(bridge_id), "state", None) == expected, seconds)
        except AssertionError:
            raise AssertionError(f"{bridge_id} is {self(bridge_id)} and did not become {expected}") from None
