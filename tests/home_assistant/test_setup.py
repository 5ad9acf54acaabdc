"""Set-up: what a sidecar tells becomes devices and entities."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, state_of, until_state
from support.scripted import ScriptedSidecar, snapshot


async def test_a_told_sensor_has_its_state_as_soon_as_the_entry_is_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot(
        {
            "devices": [
                device(
                    "climate",
                    "hall",
                    entity(
                        "temperature", "sensor", device_class="temperature", unit_of_measurement="°C", state_class="measurement"
                    ),
                )
            ]
        },
        {"states": [["climate.hall.temperature", 21.5]]},
    )
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    state = state_of(hass, "climate.hall.temperature")
    assert state is not None
    assert state.state == "21.5"
    assert state.attributes["unit_of_measurement"] == "°C"
    await sidecar.push({"t": "batch", "seq": 101, "states": [["climate.hall.temperature", 22.0]]})
    await until_state(hass, "climate.hall.temperature", "22.0")
