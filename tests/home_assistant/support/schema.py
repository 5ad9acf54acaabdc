"""Whether a value fits a schema of `contract/schemas`: the keywords of JSON Schema that these use, and no others."""

from __future__ import annotations

from collections.abc import Callable
import json
import re
from typing import Any

from .fixtures import FOLDER

type Json = dict[str, Any]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == value // 1,
}

_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "type": lambda rule, value: any(_TYPES[name](value) for name in ([rule] if isinstance(rule, str) else rule)),
    "anyOf": lambda rule, value: any(fits(schema, value) for schema in rule),
    "not": lambda rule, value: not fits(rule, value),
    "enum": lambda rule, value: any(type(word) is type(value) and word == value for word in rule),
    "const": lambda rule, value: type(rule) is type(value) and rule == value,
    "description": lambda _rule, _value: True,
    # Of texts.
    "pattern": lambda rule, value: not isinstance(value, str) or re.search(rule, value) is not None,
    "minLength": lambda rule, value: not isinstance(value, str) or len(value) >= rule,
    "maxLength": lambda rule, value: not isinstance(value, str) or len(value) <= rule,
    # Of numbers.
    "minimum": lambda rule, value: not _is_number(value) or value >= rule,
    "maximum": lambda rule, value: not _is_number(value) or value <= rule,
    "exclusiveMinimum": lambda rule, value: not _is_number(value) or value > rule,
    "exclusiveMaximum": lambda rule, value: not _is_number(value) or value < rule,
    # Of lists.
    "items": lambda rule, value: not isinstance(value, list) or all(fits(rule, item) for item in value),
    "prefixItems": lambda rule, value: (
        not isinstance(value, list) or all(fits(schema, item) for schema, item in zip(rule, value, strict=False))
    ),
    "minItems": lambda rule, value: not isinstance(value, list) or len(value) >= rule,
    "maxItems": lambda rule, value: not isinstance(value, list) or len(value) <= rule,
    "uniqueItems": lambda rule, value: (
        not rule or not isinstance(value, list) or len({json.dumps(item) for item in value}) == len(value)
    ),
    # Of objects.
    "required": lambda rule, value: not isinstance(value, dict) or all(name in value for name in rule),
    "properties": lambda rule, value: (
        not isinstance(value, dict) or all(fits(schema, value[name]) for name, schema in rule.items() if name in value)
    ),
    "propertyNames": lambda rule, value: not isinstance(value, dict) or all(fits(rule, name) for name in value),
}


def fits(schema: Json, value: Any) -> bool:
    """Tell whether a value fits."""
    if "additionalProperties" in schema and isinstance(value, dict):
        extra = schema["additionalProperties"]
        others = {name: item for name, item in value.items() if name not in schema.get("properties", {})}
        if not all(fits(extra, item) if isinstance(extra, dict) else extra for item in others.values()):
            return False
    return all(_RULES[name](rule, value) for name, rule in schema.items() if name != "additionalProperties")


class PlatformSchema:
    """The schema of one platform."""

    def __init__(self, platform: str) -> None:
        """Read it."""
        path = FOLDER.parents[1] / "schemas" / "platforms" / f"{platform}.schema.json"
        parts = json.loads(path.read_text(encoding="utf-8"))["$defs"]
        self.command: Json = parts["command"]
        self.fields: dict[str, Json] = {
            name: schema for name, schema in parts["description"]["properties"].items() if name not in ("key", "platform")
        }
        self.attributes: dict[str, Json] = _members(parts["state"])
        # By action and parameter.
        self.params: dict[str, dict[str, Json]] = {
            action["properties"]["action"]["const"]: action["properties"]["params"]["properties"]
            for action in parts["command"].get("anyOf", ())
        }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _members(schema: Json) -> dict[str, Json]:
    found = dict(schema.get("properties", {}))
    for part in schema.get("anyOf", ()):
        found |= _members(part)
    return found
