"""Answers with data and long lists, from devices on NATS through the real sidecar: what is wrong harms nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from conftest import set_up_real
from custom_components.nats_bridge.diagnostics import async_get_device_diagnostics
from support.home import entity_id_of, state_of, until
from support.real import RealDevice, RealSidecar

pytestmark = pytest.mark.timeout(150)

TIME = "2026-12-02T00:00:00+01:00"
FORECAST = {"weather.get_forecasts": {"type": "daily"}}
EVENTS = {"calendar.get_events": {"start_date_time": "2026-12-01T00:00:00+00:00", "end_date_time": "2026-12-31T00:00:00+00:00"}}


@pytest.fixture
async def real(tmp_path: Path, socket_enabled: None) -> AsyncIterator[RealSidecar]:
    """A sidecar with the newest nats-server."""
    sidecar = RealSidecar(tmp_path, "newest")
    await sidecar.start()
    yield sidecar
    await sidecar.stop()


def device_of(real: RealSidecar) -> RealDevice:
    """A device with a forecast, a calendar and a list."""
    return RealDevice(
        real.nats_url,
        "board",
        "hall",
        {"key": "weather", "platform": "weather", "supported_features": ["forecast_daily"]},
        {"key": "calendar", "platform": "calendar"},
        {"key": "todo", "platform": "todo"},
        name="Board",
    )


async def test_an_answer_that_is_wrong_is_an_error_and_a_wrong_entry_is_left_out(
    hass: HomeAssistant, real: RealSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await set_up_real(hass, real)
    bridge = str(entry.unique_id)

    async def ask(call: dict[str, dict[str, Any]]) -> list[Any]:
        [(name, data)] = call.items()
        domain, service = name.split(".")
        entity_id = entity_id_of(hass, f"board.hall.{domain}", bridge)
        target = {"entity_id": entity_id} | data
        returned = await hass.services.async_call(domain, service, target, blocking=True, return_response=True)
        assert returned is not None
        [answer] = returned.values()
        assert isinstance(answer, dict)
        [found] = answer.values()
        assert isinstance(found, list)
        return found

    async with device_of(real) as device:
        await device.publish("weather", "sunny")
        await until(lambda: (found := state_of(hass, "board.hall.weather", bridge)) is not None and found.state == "sunny")
        many = {"forecast": [{"datetime": TIME}] * 10_000, "events": [{"summary": "x", "start": TIME, "end": TIME}] * 5_000}
        for response in (None, [], 5, "rain", {}, {"forecast": None, "events": {}}, many):
            device.answer = {"ok": True, "response": response}
            for call in (FORECAST, EVENTS):
                with pytest.raises(HomeAssistantError, match="Board sent an answer that the bridge cannot read"):
                    await ask(call)
        device.answer = {
            "ok": True,
            "response": {
                "forecast": [{"datetime": "2026-12-02T00:00:00"}, {"datetime": TIME, "temperature": float("nan")}, "rain"],
                "events": [
                    {"summary": "naive", "start": "2026-12-02T00:00:00", "end": TIME},
                    {"summary": "good", "start": TIME, "end": TIME, "rrule": "FREQ=DAILY;COUNT=2"},
                    {"summary": "bad rule", "start": TIME, "end": TIME, "rrule": "now and then"},
                ],
            },
        }
        assert await ask(FORECAST) == [{"datetime": TIME, "temperature": None}]
        assert [event["summary"] for event in await ask(EVENTS)] == ["good"]
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        [board] = [one for one in devices if one.name == "Board"]
        problems = json.dumps(await async_get_device_diagnostics(hass, entry, board))
        assert "weather.forecast[0]" in problems
        assert "calendar.events[0]" in problems
    assert "Traceback" not in caplog.text
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_list_is_as_long_as_its_message_and_its_other_attributes_are_shown(
    hass: HomeAssistant, real: RealSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await set_up_real(hass, real)
    bridge = str(entry.unique_id)
    async with device_of(real) as device:
        items = [{"uid": str(number), "summary": "x" * 60} for number in range(600)]
        assert 50_000 < len(json.dumps(items)) < 64 * 1024
        await device.publish("todo", {"items": items, "shop": "corner"})
        await until(lambda: (found := state_of(hass, "board.hall.todo", bridge)) is not None and found.state == "600")
        found = state_of(hass, "board.hall.todo", bridge)
        assert found is not None
        assert (found.attributes["shop"], "items" in found.attributes) == ("corner", False)
        await device.publish("todo", {"items": [*items[:2], {"uid": "0", "summary": "again"}, {"summary": "no uid"}]})
        await until(lambda: (found := state_of(hass, "board.hall.todo", bridge)) is not None and found.state == "2")
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    await hass.config_entries.async_unload(entry.entry_id)


async def test_release_notes_are_asked_for_when_somebody_looks(
    hass: HomeAssistant, real: RealSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    entry = await set_up_real(hass, real)
    plug = {"key": "firmware", "platform": "update", "name": None, "supported_features": ["install", "release_notes"]}
    async with RealDevice(real.nats_url, "plug", "desk", plug, name="Plug") as device:
        await device.publish("firmware", {"installed_version": "1.0", "latest_version": "1.1"})
        entity_id = await until(lambda: entity_id_of(hass, "plug.desk.firmware", str(entry.unique_id)))
        await until(lambda: (found := hass.states.get(entity_id)) is not None and found.state == "on")
        client = await hass_ws_client(hass)
        for response, shown in (({"release_notes": "* Faster"}, "* Faster"), ({}, None), (5, None)):
            device.answer = {"ok": True, "response": response}
            await client.send_json_auto_id({"type": "update/release_notes", "entity_id": entity_id})
            answer = await client.receive_json()
            assert (answer["success"], answer["result"]) == (True, shown)
            assert device.commands[-1]["action"] == "release_notes"
        device.answer = {"ok": False, "error": {"code": "DEVICE_ERROR", "message": "no space left"}}
        await client.send_json_auto_id({"type": "update/release_notes", "entity_id": entity_id})
        assert (await client.receive_json())["error"]["message"] == "Plug: no space left"
    await hass.config_entries.async_unload(entry.entry_id)
