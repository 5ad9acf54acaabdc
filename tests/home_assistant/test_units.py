"""What people see is in their units, what the device gets in its own."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM, UnitSystem
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, entity_id_of, state_of
from support.scripted import ScriptedSidecar, snapshot

CELSIUS: dict[str, Any] = {"device_class": "temperature", "unit_of_measurement": "°C"}
FAHRENHEIT: dict[str, Any] = {"device_class": "temperature", "unit_of_measurement": "°F"}


@pytest.mark.parametrize(
    ("units", "unit", "value", "shown"),
    [
        (METRIC_SYSTEM, FAHRENHEIT, 68, ("20", "°C")),
        (US_CUSTOMARY_SYSTEM, CELSIUS, 20, ("68", "°F")),
        (METRIC_SYSTEM, CELSIUS, 20, ("20", "°C")),
        (METRIC_SYSTEM, {"device_class": "distance", "unit_of_measurement": "mi", "suggested_unit_of_measurement": "m"}, 1, None),
    ],
)
async def test_a_sensor_is_shown_in_the_units_of_the_home(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    units: UnitSystem,
    unit: dict[str, Any],
    value: float,
    shown: tuple[str, str] | None,
) -> None:
    hass.config.units = units
    sensor = entity("x", "sensor", state_class="measurement", **unit)
    sidecar.frames = snapshot({"devices": [device("dev", "one", sensor)]}, {"states": [["dev.one.x", value]]})
    await set_up(hass, entry)
    state = state_of(hass, "dev.one.x")
    assert state is not None
    assert (float(state.state), state.attributes["unit_of_measurement"]) == (
        (pytest.approx(1609.344), "m") if shown is None else (float(shown[0]), shown[1])
    )


async def test_a_number_is_set_in_the_devices_own_unit(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    number = entity("x", "number", min=32, max=212, **FAHRENHEIT)
    sidecar.frames = snapshot({"devices": [device("dev", "one", number)]}, {"states": [["dev.one.x", 68]]})
    await set_up(hass, entry)
    state = state_of(hass, "dev.one.x")
    assert state is not None
    assert (state.state, state.attributes["min"], state.attributes["max"]) == ("20.0", 0, 100)
    target = {"entity_id": entity_id_of(hass, "dev.one.x"), "value": 50}
    await hass.services.async_call("number", "set_value", target, blocking=True)
    assert sidecar.calls[0]["params"] == {"value": 122}


async def test_a_wrong_code_is_not_sent_and_a_right_one_is(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    door = entity("x", "lock", code_format="^\\d{4}$", supported_features=["open"])
    sidecar.frames = snapshot({"devices": [device("dev", "one", door)]}, {"states": [["dev.one.x", "locked"]]})
    await set_up(hass, entry)
    target = {"entity_id": entity_id_of(hass, "dev.one.x")}
    for service in ("lock", "unlock", "open"):
        for wrong in ({}, {"code": "12"}):
            with pytest.raises(ServiceValidationError):
                await hass.services.async_call("lock", service, target | wrong, blocking=True)
        await hass.services.async_call("lock", service, target | {"code": "1234"}, blocking=True)
    assert [(call["action"], call["params"]) for call in sidecar.calls] == [
        (action, {"code": "1234"}) for action in ("lock", "unlock", "open")
    ]
