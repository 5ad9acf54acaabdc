"""Forecasts: the device is asked when somebody looks, and again when its state changes."""

from __future__ import annotations

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from conftest import set_up
from support.home import device, entity, entity_id_of, until, until_state
from support.scripted import ScriptedSidecar, snapshot

FEATURES = ["forecast_daily", "forecast_twice_daily"]
STATION = device(
    "dev", "one", entity("x", "weather", name=None, temperature_unit="°C", supported_features=FEATURES), name="Station"
)
DAY = "2026-12-02T00:00:00+01:00"


@pytest.fixture(autouse=True)
def home(sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch) -> None:
    """A weather station that is asked again at once."""
    monkeypatch.setattr("custom_components.nats_bridge.weather._FORECAST_PAUSE", 0.01)
    sidecar.frames = snapshot({"devices": [STATION]}, {"states": [["dev.one.x", "sunny"]]})


class Station:
    """Answers with a forecast, or fails."""

    def __init__(self) -> None:
        """It is colder each time."""
        self.temperature = 10
        self.fails = False

    async def answer(self, _command: Any) -> Any:
        """Answer a command."""
        self.temperature -= 1
        if self.fails:
            return {"error": {"code": "TIMEOUT", "message": "no", "details": {"reason": "no_answer", "seconds": 5}}}
        return {"response": {"forecast": [{"datetime": DAY, "is_daytime": True, "temperature": self.temperature}]}}


@pytest.fixture
def station(sidecar: ScriptedSidecar) -> Station:
    """The device behind the sidecar."""
    found = Station()
    sidecar.on_command = found.answer
    return found


async def subscribe(client: MockHAClientWebSocket, hass: HomeAssistant, kind: str = "daily") -> Any:
    """Subscribe as a page does; return the first forecast."""
    await client.send_json_auto_id(
        {"type": "weather/subscribe_forecast", "entity_id": entity_id_of(hass, "dev.one.x"), "forecast_type": kind}
    )
    assert (await client.receive_json())["success"]
    return await forecast(client)


async def forecast(client: MockHAClientWebSocket) -> Any:
    """Return the next forecast that the page gets."""
    async with asyncio.timeout(10):
        return (await client.receive_json())["event"]["forecast"]


def day(temperature: float) -> list[dict[str, Any]]:
    """Return a forecast as a page gets it."""
    return [{"datetime": DAY, "is_daytime": True, "temperature": temperature}]


@pytest.mark.parametrize("kind", ["daily", "twice_daily"])
async def test_a_page_gets_the_forecast_and_a_new_one_when_the_state_changes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    station: Station,
    hass_ws_client: WebSocketGenerator,
    kind: str,
) -> None:
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    assert await subscribe(client, hass, kind) == day(9.0)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", "rainy"]]})
    assert await forecast(client) == day(8.0)
    assert [call["params"] for call in sidecar.calls] == [{"type": kind}] * 2
    assert [call["context"]["user_id"] for call in sidecar.calls] == [None] * 2


async def test_a_device_is_not_asked_while_nobody_looks(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, station: Station, hass_ws_client: WebSocketGenerator
) -> None:
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", "rainy"]]})
    await until_state(hass, "dev.one.x", "rainy")
    assert sidecar.calls == []
    await subscribe(client, hass)
    await client.send_json_auto_id({"type": "unsubscribe_events", "subscription": 1})
    assert (await client.receive_json())["success"]
    await sidecar.push({"t": "batch", "seq": 102, "states": [["dev.one.x", "sunny"]]})
    await until_state(hass, "dev.one.x", "sunny")
    await hass.async_block_till_done()
    assert len(sidecar.calls) == 1


async def test_many_changes_are_few_requests_and_the_last_one_is_answered(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    station: Station,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.weather._FORECAST_PAUSE", 1)
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    await subscribe(client, hass)
    for number in range(50):
        value = {"state": "rainy", "temperature": number}
        await sidecar.push({"t": "batch", "seq": 101 + number, "states": [["dev.one.x", value]]})
    assert await forecast(client) == day(8.0)
    assert await forecast(client) == day(7.0)
    # A slow machine may need more than one pause for the fifty changes.
    assert len(sidecar.calls) < 25


async def test_a_page_survives_a_device_that_does_not_answer(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    station: Station,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    station.fails = True
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    assert await subscribe(client, hass) is None
    station.fails = False
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", "rainy"]]})
    assert await forecast(client) == day(8.0)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_page_gets_nothing_while_the_device_is_unavailable(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, station: Station, hass_ws_client: WebSocketGenerator
) -> None:
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    await subscribe(client, hass)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", "unavailable"]]})
    assert await forecast(client) is None
    assert len(sidecar.calls) == 1
    await sidecar.push({"t": "batch", "seq": 102, "states": [["dev.one.x", "sunny"]]})
    assert await forecast(client) == day(8.0)


async def test_an_action_says_what_failed(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, station: Station
) -> None:
    station.fails = True
    await set_up(hass, entry)
    with pytest.raises(HomeAssistantError, match=r"Station did not answer within 5 s"):
        await get_forecasts(hass)


@pytest.mark.parametrize("response", [None, 5, [], {}, {"forecast": None}, {"forecast": "rain"}])
async def test_an_answer_without_a_forecast_is_an_error_that_a_person_can_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    caplog: pytest.LogCaptureFixture,
    response: Any,
) -> None:
    async def answer(_command: Any) -> Any:
        return {"response": response}

    sidecar.on_command = answer
    await set_up(hass, entry)
    with pytest.raises(HomeAssistantError, match="Station sent an answer that the bridge cannot read") as caught:
        await get_forecasts(hass)
    assert caught.value.translation_key == "command_bad_answer"
    assert "Traceback" not in caplog.text


async def get_forecasts(hass: HomeAssistant) -> Any:
    """Call the action."""
    target = {"entity_id": entity_id_of(hass, "dev.one.x"), "type": "daily"}
    return await hass.services.async_call("weather", "get_forecasts", target, blocking=True, return_response=True)


async def test_a_removed_station_asks_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, station: Station, hass_ws_client: WebSocketGenerator
) -> None:
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    await subscribe(client, hass)
    await sidecar.push({"t": "batch", "seq": 101, "removed": ["dev.one"]})
    await until(lambda: entity_id_of(hass, "dev.one.x") is None)
    assert len(sidecar.calls) == 1
