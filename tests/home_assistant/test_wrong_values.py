"""Every kind of wrong value in every field, attribute and parameter of every platform, with the real sidecar.

What is wrong is named to whoever sent it; Home Assistant logs no error; a neighbour on the same device never changes; and
what was wrong works again after a right message.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
import itertools
import json
import logging
import traceback
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import nats
from nats.aio.msg import Msg
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from real_home.waiting import flushed

from custom_components.nats_bridge.const import DOMAIN
from custom_components.nats_bridge.errors import RemoteError
from support.home import entity_id_of, state_of, until
from support.real import RealSidecar
from support.schema import fits
from support.wrong import (
    BROKEN,
    NO_JSON,
    SCHEMAS,
    WRONG,
    StateCase,
    command_cases,
    described,
    parse,
    service_cases,
    state_cases,
    with_raw,
)

pytestmark = pytest.mark.timeout(300)

type Json = dict[str, Any]

GOOD: Json = {"key": "good", "platform": "sensor", "name": "Good"}
#: The diagnostics of a device name its newest 20 wrong values, and a list can have several.
AT_ONCE = 6


class Vandal:
    """Many devices on one connection, each with a good entity beside the wrong ones."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, client: nats.NATS) -> None:
        """Begin with a device that tells when Home Assistant has seen everything before."""
        self.hass = hass
        self.entry = entry
        self.nats = client
        self.bridge = str(entry.unique_id)
        self.wire_ids: dict[str, str] = {}
        self.blinks: list[str] = []
        self.received: list[Json] = []
        self._announced: set[str] = set()
        self._marks = itertools.count(1)
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._on_state)

    @callback
    def _on_state(self, event: Event[Any]) -> None:
        wire_id = self.wire_ids.get(event.data["entity_id"])
        if wire_id is not None:
            self.blinks.append(f"{wire_id}: {event.data['new_state']}")

    async def announce_raw(self, payload: str) -> Json:
        """Announce and return the answer."""
        reply = await self.nats.request("home.discovery.announce", payload.encode("utf-8", "surrogatepass"), timeout=30)
        answer: Json = json.loads(reply.data)
        return answer

    async def announce(self, kind: str, number: str, *entities: str) -> Json:
        """Announce a device with entities that are JSON already, and the good one."""
        first = json.dumps({"schema": 1, "type": kind, "id": number, "name": f"{kind} {number}", "max_commands": 64})[:-1]
        return await self.announce_raw(f'{first}, "entities": [{", ".join((*entities, json.dumps(GOOD)))}]}}')

    async def new(self, kind: str, number: str, *entities: Json) -> str:
        """Announce a device that is right, and answer its commands."""
        answer = await self.announce(kind, number, *map(json.dumps, entities))
        assert answer["ok"], answer
        assert "errors" not in answer, answer
        wire_id = f"{kind}.{number}"
        self._announced.add(wire_id)
        await self.nats.subscribe(f"home.devices.{wire_id}.set", cb=self._on_command)
        await self.publish(wire_id, "good", "1")
        return wire_id

    async def publish(self, wire_id: str, key: str, payload: str, kind: str = "state") -> None:
        """Publish a state or an event."""
        await self.nats.publish(f"home.devices.{wire_id}.{kind}.{key}", payload.encode("utf-8", "surrogatepass"))

    async def settled(self) -> None:
        """Wait until Home Assistant shows what was announced and published before."""
        population = self.entry.runtime_data.population
        # By way of the registry, then by way of the states. A new device each time: how often one changes is limited.
        await self.announce("mark", mark := str(next(self._marks)))
        await until(lambda: f"mark.{mark}" in population.devices, 60)
        await self.publish(f"mark.{mark}", "good", "1")
        await until(
            lambda: (found := state_of(self.hass, f"mark.{mark}.good", self.bridge)) is not None and found.state == "1", 60
        )

    async def watch(self) -> None:
        """Note every change of the good entities from now on."""
        await self.settled()
        for wire_id in self._announced:
            state = state_of(self.hass, f"{wire_id}.good", self.bridge)
            assert state is not None, wire_id
            assert state.state == "1", wire_id
            self.wire_ids[state.entity_id] = wire_id

    def registered(self) -> set[str]:
        """Return the entities that Home Assistant has, as `{type}.{id}.{key}`."""
        entries = er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id)
        return {entry.unique_id.partition(".")[2] for entry in entries}

    async def wrong_values(self, wire_id: str) -> dict[str, tuple[int, str]]:
        """Return what the device's diagnostics name, with how often and what."""
        answer = await self.invoke("Diagnostics", wire_id)
        return {problem["path"]: (problem["count"], problem["message"]) for problem in answer["wrong_values"]}

    async def invoke(self, method: str, *arguments: Any) -> Any:
        """Call the sidecar, as the integration does."""
        return await self.entry.runtime_data.home.connection.invoke(method, *arguments, timeout=60)

    async def _on_command(self, message: Msg) -> None:
        self.received.append(json.loads(message.data))
        await message.respond(b'{"ok": true}')


@pytest.fixture
async def vandal(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Vandal]:
    """Devices in a home whose log must stay clean."""
    caplog.set_level(logging.WARNING)
    client = await nats.connect(real.nats_url)
    one = Vandal(hass, home, client)
    yield one
    await client.close()
    assert one.blinks == []
    assert [record.getMessage()[:2000] for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []
    assert "Traceback" not in caplog.text


def read_answer(platform: str, kind: str, answer: Json, names: list[str]) -> tuple[set[str], list[str]]:
    """Return the fields that were refused, and what is wrong with the answer. Each entity has one wrong field."""
    errors = answer.get("errors", [])
    named = [problem["path"] for problem in (*errors, *answer.get("warnings", ()))]
    found, faults = set(), []
    for index, name in enumerate(names):
        refused = [error for error in errors if error["path"].startswith(f"entities[{index}]")]
        if refused:
            found.add(name)
        path = f"entities[{index}].{name}"
        if not fits(SCHEMAS[platform].fields[name], parse(WRONG[kind])) and not any(p.startswith(path) for p in named):
            faults.append(f"{platform}.{name} {kind} is not named: {refused}"[:500])
        if not all(error.get("kept") for error in refused):
            faults.append(f"{platform}.{name} {kind} is not kept: {refused}"[:500])
    return found, faults


async def refused_as_a_whole(vandal: Vandal, devices: dict[str, dict[str, Json]]) -> list[str]:
    """Announce what cannot be read, and return what is answered without an error."""
    faults: list[str] = []
    for raw in (*BROKEN.values(), *(WRONG[kind] for kind in NO_JSON)):
        for platform, entities in devices.items():
            answer = await vandal.announce("field", platform, with_raw(next(iter(entities.values())), "name", raw))
            if "errors" not in answer:
                faults.append(f"{platform} {raw[:50]}: {answer}"[:500])
    return faults


@pytest.mark.parametrize("half", [0, 1])
async def test_every_wrong_field_of_a_description_is_named_and_the_entity_stays_as_it_was(vandal: Vandal, half: int) -> None:
    devices = {platform: with_each_field(platform, entity) for platform, entity in described().items()}
    for platform, entities in devices.items():
        await vandal.new("field", platform, *entities.values())
    await vandal.watch()
    faults: list[str] = []
    taken: dict[str, list[Json]] = {platform: [] for platform in devices}
    # In two halves, since the changes of one device are limited.
    for kind in [kind for kind in WRONG if kind not in NO_JSON][half::2]:
        raw = WRONG[kind]
        for platform, entities in devices.items():
            wrong = [with_raw(entity, name, raw) for name, entity in entities.items()]
            answer = await vandal.announce("field", platform, *wrong)
            assert answer["ok"], (platform, kind, answer)
            refused, unnamed = read_answer(platform, kind, answer, list(entities))
            faults += unnamed
            for name, entity in entities.items():
                if name not in refused:
                    key = f"{entity['key']}-{len(taken[platform])}"
                    taken[platform].append(entity | {"key": key, "name": key, name: parse(raw)})
        await vandal.settled()
    faults += await refused_as_a_whole(vandal, devices)
    answer = await vandal.announce("field", "new", '{"key": "lamp", "platform": "lightt"}')
    assert [(error["path"], error["code"]) for error in answer["errors"]] == [("entities[0].platform", "UNKNOWN_PLATFORM")]
    for platform, entities in devices.items():
        assert "errors" not in await vandal.announce("field", platform, *map(json.dumps, entities.values()))
    # What is unusual and not refused is shown as a new entity, too.
    for platform, news in taken.items():
        answer = await vandal.announce("taken", platform, *map(json.dumps, news))
        assert "errors" not in answer, (platform, answer)
    expected = {f"field.{platform}.{entity['key']}" for platform, entities in devices.items() for entity in entities.values()}
    expected |= {f"taken.{platform}.{entity['key']}" for platform, news in taken.items() for entity in news}
    # Each device waits until its earlier states are read, so no other one tells when it is there.
    await until(lambda: not expected - vandal.registered(), 60)
    assert not faults, listed(faults)


async def test_every_wrong_attribute_of_a_state_is_named_and_only_it_is_unknown(vandal: Vandal) -> None:
    cases = state_cases()
    by_device: dict[str, dict[str, StateCase]] = {}
    for number, part in enumerate(in_parts(cases)):
        entities = {f"e{index}": case for index, case in enumerate(part)}
        wire_id = await vandal.new("state", str(number), *(case.description | {"key": key} for key, case in entities.items()))
        by_device[wire_id] = entities
    await publish_right(vandal, by_device)
    await vandal.watch()
    right = {wire_id: shown(vandal, wire_id, entities) for wire_id, entities in by_device.items()}
    unnamed: list[str] = []
    for kind, raw in (WRONG | BROKEN).items():
        before = {wire_id: await vandal.wrong_values(wire_id) for wire_id in by_device}
        for wire_id, entities in by_device.items():
            for key, case in entities.items():
                await vandal.publish(wire_id, key, with_raw(case.right, case.attribute, raw))
        await vandal.settled()
        for wire_id, entities in by_device.items():
            now = await vandal.wrong_values(wire_id)
            new = [path for path, found in now.items() if before[wire_id].get(path) != found]
            unnamed += [f"{case.platform}.{case.attribute} {kind}: {new}" for case in not_named(kind, raw, entities, new)]
    await publish_right(vandal, by_device)
    await vandal.settled()
    for wire_id, entities in by_device.items():
        assert shown(vandal, wire_id, entities) == right[wire_id]
    assert not unnamed, listed(unnamed)


#: Entities with events: a right event of each.
EVENTS: list[tuple[Json, Json]] = [
    ({"platform": "event", "event_types": ["ring"]}, {"event_type": "ring", "volume": 5}),
    ({"platform": "event", "event_types": ["scanned"], "tag_reader": True}, {"event_type": "scanned", "tag_id": "04-A1"}),
    ({"platform": "infrared", "device_class": "receiver"}, {"timings": [560, -560], "modulation": 38_000, "repeat_count": 0}),
]


async def test_every_wrong_attribute_of_an_event_is_contained_and_the_next_event_is_shown(vandal: Vandal) -> None:
    cases = {f"e{index}": case for index, case in enumerate(EVENTS)}
    wire_id = await vandal.new("event", "one", *(description | {"key": key} for key, (description, _) in cases.items()))
    await vandal.watch()
    for raw in (WRONG | BROKEN).values():
        for key, (_, right) in cases.items():
            for name in right:
                await vandal.publish(wire_id, key, with_raw(right, name, raw), kind="event")
        await flushed(vandal.nats)
    for key, (_, right) in cases.items():
        await vandal.publish(wire_id, key, json.dumps(right | {"last": "one"}), kind="event")

    def is_shown(key: str) -> bool:
        state = state_of(vandal.hass, f"{wire_id}.{key}", vandal.bridge)
        return state is not None and state.attributes.get("last") == "one"

    # Home Assistant shows a signal as its time alone.
    await until(lambda: is_shown("e0") and is_shown("e1"), 30)
    named = await vandal.wrong_values(wire_id)
    assert {"e0.event_type", "e1.event_type", "e1.tag_id", "e2.timings"} <= set(named)


async def publish_right(vandal: Vandal, by_device: dict[str, dict[str, StateCase]]) -> None:
    """Publish the right state of every entity."""
    for wire_id, entities in by_device.items():
        for key, case in entities.items():
            await vandal.publish(wire_id, key, json.dumps(case.right))


def not_named(kind: str, raw: str, entities: dict[str, StateCase], paths: list[str]) -> Iterator[StateCase]:
    """Return the cases whose attribute got a wrong value that the diagnostics do not name."""
    for key, case in entities.items():
        path = f"{key}.{case.attribute}"
        wrong = kind in BROKEN or not fits(SCHEMAS[case.platform].attributes[case.attribute], parse(raw))
        if wrong and not any(place in (key, path) or place.startswith(f"{path}[") for place in paths):
            yield case


async def test_every_wrong_parameter_of_an_action_is_named_and_not_sent(vandal: Vandal) -> None:
    calls: list[tuple[Any, ...]] = []
    for number, (platform, description, right) in enumerate(command_cases()):
        wire_id = await vandal.new("act", f"{platform}-{number}", description)
        for action, params in SCHEMAS[platform].params.items():
            for name, schema in (params | {"undeclared": {"not": {}}}).items():
                given = right.get(action) or {}
                for kind in (kind for kind in WRONG if kind not in NO_JSON):
                    entity = f"{wire_id}.{description['key']}"
                    calls.append((platform, entity, action, name, schema, kind, given | {name: parse(WRONG[kind])}))
    await vandal.watch()
    found: list[str | None] = []
    for part in in_parts(calls, 60):
        found += await asyncio.gather(*(send(vandal, *call) for call in part))
    faults = [text for text in found if text is not None]
    assert not faults, listed(faults)
    assert vandal.received


async def send(
    vandal: Vandal, platform: str, entity: str, action: str, name: str, schema: Json, kind: str, params: Json
) -> str | None:
    """Send a command and tell what is wrong about its outcome."""
    command = {"entity": entity, "action": action, "params": params, "deadline_ms": 30_000}
    about = f"{entity} {action}.{name} {kind}"
    connection = vandal.entry.runtime_data.home.connection
    try:
        await connection.invoke_raw("Command", json.dumps([command]).encode(), timeout=60)
    except RemoteError as err:
        sent = (err.details or {}).get("reason") == "bad_answer"
        if sent and fits(SCHEMAS[platform].command, {"action": action, "params": params}):
            return None
        if err.code == "INVALID_COMMAND" or (err.code == "INVALID_PARAMETER" and fits(schema, params[name])):
            return None
        named = err.code == "INVALID_PARAMETER" and name in (err.details or {}).get("parameter", "")
        return None if named else f"{about}: {err} {err.details}"[:500]
    return None if fits(SCHEMAS[platform].command, {"action": action, "params": params}) else f"{about} was sent"


async def test_every_wrong_value_of_an_action_in_home_assistant_is_an_error_of_the_person(vandal: Vandal) -> None:
    entities: list[tuple[str, str, Json]] = []
    for number, (platform, case) in enumerate(service_cases()):
        if case["service"] != "async_send_command":
            wire_id = await vandal.new("call", f"{platform}-{number}", case["description"])
            await vandal.publish(wire_id, "x", json.dumps(case["before"]))
            entities.append((platform, wire_id, case))
    await vandal.watch()
    faults: list[str] = []
    for platform, wire_id, case in entities:
        entity_id = entity_id_of(vandal.hass, f"{wire_id}.x", vandal.bridge)
        for name in (*case["data"], "undeclared"):
            for kind, raw in WRONG.items():
                data = {"entity_id": entity_id} | case["data"] | {name: parse(raw)}
                try:
                    await vandal.hass.services.async_call(
                        platform, case["service"], data, blocking=True, return_response="returns" in case
                    )
                except HomeAssistantError, probatio.Invalid:
                    pass
                except Exception as err:  # noqa: BLE001
                    # An error of Home Assistant's own is not ours to prevent.
                    if any("nats_bridge" in frame.filename for frame in traceback.extract_tb(err.__traceback__)[-2:]):
                        faults.append(f"{platform}.{case['service']} {name} {kind}: {traceback.format_exc()}"[-800:])
    assert not faults, listed(faults)


@pytest.mark.parametrize("wrong", ["x" * 2_000_000, "\ud800"], ids=["too large", "no JSON"])
async def test_what_cannot_be_sent_is_an_error_and_keeps_the_connection(vandal: Vandal, wrong: str) -> None:
    wire_id = await vandal.new("act", "screen", {"key": "screen", "platform": "notify", "name": "Screen"})
    await vandal.watch()
    screen = {"entity_id": entity_id_of(vandal.hass, f"{wire_id}.screen", vandal.bridge), "message": wrong}
    with pytest.raises(ServiceValidationError, match=r"larger|JSON"):
        await vandal.hass.services.async_call("notify", "send_message", screen, blocking=True)
    with pytest.raises(HomeAssistantError, match=r"larger|JSON"):
        await vandal.hass.services.async_call(DOMAIN, "publish", {"subject": "garden.sign", "payload": wrong}, blocking=True)
    await vandal.hass.services.async_call("notify", "send_message", screen | {"message": "right"}, blocking=True)
    assert [command["params"]["message"] for command in vandal.received] == ["right"]
    assert vandal.entry.runtime_data.home.counters.connects == 1


def with_each_field(platform: str, entity: Json) -> dict[str, Json]:
    """Return an entity for each field of its platform."""
    return {name: {**entity, "key": f"f{index}", "name": f"F {index}"} for index, name in enumerate(SCHEMAS[platform].fields)}


def listed(faults: list[str]) -> str:
    """Return the first of what is wrong, a line each."""
    return "\n".join([f"{len(faults)}:", *faults[:60]])


def in_parts[T](items: list[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Return the items in lists of a size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def shown(vandal: Vandal, wire_id: str, entities: dict[str, StateCase]) -> dict[str, Any]:
    """Return state and attributes of a device's entities."""
    states = {key: state_of(vandal.hass, f"{wire_id}.{key}", vandal.bridge) for key in entities}
    return {key: None if state is None else (state.state, dict(state.attributes)) for key, state in states.items()}
