"""Entities of every platform are there before their first state, and before the sidecar is reached."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import PLATFORMS
from support.home import device, entity, entity_id_of, state_of
from support.scripted import ScriptedSidecar, snapshot

#: The least that each platform must be told.
LEAST: dict[str, dict[str, Any]] = {
    "climate": {"hvac_modes": ["off", "heat"]},
    "event": {"event_types": ["ring"]},
    "light": {"supported_color_modes": ["hs"]},
    "select": {"options": ["a"]},
}
HOME = snapshot({"devices": [device("dev", "one", *(entity(p, p, **LEAST.get(p, {})) for p in sorted(PLATFORMS)))]})


async def test_what_has_not_spoken_is_unknown(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    for platform in PLATFORMS:
        state = state_of(hass, f"dev.one.{platform}")
        assert state is not None, platform
        assert state.state == "unknown", platform
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_what_is_only_remembered_is_unavailable(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await sidecar.stop()
    await set_up(hass, entry)
    for platform in PLATFORMS:
        state = hass.states.get(entity_id_of(hass, f"dev.one.{platform}") or "")
        assert state is not None, platform
        assert state.state == "unavailable", platform
        # Not the ghost that Home Assistant shows for what nobody has added.
        assert "restored" not in state.attributes, platform
        assert f"dev.one.{platform}" in entry.runtime_data.population.entities
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
