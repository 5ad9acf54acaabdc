"""Secrets are masked by the same rules as in the sidecar: both read the golden files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.nats_bridge.redaction import is_secret, is_secret_entity, redact, redact_state, redact_text
from support.home import entity

FOLDER = Path(__file__).resolve().parents[2] / "contract" / "fixtures" / "redaction"
NAMES: dict[str, list[str]] = json.loads((FOLDER / "names.json").read_text(encoding="utf-8"))


def _cases(file: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))["cases"]
    return cases


@pytest.mark.parametrize("name", NAMES["secret"])
def test_the_name_of_a_secret_is_recognised(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", NAMES["open"])
def test_another_name_is_not(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize("case", _cases("texts"), ids=lambda case: case["text"])
def test_a_text_for_people_has_no_secret(case: dict[str, Any]) -> None:
    assert redact_text(case["text"]) == case["expect"]


@pytest.mark.parametrize("case", _cases("values"), ids=lambda case: json.dumps(case["value"]))
def test_a_value_that_is_shown_has_no_secret(case: dict[str, Any]) -> None:
    assert redact(case["value"]) == case["expect"]


def test_the_value_of_a_password_field_is_a_secret() -> None:
    password = entity("wifi", "text", mode="password")
    assert [redact_state(password, value) for value in ("hunter2", {"state": "x"}, None, "unavailable")] == [
        "***",
        "***",
        None,
        "unavailable",
    ]
    assert is_secret_entity(entity("door_pin", "sensor"))
    assert redact_state(entity("motto", "text"), {"state": "hello", "pin": 1234}) == {"state": "hello", "pin": "***"}
