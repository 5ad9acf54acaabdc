"""Programs on NATS call actions and read states, with the real sidecar and a real nats-server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
import json
from typing import Any, Self

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_URL, EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.service import async_register_admin_service
import nats
from nats.aio.client import Client
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from real_home.waiting import flushed

from conftest import set_up_real
from custom_components.nats_bridge.const import DOMAIN
from custom_components.nats_bridge.requests import LIMIT, USER_NAME, async_get_user
from support.home import entity, entity_id_of, until
from support.real import RealDevice, RealSidecar, sidecar_program

pytestmark = pytest.mark.timeout(150)

LAMP = entity("lamp", "light", name=None, supported_color_modes=["brightness"])
ALLOWED = {"actions": True, "states": True}


class Panel:
    """A program with a credential from the command line, and nothing of this project in it."""

    def __init__(self, real: RealSidecar, *rights: str) -> None:
        """Nothing is connected yet."""
        self._real = real
        self._rights = rights
        self._nats: Client

    async def __aenter__(self) -> Self:
        """Get the credential and connect."""
        secret = self._real.data.parent / "panel.secret"
        process = await asyncio.create_subprocess_exec(
            str(sidecar_program()), "client", "add", "panel", *self._rights, "--password", "--out", str(secret),
            "--data", str(self._real.data), "--nats-listen", self._real.nats_listen, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        self._nats = await nats.connect(
            self._real.nats_url,
            user="~client.panel",
            password=secret.read_text(encoding="ascii").strip(),
            inbox_prefix=b"_INBOX.~client.panel",
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        await self._nats.close()

    async def ask(self, subject: str, request: Any = None, payload: bytes = b"") -> dict[str, Any]:
        """Request something, and return the answer."""
        if request is not None:
            payload = json.dumps(request).encode()
        answer: dict[str, Any] = json.loads((await self._nats.request(f"home.ha.{subject}", payload, timeout=30)).data)
        return answer

    async def code(self, subject: str, request: Any = None, payload: bytes = b"") -> str:
        """Request something that fails, and return the code."""
        answer = await self.ask(subject, request, payload)
        assert answer["ok"] is False, answer
        code: str = answer["error"]["code"]
        return code

    async def follow(self, subject: str) -> list[dict[str, Any]]:
        """Return a list to which messages on a subject are appended."""
        messages: list[dict[str, Any]] = []

        async def append(message: nats.aio.msg.Msg) -> None:
            messages.append(json.loads(message.data))

        await self._nats.subscribe(subject, cb=append)
        await flushed(self._nats)
        return messages

    async def answer(self, subject: str, payload: bytes) -> None:
        """Answer every request on a subject."""

        async def respond(message: nats.aio.msg.Msg) -> None:
            await message.respond(payload)

        await self._nats.subscribe(subject, cb=respond)
        await flushed(self._nats)


@pytest.fixture
async def home(hass: HomeAssistant, real: RealSidecar) -> AsyncIterator[MockConfigEntry]:
    """The entry that the config flow makes for it; nothing is allowed yet."""
    entry = await set_up_real(hass, real)
    yield entry
    if hass.config_entries.async_get_entry(entry.entry_id) is not None and entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def panel(real: RealSidecar, home: MockConfigEntry) -> AsyncIterator[Panel]:
    """A program that may do everything."""
    async with Panel(real, "--actions", "*", "--states", "--events") as program:
        yield program


async def allow(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Choose options as a person does."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(form["flow_id"], {"report": True} | ALLOWED | options)
    await hass.async_block_till_done()


async def test_nothing_is_allowed_before_a_person_allows_it(
    hass: HomeAssistant, home: MockConfigEntry, panel: Panel, real: RealSidecar
) -> None:
    calls = async_mock_service(hass, "test", "do")
    assert await panel.code("services.test.do") == "UNAUTHORIZED"
    assert await panel.code("states") == "UNAUTHORIZED"
    await allow(hass, home, states=False)
    assert (await panel.ask("services.test.do"))["ok"] is True
    assert await panel.code("states.sun.sun") == "UNAUTHORIZED"
    await hass.config_entries.async_unload(home.entry_id)
    answer = await panel.ask("services.test.do")
    while answer["error"]["code"] == "UNAUTHORIZED":
        answer = await panel.ask("services.test.do")
    assert answer["error"] == {"code": "NO_RESPONDERS", "message": "no Home Assistant is connected"}
    assert len(calls) == 1


async def test_no_other_entry_answers_while_the_first_one_is_not_set_up(
    hass: HomeAssistant, home: MockConfigEntry, panel: Panel
) -> None:
    calls = async_mock_service(hass, "test", "do")
    # Options of a further entry count for nothing: those of the first one say what is allowed.
    further = MockConfigEntry(
        domain=DOMAIN, unique_id=f"{home.unique_id}/x", data=home.data, options={"devices": ["plug.*"]} | ALLOWED
    )
    further.add_to_hass(hass)
    assert await hass.config_entries.async_setup(further.entry_id)
    await allow(hass, home)
    assert (await panel.ask("services.test.do"))["ok"] is True
    await hass.config_entries.async_unload(home.entry_id)
    assert further.state is ConfigEntryState.LOADED
    assert await panel.code("services.test.do") == "UNAUTHORIZED"
    assert await hass.config_entries.async_setup(home.entry_id)
    await hass.async_block_till_done()
    assert (await panel.ask("services.test.do"))["ok"] is True
    assert len(calls) == 2
    await hass.config_entries.async_unload(further.entry_id)


async def test_a_program_with_subjects_of_its_own_is_asked_and_heard_by_automations(
    hass: HomeAssistant, home: MockConfigEntry, real: RealSidecar
) -> None:
    async with Panel(real, "--subjects", "garden.>", "--events") as well:
        await well.answer("garden.well.level", b'{"percent": 42}')
        pumped = await well.follow("garden.pump")
        level = await hass.services.async_call(
            "nats_bridge", "request", {"subject": "garden.well.level"}, blocking=True, return_response=True
        )
        assert level == {"payload": {"percent": 42}, "headers": {}}
        await hass.services.async_call(
            "nats_bridge", "publish", {"subject": "garden.pump", "payload": {"on": True}}, blocking=True
        )
        await until(lambda: pumped == [{"on": True}])


async def test_an_action_on_a_device_is_one_command_and_its_state_carries_the_context(
    hass: HomeAssistant, home: MockConfigEntry, panel: Panel, real: RealSidecar
) -> None:
    await allow(hass, home)
    async with RealDevice(real.nats_url, "lamp", "desk", LAMP) as lamp:
        await until(lambda: entity_id_of(hass, "lamp.desk.lamp", home.unique_id or ""))
        entity_id = entity_id_of(hass, "lamp.desk.lamp", home.unique_id or "") or ""
        await lamp.publish("lamp", "off")
        await until(lambda: (state := hass.states.get(entity_id)) and state.state == "off")
        events = await panel.follow("home.events.>")
        calls: list[Event] = []
        hass.bus.async_listen(EVENT_CALL_SERVICE, calls.append)
        lamp.answer = {"ok": True, "state": {"state": "on", "brightness": 7}}
        answer = await panel.ask("services.light.turn_on", {"target": {"entity_id": entity_id}, "data": {"brightness": 7}})
        assert answer["ok"] is True, answer
        state = hass.states.get(entity_id)
        assert state is not None
        assert (state.state, state.attributes["brightness"]) == ("on", 7)
        assert answer["context"]["id"] == state.context.id
        user = await async_get_user(hass)
        assert (user.name, user.system_generated, user.is_admin) == (USER_NAME, True, False)
        assert answer["context"]["user_id"] == user.id
        [command] = lamp.commands
        assert command["context"] == {"origin": "home_assistant", "id": state.context.id, "user_id": user.id}
        # A device that refuses: Home Assistant's message for people, and no second try.
        lamp.answer = {"ok": False, "error": {"code": "INTERNAL_ERROR", "message": "The bulb is broken"}}
        answer = await panel.ask("services.light.turn_off", {"target": {"entity_id": entity_id}})
        assert answer["error"]["code"] == "ACTION_FAILED"
        assert "The bulb is broken" in answer["error"]["message"]
        assert len(lamp.commands) == 2
        assert len(calls) == 2
        hass.states.async_set("sun.sun", "up")
        await until(lambda: events)
        assert [event["entity_id"] for event in events] == ["sun.sun"], "its own entities are not echoed"


async def test_what_home_assistant_refuses_has_a_code_and_its_own_message(
    hass: HomeAssistant, home: MockConfigEntry, panel: Panel
) -> None:
    ran: list[str] = []

    async def respond(call: ServiceCall) -> ServiceResponse:
        ran.append(call.context.user_id or "")
        return {"echo": call.data["x"]}

    async def fail(call: ServiceCall) -> None:
        raise {"jam": HomeAssistantError("jammed"), "wrong": ServiceValidationError("not so"), "bug": ValueError("oops")}[
            call.data["x"]
        ]

    async def nested(call: ServiceCall) -> None:
        await hass.services.async_call("test", "absent", blocking=True)

    schema = probatio.Schema({probatio.Required("x"): str})
    hass.services.async_register("test", "respond", respond, schema, supports_response=SupportsResponse.OPTIONAL)
    hass.services.async_register("test", "fail", fail, schema)
    hass.services.async_register("test", "nested", nested)
    async_register_admin_service(hass, "test", "admin", fail, schema)
    await allow(hass, home)
    answer = await panel.ask("services.test.respond", {"data": {"x": "é"}, "return_response": True})
    assert answer["response"] == {"echo": "é"}
    assert ran == [(await async_get_user(hass)).id]
    assert (await panel.ask("services.test.respond", {"data": {"x": "é"}}))["response"] is None
    answer = await panel.ask("services.test.fail", {"data": {"x": "jam"}})
    assert answer["error"] == {"code": "ACTION_FAILED", "message": "jammed"}
    answer = await panel.ask("services.test.fail", {"data": {"x": "wrong"}})
    assert answer["error"] == {"code": "INVALID_PARAMETER", "message": "not so"}
    assert await panel.code("services.test.fail", {"data": {"x": "bug"}}) == "INTERNAL_ERROR"
    answer = await panel.ask("services.test.fail", {"data": {"y": "jam"}})
    assert answer["error"]["code"] == "INVALID_PARAMETER"
    assert "'y'" in answer["error"]["message"]
    assert await panel.code("services.test.fail", {"data": {"x": "jam"}, "return_response": True}) == "INVALID_PARAMETER"
    assert await panel.code("services.test.absent") == "NOT_FOUND"
    assert await panel.code("services.test.nested") == "ACTION_FAILED"
    assert await panel.code("services.test.admin", {"data": {"x": "jam"}}) == "UNAUTHORIZED"
    for target in ({"entity_id": "light.absent"}, {"entity_id": ["light.absent"]}, {"entity_id": "light.absent, light.x"}):
        assert await panel.code("services.test.respond", {"target": target, "data": {"x": ""}}) == "NOT_FOUND"
    assert len(ran) == 2


async def test_hostile_requests_are_refused_and_harm_nobody(hass: HomeAssistant, home: MockConfigEntry, panel: Panel) -> None:
    release = asyncio.Event()
    started = 0

    async def wait(call: ServiceCall) -> ServiceResponse:
        nonlocal started
        started += 1
        await release.wait()
        return {"size": "x" * call.data.get("size", 0)}

    hass.services.async_register("test", "wait", wait, supports_response=SupportsResponse.OPTIONAL)
    await allow(hass, home)
    assert await panel.code("services.test.wait", payload=b"{") == "INVALID_JSON"
    assert await panel.code("services.test.wait", payload=b'{"data":' * 50) == "INVALID_JSON"
    assert await panel.code("services.test.wait", payload=b"\xff") == "INVALID_JSON"
    assert await panel.code("services.test.wait", {"data": {"x": "x" * 900_000}}) == "TOO_LARGE"
    assert await panel.code("services.test.wait", {"entity_id": "light.x"}) == "INVALID_PARAMETER"
    assert started == 0
    # A flood: so many wait, the others are refused at once, none is executed later.
    flood = [asyncio.create_task(panel.ask("services.test.wait", {"deadline_ms": 60_000})) for _ in range(300)]
    await until(lambda: sum(task.done() for task in flood) == 300 - LIMIT)
    assert {task.result()["error"]["code"] for task in flood if task.done()} == {"RATE_LIMITED"}
    await until(lambda: started == LIMIT)
    release.set()
    answers = await asyncio.gather(*flood)
    assert sum(answer["ok"] for answer in answers) == LIMIT
    assert started == LIMIT
    # A response that nobody can send.
    request = {"data": {"size": 2_000_000}, "return_response": True}
    assert await panel.code("services.test.wait", request) == "TOO_LARGE"
    assert (await panel.ask("services.test.wait"))["ok"] is True


async def test_a_target_that_is_no_id_is_refused_without_a_traceback(
    hass: HomeAssistant, home: MockConfigEntry, panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    await allow(hass, home)
    for wrong in (5, 0.5, True, None, {}, [5], [None], [["lock.front"]]):
        assert await panel.code("services.lock.lock", {"target": {"entity_id": wrong}}) == "INVALID_PARAMETER", wrong
        assert await panel.code("services.lock.lock", {"target": {"area_id": wrong}}) == "INVALID_PARAMETER", wrong
        assert await panel.code("services.lock.lock", {"data": {"entity_id": wrong}}) == "INVALID_PARAMETER", wrong
    assert "Traceback" not in caplog.text


async def test_a_caller_that_no_longer_waits_hears_that_the_outcome_is_unknown(
    hass: HomeAssistant, home: MockConfigEntry, panel: Panel
) -> None:
    release = asyncio.Event()
    finished: list[bool] = []

    async def wait(_: ServiceCall) -> None:
        await release.wait()
        finished.append(True)

    hass.services.async_register("test", "wait", wait)
    await allow(hass, home)
    assert await panel.code("services.test.wait", {"deadline_ms": 500}) == "UNKNOWN_OUTCOME"
    # Half an action is worse than a late one: it goes on.
    release.set()
    await until(lambda: finished)
    assert (await panel.ask("services.test.wait"))["ok"] is True
    assert len(finished) == 2


async def test_states_are_read_in_pages_without_secrets(
    hass: HomeAssistant, home: MockConfigEntry, panel: Panel, real: RealSidecar
) -> None:
    await allow(hass, home, exclude=["lock.*"])
    token = "4f1c0ffee4f1c0ffee"
    picture = f"/api/camera_proxy/camera.door?token={token}"
    events = await panel.follow("home.events.state_changed.camera.>")
    hass.states.async_set("camera.door", "idle", {"access_token": token, "entity_picture": picture, "brand": "Acme"})
    hass.states.async_set("lock.front", "locked")
    for number in range(1_200):
        hass.states.async_set(f"sensor.n{number:04}", str(number), {"text": "x" * 1_000})
    seen: list[dict[str, Any]] = []
    after, pages = None, 0
    while True:
        answer = await panel.ask("states", {"after": after})
        assert answer["ok"] is True
        assert len(json.dumps(answer)) < 1_000_000
        seen += answer["states"]
        pages += 1
        if (after := answer["next"]) is None:
            break
    assert pages > 2
    ids = [state["entity_id"] for state in seen]
    assert ids == sorted(ids)
    assert set(ids) == {state.entity_id for state in hass.states.async_all()} - {"lock.front"}
    assert [one["entity_id"] for one in (await panel.ask("states", {"limit": 1}))["states"]] == ids[:1]
    answer = await panel.ask("states.camera.door")
    assert answer["state"]["attributes"] == {
        "access_token": "***",
        "entity_picture": "/api/camera_proxy/camera.door?token=***",
        "brand": "Acme",
    }
    assert answer["state"].keys() == {"entity_id", "state", "attributes", "last_changed", "last_updated", "context"}
    assert await panel.code("states.lock.front") == "NOT_FOUND"
    assert await panel.code("states.light.absent") == "NOT_FOUND"
    assert await panel.code("states", {"limit": 0}) == "INVALID_PARAMETER"
    await until(lambda: events)
    assert events[0]["attributes"] == answer["state"]["attributes"]
    assert token.encode() not in b"".join(path.read_bytes() for path in (real.data / "nats").rglob("*.blk")), (
        "nothing of it is stored"
    )


async def test_two_entries_of_one_home_assistant_execute_an_action_once(
    hass: HomeAssistant, home: MockConfigEntry, panel: Panel, real: RealSidecar
) -> None:
    calls = async_mock_service(hass, "test", "do")
    await allow(hass, home)
    second = MockConfigEntry(
        domain="nats_bridge", unique_id=f"{home.unique_id}", title="again", data=dict(home.data), options=dict(home.options)
    )
    assert second.data.keys() == {CONF_URL, CONF_TOKEN}
    second.add_to_hass(hass)
    await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done()
    for _ in range(20):
        assert (await panel.ask("services.test.do"))["ok"] is True
    assert len(calls) == 20
    # The first goes: the other is asked from then on.
    await hass.config_entries.async_set_disabled_by(home.entry_id, ConfigEntryDisabler.USER)
    await until(lambda: second.state is ConfigEntryState.LOADED and second.runtime_data.scope.leads)
    await hass.async_block_till_done()
    assert (await panel.ask("services.test.do"))["ok"] is True
    assert len(calls) == 21
    await hass.config_entries.async_unload(second.entry_id)


async def test_the_user_goes_with_the_last_entry(hass: HomeAssistant, home: MockConfigEntry) -> None:
    user = await async_get_user(hass)
    assert (await async_get_user(hass)).id == user.id
    await hass.config_entries.async_remove(home.entry_id)
    await hass.async_block_till_done()
    assert await hass.auth.async_get_user(user.id) is None
