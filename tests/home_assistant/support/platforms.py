"""The checks that the tests of all platforms share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .home import device, entity, entity_id_of, state_of, until_state
from .scripted import ScriptedSidecar, snapshot

#: Description of the entity, value off the wire, expected state, attributes that must be there.
type Shown = tuple[dict[str, Any], Any, str, dict[str, Any]]
type Shows = Callable[[dict[str, Any], Any, str, dict[str, Any]], Awaitable[None]]
#: Description of the entity `x` and a value that the sidecar should never have let through.
type Wrong = tuple[dict[str, Any], Any]
type HarmsNothing = Callable[[dict[str, Any], Any], Awaitable[None]]
#: Description of the entity `x`, state before, service and its data, expected action and its parameters.
type Sent = tuple[dict[str, Any], Any, str, dict[str, Any], str, dict[str, Any]]
type GoesOut = Callable[[dict[str, Any], Any, str, dict[str, Any], str, dict[str, Any]], Awaitable[None]]


class Bench:
    """One device, set up for each case."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
        """Nothing is set up yet."""
        self._hass = hass
        self._entry = entry
        self._sidecar = sidecar

    async def shows(self, description: dict[str, Any], value: Any, expected: str, attributes: dict[str, Any]) -> None:
        """The value becomes this state, with these attributes."""
        bridge_id = f"dev.one.{description['key']}"
        await self._set_up([description], [[bridge_id, value]], name="dev one")
        state = state_of(self._hass, bridge_id)
        assert state is not None
        assert state.domain == description["platform"]
        assert state.state == expected
        assert {key: state.attributes.get(key) for key in attributes} == attributes
        assert self._entry.runtime_data.home.counters.wrong_values == 0

    async def harms_nothing(self, description: dict[str, Any], value: Any) -> None:
        """The value makes one entity unknown and leaves its neighbour alone."""
        await self._set_up([description, entity("good", "sensor")], [["dev.one.x", value], ["dev.one.good", 1]])
        await self._sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", None]]})
        await self._sidecar.push({"t": "batch", "seq": 102, "states": [["dev.one.x", value], ["dev.one.good", 2]]})
        await until_state(self._hass, "dev.one.good", "2")
        state = state_of(self._hass, "dev.one.x")
        assert (
            state is None
            or state.state == "unknown"
            or (description["platform"] == "light" and "hs_color" not in state.attributes)
        )

    async def goes_out(
        self,
        description: dict[str, Any],
        before: Any,
        service: str,
        data: dict[str, Any],
        action: str,
        params: dict[str, Any],
    ) -> None:
        """The service becomes this one command."""
        await self._set_up([description], [["dev.one.x", before]])
        target = {"entity_id": entity_id_of(self._hass, "dev.one.x")}
        await self._hass.services.async_call(description["platform"], service, target | data, blocking=True)
        [command] = self._sidecar.calls
        assert (command["entity"], command["action"], command["params"]) == ("dev.one.x", action, params)
        assert command["context"]["origin"] == "home_assistant"
        assert (command["id"], command["deadline_ms"], command["allow_retry"]) == (None, None, False)

    async def _set_up(self, descriptions: list[dict[str, Any]], states: list[Any], **fields: Any) -> None:
        self._sidecar.frames = snapshot({"devices": [device("dev", "one", *descriptions, **fields)]}, {"states": states})
        await self._hass.config_entries.async_setup(self._entry.entry_id)
        await self._hass.async_block_till_done()
