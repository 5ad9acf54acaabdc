"""The fixtures of every platform, played in Home Assistant: states are shown, wrong values contained, actions sent."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from support.fixtures import cases
from support.home import device, entity, entity_id_of, state_of, until_state
from support.scripted import ScriptedSidecar, snapshot

type Case = dict[str, Any]
type Json = dict[str, Any]


class Bench:
    """One device, set up for each case."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
        """Nothing is set up yet."""
        self.hass = hass
        self.entry = entry
        self.sidecar = sidecar

    async def set_up(self, descriptions: list[Json], states: list[Any]) -> None:
        """Announce the device with these states."""
        self.sidecar.frames = snapshot({"devices": [device("dev", "one", *descriptions, name="dev one")]}, {"states": states})
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()


@pytest.fixture
def bench(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> Bench:
    """A bench with nothing on it."""
    return Bench(hass, entry, sidecar)


@cases("shows")
async def test_a_state_is_shown(bench: Bench, case: Case) -> None:
    wire_id = f"dev.one.{case['description']['key']}"
    await bench.set_up([case["description"]], [[wire_id, case["value"]]])
    state = state_of(bench.hass, wire_id)
    assert state is not None
    assert state.domain == case["description"]["platform"]
    assert state.state == case["state"]
    assert shown(state.attributes, case["attributes"]) == case["attributes"]
    assert bench.entry.runtime_data.home.counters.wrong_values == 0


@cases("contains")
async def test_a_value_that_should_not_have_passed_the_sidecar_leaves_its_neighbour_alone(bench: Bench, case: Case) -> None:
    value = case["value"]
    await bench.set_up([case["description"], entity("good", "sensor")], [["dev.one.x", value], ["dev.one.good", 1]])
    await bench.sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", None]]})
    await bench.sidecar.push({"t": "batch", "seq": 102, "states": [["dev.one.x", value], ["dev.one.good", 2]]})
    await until_state(bench.hass, "dev.one.good", "2")
    state = state_of(bench.hass, "dev.one.x")
    assert (
        state is None
        or state.state == "unknown"
        # Home Assistant's calendars are never unknown.
        or (state.domain, state.state) == ("calendar", "off")
        or (case["description"]["platform"] == "light" and "hs_color" not in state.attributes)
    )


@cases("sends")
async def test_an_action_becomes_one_command(bench: Bench, case: Case) -> None:
    description, service = case["description"], case["service"]
    await bench.set_up([description], [["dev.one.x", case["before"]]])

    async def answer(_command: Any) -> Any:
        return {"ok": True} | ({"response": case["response"]} if "response" in case else {})

    bench.sidecar.on_command = answer
    returned = await bench.hass.services.async_call(
        description["platform"],
        service,
        {"entity_id": (entity_id := entity_id_of(bench.hass, "dev.one.x"))} | case["data"],
        blocking=True,
        return_response="returns" in case,
    )
    [command] = bench.sidecar.calls
    assert (command["entity"], command["action"], command["params"]) == ("dev.one.x", case["action"], case["params"])
    assert command["context"]["origin"] == "home_assistant"
    assert (command["id"], command["deadline_ms"], command["allow_retry"]) == (None, None, False)
    if "returns" in case:
        assert as_json(returned) == {entity_id: case["returns"]}


def shown(attributes: Any, expected: Json) -> Json:
    """Return the expected attributes as they are, in the types of JSON."""
    return {key: as_json(attributes.get(key)) for key in expected}


def as_json(value: Any) -> Any:
    """Return a value as Home Assistant sends it: lists for tuples, and an object as its dictionary."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return as_json(value.as_dict()) if hasattr(value, "as_dict") else value
