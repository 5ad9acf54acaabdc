"""Home Assistant itself shows what the golden fixtures of the contract say is right: descriptions and values."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, state_of, until
from support.scripted import ScriptedSidecar, snapshot

FOLDER = Path(__file__).resolve().parents[2] / "contract" / "fixtures"
STATES = sorted(str(path.relative_to(FOLDER)) for path in (FOLDER / "platforms").glob("*/states*.json"))
ANNOUNCED = sorted(str(path.relative_to(FOLDER)) for path in (FOLDER / "announce" / "valid").glob("*.expected.json"))


def fixture(name: str) -> Any:
    """Return a fixture."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as an error."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def parts(value: Any) -> tuple[Any, dict[str, Any]]:
    """Return the state and the attributes of a normalised value."""
    return (value.get("state"), value) if isinstance(value, dict) else (value, {})


@pytest.mark.parametrize("name", STATES)
async def test_every_value_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    description = fixture(name)["description"]
    unique = f"dev.one.{description['key']}"
    sidecar.frames = snapshot({"devices": [device("dev", "one", description)]})
    await set_up(hass, entry)
    values = [case["value"] for case in fixture(name)["cases"]]
    for number, value in enumerate(values):
        await sidecar.push({"t": "batch", "seq": 200 + number, "states": [[unique, value]]})
        await until(lambda number=number: entry.runtime_data.cursor()["since"] == 200 + number)
        await hass.async_block_till_done()
        shown = state_of(hass, unique)
        assert shown is not None
        state, attributes = parts(value)
        if description["platform"] not in {"button", "event", "notify", "scene"}:
            assert (shown.state == "unavailable") == (state == "unavailable"), value
            # A valve that reports its position has the state of that, and a tracker too; an update that of its versions, a
            # calendar that of the next event, a list that of its items; a camera is idle. The text "unknown" is a text.
            derived = {"calendar", "camera", "device_tracker", "todo", "update"}
            if not description.get("reports_position") and description["platform"] not in derived:
                assert (shown.state == "unknown") == (state in {None, "unknown"}), value
        if state == "on" and "color_mode" in attributes:
            assert shown.attributes["color_mode"] == attributes["color_mode"]
            # A light in the mode of an effect may have no brightness.
            if attributes["color_mode"] != "onoff":
                assert shown.attributes["brightness"] == attributes.get("brightness")
        if "current_position" in attributes and state is not None:
            assert shown.attributes["current_position"] == attributes["current_position"]
    assert entry.runtime_data.home.counters.wrong_values == 0
    assert failures(caplog) == []


@pytest.mark.parametrize("name", ANNOUNCED)
async def test_every_accepted_description_is_added(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    described = fixture(name)["normalised"]
    announced = {"revision": 1, "online": True, "since": "2026-11-21T10:00:00.000Z", "why": "announced"} | described
    identity = f"{described['type']}.{described['id']}"
    numbers = [
        [f"{identity}.{one['key']}", 1]
        for one in described["entities"]
        if one["platform"] == "number" or "unit_of_measurement" in one
    ]
    sidecar.frames = snapshot({"devices": [announced]}, {"states": numbers})
    await set_up(hass, entry)
    for one in described["entities"]:
        if one.get("enabled_by_default", True):
            assert state_of(hass, f"{identity}.{one['key']}") is not None, one
    assert failures(caplog) == []
    # Of a unit that does not fit its device class Home Assistant warns, and will refuse it.
    assert "unit of measurement" not in caplog.text
