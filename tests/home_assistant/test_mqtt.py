"""Discovery messages of real products, through mosquitto and the sidecar: Home Assistant shows what its own mqtt made of them.

The records are described in tests/corpus/mqtt-discovery/README.md. Differences that are meant are in `mqtt_differences.json`,
each with its reason; every other one fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
import hashlib
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from conftest import set_up_real
from custom_components.nats_bridge.const import DOMAIN
from support.broker import Broker
from support.home import until
from support.real import RealSidecar

pytestmark = pytest.mark.timeout(400)

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "mqtt-discovery"
RECORDS = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/*.json"))
#: What is meant to differ: of a domain or of one entity, the state or attributes, and why (docs/mqtt.md).
DIFFERENCES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("mqtt_differences.json").read_text(encoding="utf-8"))

type Json = dict[str, Any]


def token_of(text: str) -> str:
    """Return the key that the bridge makes of a unique id (sidecar/Mqtt/MqttNames.cs)."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        return text
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", text).lstrip("-")[:50].rstrip("-")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{safe}-{digest}" if safe else digest


class Oracle:
    """Compares what Home Assistant shows with what its own mqtt has shown."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Expect nothing yet."""
        self.hass = hass
        self._expected: dict[str, Json] = {}

    def expect(self, entities: list[Json]) -> None:
        """Take the entities of the first set, or the changes of the second."""
        for entity in entities:
            name = f"{entity['domain']} {entity['unique_id']}"
            known = self._expected.get(name, {"attributes": {}})
            attributes = {
                key: value
                for key, value in {**known["attributes"], **entity.get("attributes", {})}.items()
                if key not in entity.get("attributes_gone", ())
            }
            self._expected[name] = known | entity | {"attributes": attributes}

    def find(self, entity: Json) -> er.RegistryEntry | None:
        """Return the entity that stands for one of mqtt's."""
        token = token_of(entity["unique_id"])
        keys = {token, token_of(f"{token}-{entity['domain']}")}
        return next(
            (
                found
                for found in er.async_get(self.hass).entities.values()
                if found.platform == DOMAIN and found.domain == entity["domain"] and found.unique_id.rpartition(".")[2] in keys
            ),
            None,
        )

    @property
    def count(self) -> int:
        """The number of entities that can be found."""
        return sum(entity["unique_id"] is not None for entity in self._expected.values())

    def missing(self) -> list[str]:
        """Return the entities that are not there."""
        return [name for name, entity in self._expected.items() if entity["unique_id"] and self.find(entity) is None]

    def wrong(self) -> dict[str, Any]:
        """Return what is shown otherwise: by entity and attribute, the value here and there."""
        return {
            f"{name} {key}": values
            for name, entity in self._expected.items()
            if entity["unique_id"] and (found := self.find(entity)) is not None
            for key, values in self._compare(entity, found).items()
            if not any(one["of"] in (name, entity["domain"]) and key in one["what"] for one in DIFFERENCES)
        }

    def _compare(self, entity: Json, found: er.RegistryEntry) -> Json:
        wrong: Json = {}
        state = self.hass.states.get(found.entity_id)
        if (state is None) is not (entity["state"] is None):
            return {"state": (state and state.state, entity["state"])}
        if state is None or entity["state"] == "<timestamp>":
            return wrong
        if not _equal(state.state, entity["state"]):
            wrong["state"] = (state.state, entity["state"])
        for key, value in entity["attributes"].items():
            if key not in IGNORED and not _equal(state.attributes.get(key), value):
                wrong[key] = (state.attributes.get(key), value)
        return wrong


#: Attributes that hold Home Assistant's own tokens and times.
IGNORED = {"access_token", "entity_picture", "restored", "editable"}


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(_equal(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) < 1e-6
    try:
        return bool(one == other) or abs(float(one) - float(other)) < 1e-6
    except TypeError, ValueError:
        return json.dumps(one, default=str, sort_keys=True) == json.dumps(other, default=str, sort_keys=True)


@pytest.fixture
async def broker(tmp_path: Path, socket_enabled: None) -> AsyncIterator[Broker]:
    """A mosquitto."""
    async with Broker(tmp_path) as running:
        yield running


@pytest.fixture
async def real(tmp_path: Path, broker: Broker) -> AsyncIterator[RealSidecar]:
    """A sidecar with the newest nats-server, connected to the broker."""
    sidecar = RealSidecar(tmp_path, "newest", arguments=("--mqtt", broker.url))
    await sidecar.start()
    yield sidecar
    await sidecar.stop()


async def test_every_record_becomes_what_home_assistants_own_mqtt_made_of_it(
    hass: HomeAssistant, real: RealSidecar, broker: Broker
) -> None:
    await hass.config.async_set_time_zone("UTC")
    entry = await set_up_real(hass, real)
    failures: dict[str, Any] = {}
    for name in RECORDS:
        if found := await _play(hass, broker, name):
            failures[name] = found
    await hass.config_entries.async_unload(entry.entry_id)
    assert failures == {}


async def _play(hass: HomeAssistant, broker: Broker, name: str) -> Json:
    record: Json = json.loads((CORPUS / name).read_text(encoding="utf-8"))
    oracle = Oracle(hass)
    found: Json = {}
    for message in record["discovery"]:
        await broker.publish(message)
    oracle.expect(record["expected"][0])
    await _settle(lambda: not oracle.missing())
    if missing := oracle.missing():
        found["missing"] = missing
    for number, states in enumerate(record["states"]):
        for message in states:
            await broker.publish(message)
        if number > 0:
            oracle.expect(record["expected"][number])
        await _settle(lambda: not oracle.wrong())
        if wrong := oracle.wrong():
            found[f"set {number}"] = wrong
    if name.startswith("products/") and (commands := await _act(hass, broker, oracle, record["commands"])):
        found["commands"] = commands
    for message in record["discovery"]:
        await broker.publish({"topic": message["topic"], "retain": True})
    await _settle(lambda: len(oracle.missing()) == oracle.count)
    if len(oracle.missing()) != oracle.count:
        found["left"] = oracle.count - len(oracle.missing())
    return found


async def _act(hass: HomeAssistant, broker: Broker, oracle: Oracle, commands: list[Json]) -> list[Any]:
    """Call the actions, and return those that publish something else. Their answers come when no state has confirmed them."""
    wrong: list[Any] = []
    answers = []
    for command in commands:
        call = command["call"]
        if (entity := oracle.find(call)) is None:
            continue
        broker.published.clear()
        data = {"entity_id": entity.entity_id, **call["data"]}
        answers.append(hass.async_create_task(hass.services.async_call(call["domain"], call["service"], data, blocking=True)))
        expected = [(one["topic"], one["payload"], one["qos"], one["retain"]) for one in command["published"]]
        await _settle(partial(_has_published, broker, expected))
        if (published := _published(broker)) != expected:
            wrong.append((call, published, expected))
    await asyncio.gather(*answers, return_exceptions=True)
    return wrong


def _has_published(broker: Broker, expected: list[tuple[str, str, int, bool]]) -> bool:
    return _published(broker) == expected


def _published(broker: Broker) -> list[tuple[str, str, int, bool]]:
    return [
        (one.topic, one.payload.decode(errors="replace"), one.qos, one.retain)
        for one in broker.published
        if not one.topic.endswith("/status")
    ]


async def _settle(condition: Any) -> None:
    with suppress(AssertionError):
        await until(condition, 2)
