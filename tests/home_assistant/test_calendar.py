"""The page of a calendar: it asks the device for events, and changes them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from conftest import set_up
from support.home import device, entity, entity_id_of
from support.scripted import ScriptedSidecar, snapshot

FEATURES = ["create_event", "delete_event", "update_event"]
CALENDAR = device(
    "dev", "one", entity("x", "calendar", name=None, initial_color="#1e90ff", supported_features=FEATURES), name="Calendar"
)
WASTE = {"uid": "a1", "summary": "Waste", "start": "2026-12-02T07:00:00+00:00", "end": "2026-12-02T09:00:00+00:00"}
RANGE = {"start": "2026-12-01T00:00:00+00:00", "end": "2026-12-08T00:00:00+00:00"}


@pytest.fixture(autouse=True)
def home(sidecar: ScriptedSidecar) -> None:
    """A calendar without a next event."""
    sidecar.frames = snapshot({"devices": [CALENDAR]}, {"states": [["dev.one.x", None]]})


def answer_with(sidecar: ScriptedSidecar, *events: Any) -> None:
    """Have the device answer with these events."""

    async def answer(_command: Any) -> Any:
        return {"response": {"events": list(events)}}

    sidecar.on_command = answer


async def page_of(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> tuple[int, Any]:
    """Return what the calendar's page gets for a week."""
    client = await hass_client()
    response = await client.get(f"/api/calendars/{entity_id_of(hass, 'dev.one.x')}", params=RANGE)
    return response.status, await response.json()


async def test_the_page_shows_the_events(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_client: ClientSessionGenerator
) -> None:
    days = {"summary": "Holidays", "start": "2026-12-07", "end": "2026-12-20"} | {"rrule": "FREQ=YEARLY", "recurrence_id": "x7"}
    answer_with(sidecar, WASTE | {"location": "Street"}, days)
    await set_up(hass, entry)
    status, events = await page_of(hass, hass_client)
    assert status == HTTPStatus.OK
    nothing = {"description": None, "location": None, "recurrence_id": None, "rrule": None, "status": None, "uid": None}
    assert events == [
        nothing
        | {"uid": "a1", "summary": "Waste", "location": "Street"}
        | {"start": {"dateTime": "2026-12-01T23:00:00-08:00"}, "end": {"dateTime": "2026-12-02T01:00:00-08:00"}},
        nothing
        | {"summary": "Holidays", "rrule": "FREQ=YEARLY", "recurrence_id": "x7"}
        | {"start": {"date": "2026-12-07"}, "end": {"date": "2026-12-20"}},
    ]


async def test_what_home_assistant_refuses_is_left_out(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer_with(
        sidecar,
        WASTE | {"end": "2026-12-02T06:00:00+00:00"},
        WASTE | {"end": "2026-12-03"},
        WASTE | {"start": "2026-12-02T07:00:00"},
        WASTE | {"start": 5},
        WASTE | {"rrule": "every week"},
        WASTE | {"rrule": "FREQ=SECONDLY"},
        WASTE | {"rrule": "FREQ=DAILY;UNTIL=99999999999999999999"},
        WASTE | {"rrule": "FREQ=DAILY;INTERVAL=x"},
        WASTE | {"status": "maybe"},
        WASTE | {"status": "cancelled"},
        {"summary": "nothing else"},
        "text",
        None,
        WASTE | {"summary": "good"},
    )
    await set_up(hass, entry)
    status, events = await page_of(hass, hass_client)
    assert (status, [event["summary"] for event in events]) == (HTTPStatus.OK, ["good"])
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert "Traceback" not in caplog.text


async def test_the_page_shows_a_thousand_events(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_client: ClientSessionGenerator
) -> None:
    answer_with(sidecar, *(WASTE | {"uid": str(number)} for number in range(1000)))
    await set_up(hass, entry)
    _, events = await page_of(hass, hass_client)
    assert len(events) == 1000


@pytest.mark.parametrize("response", [None, {}, {"events": 5}])
async def test_an_answer_without_events_is_an_error_that_a_person_can_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    response: Any,
) -> None:
    async def answer(_command: Any) -> Any:
        return {"response": response}

    sidecar.on_command = answer
    await set_up(hass, entry)
    status, error = await page_of(hass, hass_client)
    assert status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "Calendar sent an answer that the bridge cannot read" in error["message"]
    target = {"entity_id": entity_id_of(hass, "dev.one.x"), "duration": {"days": 1}}
    with pytest.raises(HomeAssistantError, match="Calendar sent an answer that the bridge cannot read"):
        await hass.services.async_call("calendar", "get_events", target, blocking=True, return_response=True)
    assert "Traceback" not in caplog.text


EVENT = {"dtstart": "2026-12-05", "dtend": "2026-12-06", "summary": "Party"}
TIMES = {"dtstart": "2026-12-05T20:00:00+00:00", "dtend": "2026-12-05T23:00:00+00:00", "summary": "Party"}


@pytest.mark.parametrize(
    ("message", "action", "params"),
    [
        (
            {"type": "calendar/event/create", "event": EVENT | {"rrule": "FREQ=WEEKLY", "description": ""}},
            "create_event",
            {"summary": "Party", "start_date": "2026-12-05", "end_date": "2026-12-06", "rrule": "FREQ=WEEKLY"},
        ),
        (
            {"type": "calendar/event/update", "uid": "a1", "event": TIMES | {"location": "Hall", "description": ""}},
            "update_event",
            {
                "uid": "a1",
                "summary": "Party",
                "location": "Hall",
                "description": "",
                "start_date_time": "2026-12-05T12:00:00-08:00",
                "end_date_time": "2026-12-05T15:00:00-08:00",
            },
        ),
        (
            {
                "type": "calendar/event/update",
                "uid": "a1",
                "recurrence_id": "20261205",
                "recurrence_range": "THISANDFUTURE",
                "event": EVENT,
            },
            "update_event",
            {
                "uid": "a1",
                "recurrence_id": "20261205",
                "recurrence_range": "THISANDFUTURE",
                "summary": "Party",
                "start_date": "2026-12-05",
                "end_date": "2026-12-06",
            },
        ),
        ({"type": "calendar/event/delete", "uid": "a1"}, "delete_event", {"uid": "a1"}),
        (
            {"type": "calendar/event/delete", "uid": "a1", "recurrence_id": "20261205", "recurrence_range": ""},
            "delete_event",
            {"uid": "a1", "recurrence_id": "20261205"},
        ),
    ],
)
async def test_the_page_changes_events(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    hass_ws_client: WebSocketGenerator,
    message: dict[str, Any],
    action: str,
    params: dict[str, Any],
) -> None:
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(message | {"entity_id": entity_id_of(hass, "dev.one.x")})
    assert (await client.receive_json())["success"]
    [command] = sidecar.calls
    assert (command["action"], command["params"]) == (action, params)


async def test_a_page_that_is_open_gets_the_events_again_after_a_change(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    answer_with(sidecar)
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    entity_id = entity_id_of(hass, "dev.one.x")
    await client.send_json_auto_id({"type": "calendar/event/subscribe", "entity_id": entity_id} | RANGE)
    assert (await client.receive_json())["success"]
    assert (await client.receive_json())["event"] == {"events": []}
    answer_with(sidecar, WASTE)
    await client.send_json_auto_id({"type": "calendar/event/delete", "entity_id": entity_id, "uid": "b2"})
    async with asyncio.timeout(10):
        received = [await client.receive_json(), await client.receive_json()]
    [event] = [one["event"] for one in received if one["type"] == "event"]
    assert [one["summary"] for one in event["events"]] == ["Waste"]
    # A published state does the same.
    answer_with(sidecar)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", {"state": None, "count": 1}]]})
    async with asyncio.timeout(10):
        assert (await client.receive_json())["event"] == {"events": []}


async def test_the_page_reads_why_a_change_failed(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    async def refuse(_command: Any) -> Any:
        return {"error": {"code": "UNAUTHORIZED", "message": "only its owner may do that"}}

    sidecar.on_command = refuse
    await set_up(hass, entry)
    client = await hass_ws_client(hass)
    message = {"type": "calendar/event/create", "entity_id": entity_id_of(hass, "dev.one.x"), "event": EVENT}
    await client.send_json_auto_id(message)
    assert (await client.receive_json())["error"]["message"] == "Calendar: only its owner may do that"


async def test_a_new_calendar_has_its_colour(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await set_up(hass, entry)
    registered = er.async_get(hass).async_get(entity_id_of(hass, "dev.one.x") or "")
    assert registered is not None
    assert registered.options["calendar"] == {"color": "#1e90ff"}
