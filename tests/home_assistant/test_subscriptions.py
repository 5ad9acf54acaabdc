"""The condition in Home Assistant's editor, refused subjects, and which home an automation means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import async_validate_trigger_config
from homeassistant.setup import async_setup_component
import nats
from nats.aio.client import Client
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from custom_components.nats_bridge.messages import messages_of
from support.home import until
from support.real import RealSidecar
from support.scripted import TOKEN, ScriptedSidecar, hello_result

pytestmark = pytest.mark.timeout(150)

OTHER = "zzzzzzz2"


@pytest.fixture
async def person(real: RealSidecar) -> AsyncIterator[Client]:
    """A client of the person who runs the home."""
    password = (real.data / "nats" / "secrets").read_text(encoding="utf-8").split()[0]
    client = await nats.connect(real.nats_url, user="hanatsbridge", password=password)
    yield client
    await client.close()


@pytest.fixture
async def other(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[tuple[MockConfigEntry, ScriptedSidecar]]:
    """Another home."""
    scripted = await ScriptedSidecar().start()
    scripted.hello = hello_result(bridge_id=OTHER)
    entry = MockConfigEntry(domain=DOMAIN, unique_id=OTHER, data={"url": scripted.url, "token": TOKEN})
    entry.add_to_hass(hass)
    yield entry, scripted
    await hass.config_entries.async_unload(entry.entry_id)
    await scripted.stop()


def condition(subject: str, value: Any) -> dict[str, Any]:
    """Return a condition."""
    return {"condition": f"{DOMAIN}.last_message", "options": {"subject": subject, "value": value}}


def received(subject: str, **options: Any) -> dict[str, Any]:
    """Return a trigger."""
    return {"trigger": f"{DOMAIN}.message_received", "options": {"subject": subject, **options}}


async def test_the_editor_shows_whether_the_condition_holds(
    hass: HomeAssistant, home: MockConfigEntry, person: Client, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "subscribe_condition", "condition": condition("garden.pump", "on")})
    answer = await client.receive_json()
    assert answer["success"]
    assert (await client.receive_json())["event"] == {"result": False}
    for payload, holds in ((b"on", True), (b"off", False)):
        await person.publish("garden.pump", payload)
        assert (await client.receive_json())["event"] == {"result": holds}
    assert messages_of(hass, home.entry_id)._subscriptions.keys() == {"garden.pump"}
    await client.send_json_auto_id({"type": "unsubscribe_events", "subscription": answer["id"]})
    assert (await client.receive_json())["success"]
    assert not messages_of(hass, home.entry_id)._subscriptions


async def test_a_refused_subject_is_an_error_with_a_text(
    hass: HomeAssistant, home: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_ws_client(hass)
    for subject, code in (
        # The sidecar refuses what may contain codes, the form what has wildcards.
        ("home.devices.lock.front.set", "home_assistant_error"),
        ("garden.*", "invalid_format"),
    ):
        await client.send_json_auto_id({"type": "subscribe_condition", "condition": condition(subject, "on")})
        error = (await client.receive_json())["error"]
        assert error["code"] == code
        assert subject in error["message"]
    assert error.get("translation_key") is None
    assert not messages_of(hass, home.entry_id)._subscriptions


async def test_with_two_homes_an_automation_says_which_one_it_means(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    other: tuple[MockConfigEntry, ScriptedSidecar],
) -> None:
    second, scripted = other
    # Home Assistant sets all entries of an integration up with its first.
    await set_up(hass, entry)
    assert second.state is ConfigEntryState.LOADED
    with pytest.raises(probatio.Invalid, match="Choose one of the homes"):
        await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA([received("garden.pump")]))
    with pytest.raises(probatio.Invalid, match="'gone' is no home of HaNatsBridge"):
        await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA([received("garden.pump", config_entry_id="gone")]))
    calls = async_mock_service(hass, "test", "automation")
    ours = {
        "alias": "pump",
        "triggers": received("garden.pump", config_entry_id=second.entry_id),
        "actions": {"action": "test.automation", "data": {"payload": "{{ trigger.payload }}"}},
    }
    assert await async_setup_component(hass, "automation", {"automation": [ours]})
    await until(lambda: scripted.subscribed == ["garden.pump"])
    message = {"t": "message", "subject": "garden.pump", "payload": "on", "headers": {}}
    await scripted.push_item(message)
    await until(lambda: [call.data["payload"] for call in calls] == ["on"])
    assert sidecar.subscribed == []
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(DOMAIN, "publish", {"subject": "garden.pump"}, blocking=True)
    await hass.services.async_call(
        DOMAIN, "publish", {"subject": "garden.pump", "config_entry_id": second.entry_id}, blocking=True
    )
    assert (len(sidecar.messages), len(scripted.messages)) == (0, 1)
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.pump"}, blocking=True)


async def test_without_a_home_no_automation_is_accepted(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(probatio.Invalid, match="HaNatsBridge is not set up"):
        await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA([received("garden.pump")]))


async def test_a_publish_before_anything_is_set_up_says_so(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert hass.services.has_service(DOMAIN, "publish")
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(DOMAIN, "publish", {"subject": "garden.pump"}, blocking=True)
