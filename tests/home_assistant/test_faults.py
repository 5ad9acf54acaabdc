"""What only a faulty or a slow sidecar does: what a person and a program on NATS then read, and that the home goes on."""

from __future__ import annotations

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from custom_components.nats_bridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.nats_bridge.messages import Message, messages_of
from custom_components.nats_bridge.requests import LIMIT
from support.home import device, entity, state_of, until, until_state
from support.scripted import ScriptedSidecar, snapshot

HOME = snapshot({"devices": [device("plug", "one", entity("power", "sensor"))]}, {"states": [["plug.one.power", 1]]})


@pytest.fixture
async def home(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> MockConfigEntry:
    """The entry, set up, with the options that let NATS clients call actions."""
    hass.config_entries.async_update_entry(entry, options={"actions": True, "states": True})
    sidecar.frames = HOME
    await set_up(hass, entry)
    return entry


@pytest.mark.parametrize("action", ["publish", "request"])
async def test_a_message_whose_answer_is_lost_may_have_arrived(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, action: str
) -> None:
    async def cut(message: Any) -> Any:
        await sidecar.cut()

    sidecar.on_message = cut
    with pytest.raises(HomeAssistantError) as failure:
        await hass.services.async_call(
            DOMAIN, action, {"subject": "garden.pump"}, blocking=True, return_response=action == "request"
        )
    assert failure.value.translation_key == "message_unknown_outcome"
    assert len(sidecar.messages) == 1
    await until(lambda: home.runtime_data.home.connection is not None)


async def test_a_reason_that_is_unknown_here_is_shown_in_the_sidecars_words(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    async def refuse(message: Any) -> Any:
        details = {"reason": "invented_later"}
        return {"error": {"code": "INVALID_PARAMETER", "message": "the moon is full", "retryable": False, "details": details}}

    sidecar.on_message = refuse
    with pytest.raises(HomeAssistantError, match="The message was not sent: the moon is full"):
        await hass.services.async_call(DOMAIN, "publish", {"subject": "garden.pump"}, blocking=True)


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ({"code": "NOT_READY", "message": "starting", "retryable": True, "details": None}, "NOT_READY: starting"),
        ({}, "INTERNAL_ERROR: no reason given"),
        ("broken", "INTERNAL_ERROR: broken"),
    ],
)
async def test_diagnostics_are_there_when_the_sidecar_has_none(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, error: Any, shown: str
) -> None:
    sidecar.diagnostics = {"error": error}
    found = await async_get_config_entry_diagnostics(hass, home)
    assert found["sidecar"] == {"error": shown}
    assert found["devices"]


async def test_a_record_without_an_end_ends_the_connection_and_nothing_else(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.client.MAX_MESSAGE", 1000)
    await sidecar.push_raw("{" + " " * 999)
    await sidecar.push_raw(" ")
    await until(lambda: len(sidecar.listens) == 2)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["plug.one.power", 2]]})
    await until_state(hass, "plug.one.power", "2")


async def test_records_may_come_together_with_the_handshake(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.handshake = '{}\x1e{"type":6}'
    sidecar.frames = HOME
    await set_up(hass, entry)
    assert state_of(hass, "plug.one.power") is not None


# Subscriptions


@pytest.fixture
def no_retry_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a subscription again at once."""
    monkeypatch.setattr("custom_components.nats_bridge.messages._RETRY_DELAY", 0.01)


MESSAGE = {"t": "message", "subject": "garden.pump", "payload": "on", "headers": {}}


async def test_a_subscription_that_the_sidecar_ends_is_made_again(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, no_retry_delay: None
) -> None:
    received: list[Message] = []
    _, stop = await messages_of(hass, home.entry_id).async_subscribe("garden.pump", received.append)
    await sidecar.push_item({"t": "bye", "error": {"code": "NOT_READY", "message": "no NATS", "retryable": True}})
    await sidecar.end_items()
    await until(lambda: sidecar.subscribed == ["garden.pump"] * 2)
    await sidecar.push_item(MESSAGE)
    await until(lambda: [message.payload for message in received] == ["on"])
    stop()
    await until(lambda: sidecar.cancelled == 1)


async def test_a_subscription_that_nobody_uses_any_more_is_not_made_again(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    subscription, stop = await messages_of(hass, home.entry_id).async_subscribe("garden.pump")
    await sidecar.end_items()
    retry = await until(lambda: subscription.retry)
    stop()
    assert retry.cancelled()
    assert sidecar.subscribed == ["garden.pump"]


async def test_an_automation_that_fails_takes_no_message_from_the_others(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    received: list[Message] = []

    def fail(message: Message) -> None:
        raise RuntimeError("boom")

    messages = messages_of(hass, home.entry_id)
    stops = [(await messages.async_subscribe("garden.pump", listener))[1] for listener in (fail, received.append)]
    await sidecar.push_item(MESSAGE)
    await until(lambda: len(received) == 1)
    assert "boom" in caplog.text
    for stop in stops:
        stop()


async def test_a_condition_is_false_after_the_connection_to_nats_was_lost(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    subscription, stop = await messages_of(hass, home.entry_id).async_subscribe("garden.pump")
    for item, known in ((MESSAGE, True), ({"t": "lost"}, False), (MESSAGE, True)):
        await sidecar.push_item(item)
        await until(lambda known=known: (subscription.last is not None) == known)
    await sidecar.cut()
    await until(lambda: subscription.last is None)
    stop()


# Requests of programs on NATS


def _request(service: str, deadline_ms: int = 60_000, *, returns: bool = False) -> dict[str, Any]:
    return {
        "kind": "action",
        "domain": "test",
        "service": service,
        "target": None,
        "data": {},
        "return_response": returns,
        "deadline_ms": deadline_ms,
    }


async def test_more_requests_than_may_run_are_not_executed(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    free = asyncio.Event()
    calls: list[ServiceCall] = []

    async def wait(call: ServiceCall) -> None:
        calls.append(call)
        await free.wait()

    async def take(request: Any) -> Any:
        return _request("wait")

    hass.services.async_register("test", "wait", wait)
    sidecar.on_take = take
    for number in range(LIMIT):
        await sidecar.push({"t": "request", "id": f"r{number}"})
    await until(lambda: len(calls) == LIMIT)
    await sidecar.push({"t": "request", "id": "late"})
    await until(lambda: "late" in sidecar.answers)
    assert sidecar.answers["late"]["error"]["code"] == "RATE_LIMITED"
    free.set()
    await until(lambda: len(sidecar.answers) == LIMIT + 1)
    assert len(calls) == LIMIT
    assert sum(answer["ok"] for answer in sidecar.answers.values()) == LIMIT


async def test_a_request_that_is_handed_over_after_its_deadline_is_not_executed(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    calls: list[ServiceCall] = []
    hass.services.async_register("test", "note", calls.append)

    async def take(request: Any) -> Any:
        await asyncio.sleep(0.05)
        return _request("note", deadline_ms=10)

    sidecar.on_take = take
    await sidecar.push({"t": "request", "id": "late"})
    await until(lambda: "late" in sidecar.answers)
    assert sidecar.answers["late"]["error"]["code"] == "TIMEOUT"
    assert calls == []


async def test_a_request_that_is_gone_harms_nothing(hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    await sidecar.push({"t": "request", "id": "gone"}, {"t": "request"}, {"t": "request", "id": 5})
    await until(lambda: [record["arguments"] for record in sidecar.records if record["target"] == "Take"] == [["gone"]])
    await sidecar.push({"t": "batch", "seq": 101, "states": [["plug.one.power", 2]]})
    await until_state(hass, "plug.one.power", "2")
    assert sidecar.answers == {}


async def test_a_response_that_is_no_json_says_that_the_action_was_executed(
    hass: HomeAssistant, home: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    async def odd(call: ServiceCall) -> ServiceResponse:
        return {"odd": object()}  # type: ignore[dict-item]

    async def take(request: Any) -> Any:
        return _request("odd", returns=True)

    hass.services.async_register("test", "odd", odd, supports_response=SupportsResponse.ONLY)
    sidecar.on_take = take
    await sidecar.push({"t": "request", "id": "odd"})
    await until(lambda: "odd" in sidecar.answers)
    error = sidecar.answers["odd"]["error"]
    assert error["code"] == "INTERNAL_ERROR"
    assert error["message"].startswith("executed, but")
