"""Wrong values of every kind, and the cases in which they are played, drawn from the platforms' schemas and fixtures."""

from __future__ import annotations

from dataclasses import dataclass
import json
from typing import Any

from .fixtures import FOLDER, PLATFORMS, examples
from .schema import PlatformSchema

type Json = dict[str, Any]

#: As they are written in JSON. Some are right for some fields.
WRONG = {
    "word": '"wrong"',
    "empty": '""',
    "blank": '"  "',
    "zero byte": '"\\u0000"',
    "markup": '"<b>{{ 1 }}</b>\\n%s"',
    "yes": "true",
    "zero": "0",
    "negative": "-1",
    "fraction": "0.30000000000000004",
    "huge": "1e300",
    "least": "-1.7976931348623157e308",
    "many digits": "1" + "0" * 60,
    "beyond a double": "1e999",
    "huge text": '"1e400"',
    "other digits": '"\u0663"',
    "not a number": "NaN",
    "infinity": "-Infinity",
    "null": "null",
    "first year": '"0001-01-01T00:00:00+14:00"',
    "last year": '"9999-12-31T23:59:59-14:00"',
    "first day": '"0001-01-01"',
    "no day": '"2026-02-30T25:61:61Z"',
    "empty list": "[]",
    "list of text": '["wrong"]',
    "list of null": "[null]",
    "list of lists": "[[1], [2]]",
    "list of numbers": "[-1, 1e300, 5]",
    "list of objects": '[{"id": [], "name": {}, "uid": 1e300, "summary": null}, {}]',
    "long list": json.dumps([str(number) for number in range(1500)]),
    "object": '{"wrong": [1]}',
    "ten kilobytes": json.dumps("wrong " * 1700),
}

#: What states may contain and announcements may not.
NO_JSON = ("not a number", "infinity", "beyond a double")

#: What is wrong with the whole message.
BROKEN = {
    "nested": "[" * 20 + "]" * 20,
    "half a pair": '"\\ud800"',
    "a hundred kilobytes": json.dumps("x" * 100_000),
    "a hundred thousand items": json.dumps([1] * 100_000),
}

SCHEMAS = {platform: PlatformSchema(platform) for platform in PLATFORMS}


def parse(raw: str) -> Any:
    """Return what the sidecar reads."""
    return json.loads(raw, parse_constant=lambda _name: None)


def with_raw(whole: Json, name: str, raw: str) -> str:
    """Return an object as JSON with one member as it is written."""
    others = json.dumps({key: value for key, value in whole.items() if key != name})[1:-1]
    return f"{{{json.dumps(name)}: {raw}{', ' if others else ''}{others}}}"


@dataclass
class StateCase:
    """An entity and a right state of it, of which one attribute becomes wrong."""

    platform: str
    description: Json
    right: Json
    attribute: str


def described() -> dict[str, Json]:
    """Return the entity of each platform's example that is of this platform."""
    return {
        platform: next(entity for entity in example["announcement"]["entities"] if entity["platform"] == platform)
        for platform, example in examples().items()
    }


def state_cases() -> list[StateCase]:
    """Return a case for each description in the fixtures and each attribute of its platform."""
    return [
        StateCase(platform, file["description"], _richest(file), attribute)
        for platform in PLATFORMS
        for file in _files(platform, "states")
        for attribute in SCHEMAS[platform].attributes
    ]


def command_cases() -> list[tuple[str, Json, Json]]:
    """Return platform, description and right commands by action, of each description in the fixtures."""
    return [
        (platform, file["description"], {case["action"]: case["params"] for case in file["cases"] if case["problem"] is None})
        for platform in PLATFORMS
        for file in _files(platform, "commands")
    ]


def service_cases() -> list[tuple[str, Json]]:
    """Return platform and case of each service call in the fixtures."""
    found = []
    for platform in PLATFORMS:
        cases = json.loads((FOLDER / platform / "home_assistant.json").read_text(encoding="utf-8")).get("sends") or ()
        by_service = {case["service"]: case for case in sorted(cases, key=lambda case: len(case["data"]))}
        found += [(platform, case) for case in by_service.values()]
    return found


def _files(platform: str, kind: str) -> list[Json]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / platform).glob(f"{kind}*.json"))]


def _richest(file: Json) -> Json:
    """Return the right state with the most attributes."""
    objects: list[Json] = [{"state": None}]
    for case in file["cases"]:
        if not case.get("problems") and not case.get("after"):
            try:
                value = json.loads(case["payload"])
            except ValueError:
                continue
            if isinstance(value, dict):
                objects.append(value)
            elif value is not None and not isinstance(value, list):
                objects.append({"state": value})
    return max(objects, key=len)
