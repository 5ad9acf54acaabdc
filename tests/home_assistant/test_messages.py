"""Actions, trigger and condition for messages on NATS, with a real sidecar and a real nats-server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
import json
from pathlib import Path
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import condition as condition_helper
from homeassistant.helpers import trigger as trigger_helper
from homeassistant.setup import async_setup_component
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StreamConfig
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser, async_mock_service
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
from real_home.waiting import flushed
import yaml

from conftest import set_up_real
from custom_components.nats_bridge.const import DOMAIN
from custom_components.nats_bridge.messages import Message, matched_tokens
from support.home import until
from support.real import RealSidecar

pytestmark = pytest.mark.timeout(150)

type Calls = list[ServiceCall]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def home(hass: HomeAssistant, real: RealSidecar) -> AsyncIterator[MockConfigEntry]:
    """The entry that the config flow makes for it."""
    entry = await set_up_real(hass, real)
    yield entry
    if hass.states.async_entity_ids(AUTOMATION):
        await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def person(real: RealSidecar) -> AsyncIterator[Client]:
    """A client of the person who runs the home."""
    password = (real.data / "nats" / "secrets").read_text(encoding="utf-8").split()[0]
    client = await nats.connect(real.nats_url, user="hanatsbridge", password=password, reconnect_time_wait=0.1)
    yield client
    await client.close()


async def collect(person: Client, subject: str) -> list[Msg]:
    """Return a list to which messages on a subject are appended."""
    messages: list[Msg] = []

    async def append(message: Msg) -> None:
        messages.append(message)

    await person.subscribe(subject, cb=append)
    await flushed(person)
    return messages


async def automate(hass: HomeAssistant, *automations: dict[str, Any]) -> Calls:
    """Set automations up whose action is `test.automation`; return the calls of that."""
    calls = async_mock_service(hass, "test", "automation")
    ours = [
        {"id": f"a{number}", "alias": f"a{number}", "actions": {"action": "test.automation", "data": {"at": "{{ trigger }}"}}}
        | one
        for number, one in enumerate(automations)
    ]
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: ours})
    await hass.async_block_till_done()
    return calls


def received(subject: str, **options: Any) -> dict[str, Any]:
    """Return a trigger for messages."""
    return {"trigger": f"{DOMAIN}.message_received", "options": {"subject": subject, **options}}


async def has_last(hass: HomeAssistant, subject: str, value: Any, member: str | None = None) -> Callable[[], bool | None]:
    """Return a condition's check."""
    options = {"subject": subject, "value": value} | ({"member": member} if member else {})
    config = await condition_helper.async_validate_condition_config(
        hass, {"condition": f"{DOMAIN}.last_message", "options": options}
    )
    checker = await condition_helper.async_from_config(hass, config)
    return checker.async_check


async def test_the_actions_publish_and_request(hass: HomeAssistant, home: MockConfigEntry, person: Client) -> None:
    messages = await collect(person, "garden.>")
    await hass.services.async_call(
        DOMAIN, "publish", {"subject": "garden.pump", "payload": "on", "headers": {"Source": "home"}}, blocking=True
    )
    for payload in ({"level": 42, "open": True}, [1, "a"], 21.5, True, None):
        await hass.services.async_call(DOMAIN, "publish", {"subject": "garden.json", "payload": payload}, blocking=True)
    await until(lambda: len(messages) == 6)
    assert (messages[0].data, messages[0].headers) == (b"on", {"Source": "home"})
    assert [message.data for message in messages[1:]] == [b'{"level":42,"open":true}', b'[1,"a"]', b"21.5", b"true", b""]

    async def answer(message: Msg) -> None:
        await message.respond(b'{"percent": 42}' if message.data == b"json" else b"full")

    await person.subscribe("well.level", cb=answer)
    await flushed(person)
    for payload, expected in (("json", {"percent": 42}), ("", "full")):
        response = await hass.services.async_call(
            DOMAIN,
            "request",
            {"subject": "well.level", "payload": payload, "config_entry_id": home.entry_id},
            blocking=True,
            return_response=True,
        )
        assert response == {"payload": expected, "headers": {}}


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        ("home.devices.lock.front.set", "message_device_subject"),
        ("home.devices.lock.front.state.bolt", "message_device_subject"),
        ("home.discovery.announce.lock.front", "message_bridge_subject"),
        ("home.audit.commands.lock.front", "message_bridge_subject"),
        ("$KV.home_devices.lock.front", "message_reserved_subject"),
        ("_INBOX.~bridge.x", "message_reserved_subject"),
        ("garden.*", "message_invalid_subject"),
        ("garden pump", "message_invalid_subject"),
    ],
)
async def test_an_automation_cannot_pose_as_a_device_or_as_the_bridge(
    hass: HomeAssistant, home: MockConfigEntry, person: Client, subject: str, key: str
) -> None:
    messages = await collect(person, ">")
    for action in ("publish", "request"):
        with pytest.raises(ServiceValidationError) as failure:
            await hass.services.async_call(DOMAIN, action, {"subject": subject, "payload": "{}"}, blocking=True)
        assert failure.value.translation_key == key
        assert subject in str(failure.value)
    await person.publish("garden.end")
    await until(lambda: any(message.subject == "garden.end" for message in messages))
    assert subject not in [message.subject for message in messages]


async def test_a_failed_action_says_why(hass: HomeAssistant, home: MockConfigEntry, real: RealSidecar, person: Client) -> None:
    async def fail(action: str, **data: Any) -> str | None:
        with pytest.raises(HomeAssistantError) as failure:
            await hass.services.async_call(DOMAIN, action, {"subject": "garden.silent", **data}, blocking=True)
        assert str(failure.value)
        return failure.value.translation_key

    assert await fail("request") == "message_no_responders"
    await collect(person, "garden.silent")
    assert await fail("request", timeout=0.2) == "message_no_answer"
    assert await fail("publish", headers={"A b": "1"}) == "message_invalid_header"
    assert await fail("publish", payload={"x": object()}) == "message_not_json"
    await real.kill()
    await until(lambda: home.runtime_data.home.connection is None)
    assert await fail("publish") == "message_not_connected"


async def test_only_an_administrator_may_use_the_actions(
    hass: HomeAssistant, home: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    for action in ("publish", "request"):
        with pytest.raises(Unauthorized):
            await hass.services.async_call(
                DOMAIN, action, {"subject": "garden.pump"}, blocking=True, context=Context(user_id=hass_read_only_user.id)
            )


async def test_a_message_triggers_with_what_its_wildcards_matched(
    hass: HomeAssistant, home: MockConfigEntry, person: Client
) -> None:
    calls = await automate(
        hass,
        {"triggers": received("garden.*.level.>")},
        {"triggers": received("garden.pump", payload="on")},
        {"triggers": received("garden.pump", payload="on")},
    )
    await person.publish("garden.well.level.top.left", b'{"percent": 42}', headers={"Source": "well"})
    await until(lambda: len(calls) == 1)
    trigger = calls[0].data["at"]
    assert (trigger["subject"], trigger["payload"]) == ("garden.well.level.top.left", '{"percent": 42}')
    assert (trigger["payload_json"], trigger["headers"]) == ({"percent": 42}, {"Source": "well"})
    assert trigger["tokens"] == ["well", "top.left"]
    await person.publish("garden.pump", b"off")
    await person.publish("garden.pump", b"on")
    await until(lambda: len(calls) == 3)
    await person.publish("garden.well.level.raw", b"\xff\xfe")
    await until(lambda: len(calls) == 4)
    assert (calls[3].data["at"]["payload"], calls[3].data["at"]["payload_json"]) == (None, None)
    await hass.async_block_till_done()
    assert len(calls) == 4
    # Two automations share a subscription, which ends with the second.
    [subscription] = [s for s in hass.data[f"{DOMAIN}.messages"][home.entry_id]._subscriptions.values() if s.users == 2]
    assert subscription.subject == "garden.pump"
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True)
    assert hass.data[f"{DOMAIN}.messages"][home.entry_id]._subscriptions == {}


async def test_a_trigger_goes_on_after_the_sidecar_was_killed(
    hass: HomeAssistant, home: MockConfigEntry, real: RealSidecar, person: Client
) -> None:
    calls = await automate(hass, {"triggers": received("garden.pump")})
    await real.kill()
    await until(lambda: home.runtime_data.home.connection is None)
    await person.publish("garden.pump", b"missed")
    await flushed(person)
    await real.start()
    [subscription] = hass.data[f"{DOMAIN}.messages"][home.entry_id]._subscriptions.values()
    await until(subscription.begun.is_set, 30)
    await person.publish("garden.pump", b"seen")
    await until(lambda: calls)
    assert [call.data["at"]["payload"] for call in calls] == ["seen"]
    # Also after a reload of the entry.
    await hass.config_entries.async_reload(home.entry_id)
    await until(subscription.begun.is_set, 30)
    await person.publish("garden.pump", b"again")
    await until(lambda: len(calls) == 2)


@pytest.mark.parametrize("subject", [">", "*.x", "$SYS.>", "_INBOX.>", "a b", "a..b"])
async def test_a_subject_that_would_show_secrets_is_refused_by_the_editor(
    hass: HomeAssistant, home: MockConfigEntry, hass_ws_client: WebSocketGenerator, subject: str
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "validate_config",
            "triggers": received(subject),
            "conditions": {"condition": f"{DOMAIN}.last_message", "options": {"subject": subject, "value": "1"}},
        }
    )
    result = (await client.receive_json())["result"]
    assert (result["triggers"]["valid"], result["conditions"]["valid"]) == (False, False)


@pytest.mark.parametrize("subject", ["home.devices.lock.front.set", "home.devices.*.*.set", "home.ha.services.lock.unlock"])
async def test_commands_with_codes_are_not_shown(
    hass: HomeAssistant, home: MockConfigEntry, person: Client, subject: str, caplog: pytest.LogCaptureFixture
) -> None:
    calls = await automate(hass, {"triggers": received(subject)}, {"triggers": received("home.>")})
    assert "when setting up triggers for a0" in caplog.text
    await person.publish("home.devices.lock.front.set", b'{"params": {"code": "1234"}}')
    await person.publish("home.garden.pump", b"on")
    await until(lambda: any(call.data["at"]["subject"] == "home.garden.pump" for call in calls))
    assert not any("1234" in json.dumps(call.data["at"]["payload"]) for call in calls)


async def test_a_condition_begins_with_what_a_stream_stores(hass: HomeAssistant, home: MockConfigEntry, person: Client) -> None:
    stream = person.jetstream()
    await stream.add_stream(StreamConfig(name="WEATHER", subjects=["weather.>"]))
    await stream.publish("weather.roof", b'{"rain": true, "wind": {"speed": 3.5}, "from": ["west"]}')
    assert (await has_last(hass, "weather.roof", True, "rain"))() is True
    assert (await has_last(hass, "weather.roof", "true", "rain"))() is True
    assert (await has_last(hass, "weather.roof", "3.5", "wind.speed"))() is True
    assert (await has_last(hass, "weather.roof", "west", "from.0"))() is True
    assert (await has_last(hass, "weather.roof", "1", "rain"))() is False
    assert (await has_last(hass, "weather.roof", "x", "rain.x.y"))() is False
    rain = await has_last(hass, "weather.roof", False, "rain")
    assert rain() is False
    await stream.publish("weather.roof", b'{"rain": false}')
    await until(lambda: rain() is True)


async def test_a_condition_without_a_stream_knows_only_what_came_since(
    hass: HomeAssistant, home: MockConfigEntry, real: RealSidecar, person: Client
) -> None:
    await person.publish("garden.pump", b"on")
    await flushed(person)
    pump = await has_last(hass, "garden.pump", "on")
    assert pump() is False
    await person.publish("garden.pump", b"on")
    await until(lambda: pump() is True)
    await person.publish("garden.pump", b"off")
    await until(lambda: pump() is False)
    await person.publish("garden.pump", b"on")
    await until(lambda: pump() is True)
    # Without a connection nobody knows what is published.
    await real.kill()
    await until(lambda: pump() is False)


async def test_the_editor_knows_trigger_and_condition(hass: HomeAssistant, home: MockConfigEntry) -> None:
    assert await async_setup_component(hass, AUTOMATION, {})
    await hass.async_block_till_done()
    triggers = await trigger_helper.async_get_all_descriptions(hass)
    fields = triggers[f"{DOMAIN}.message_received"]
    assert fields is not None
    assert set(fields["fields"]) == {"subject", "payload", "config_entry_id"}
    conditions = await condition_helper.async_get_all_descriptions(hass)
    fields = conditions[f"{DOMAIN}.last_message"]
    assert fields is not None
    assert set(fields["fields"]) == {"subject", "value", "member", "config_entry_id"}


async def test_the_automations_of_the_page_work_as_they_are(hass: HomeAssistant, home: MockConfigEntry, person: Client) -> None:
    page = (ROOT / "docs" / "home-assistant.md").read_text(encoding="utf-8")
    automations = [
        loaded
        for block in page.split("```yaml\n")[1:]
        if isinstance(loaded := yaml.safe_load(block.split("```")[0]), dict) and f"{DOMAIN}." in block
    ]
    assert len(automations) >= 3
    ours = [{"alias": f"page {number}", **one} for number, one in enumerate(automations)]
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: ours})
    await hass.async_block_till_done()
    assert len(hass.states.async_entity_ids(AUTOMATION)) == len(automations)
    assert {state.state for state in hass.states.async_all(AUTOMATION)} == {"on"}


@pytest.mark.parametrize(
    ("payload", "wanted", "same"),
    [
        ("on", "on", True),
        ("on", "off", False),
        ("21.5", "21.5", True),
        ("21.50", 21.5, True),
        ("1", True, False),
        ("true", True, True),
        ("true", "true", True),
        ('"on"', "on", True),
        ('{"a":1}', {"a": 1}, True),
        ("{", {"a": 1}, False),
        ("", "", True),
        (None, "", False),
        ("null", None, True),
        ("[" * 100_000, "x", False),
    ],
)
def test_what_equals_a_payload(payload: str | None, wanted: Any, same: bool) -> None:
    assert Message("a", payload, {}).matches(wanted) is same


def test_what_wildcards_match() -> None:
    assert matched_tokens("a.*.c.>", "a.b.c.d.e") == ["b", "d.e"]
    assert matched_tokens("a.b", "a.b") == []
