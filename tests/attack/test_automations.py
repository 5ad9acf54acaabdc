"""An automation that speaks on NATS poses as nobody, and hears no codes."""

import json

import pytest

from real_home.socket_client import CallError
from real_home.waiting import until
from support.world import STATE, World

FORGED = [
    "home.devices.lamp.victim.set",
    "home.devices.lamp.victim.state",
    "home.devices.lamp.victim.state.lamp",
    "home.discovery.announce",
    "home.discovery.remove.lamp.victim",
    "home.discovery.available.lamp.victim",
    "home.audit.commands.lamp.victim",
    "home.events.system.started",
    "home.ha.services.switch.turn_on",
    "$KV.home_devices.lamp.victim",
    "$JS.API.STREAM.PURGE.HOME_STATE",
    "_INBOX.~bridge.x",
]


@pytest.mark.parametrize("subject", FORGED)
async def test_an_automation_publishes_nothing_as_a_device_or_as_the_bridge(world: World, subject: str) -> None:
    client = await world.client()
    executed = len(world.victim.executed)
    for service in ("publish", "request"):
        data = {"subject": subject, "payload": {"type": "lamp", "id": "victim", "lamp": "off"}}
        with pytest.raises(CallError) as refused:
            await client.call(
                "call_service", domain="nats_bridge", service=service, service_data=data, return_response=service == "request"
            )
        assert f"Validation error: {subject} is " in str(refused.value)
    assert len(world.victim.executed) == executed
    await world.shows("lamp.victim.lamp", STATE["lamp"])


async def test_an_automation_hears_no_code_of_a_command(world: World) -> None:
    client, door = await world.client(), await world.entity("lamp.victim.door")
    heard: list[str] = []
    await client.subscribe(
        lambda event: heard.append(json.dumps(event)),
        "subscribe_trigger",
        trigger={"trigger": "nats_bridge.message_received", "options": {"subject": "home.>"}},
    )
    executed = len(world.victim.executed)
    await client.act("lock", "unlock", door, code="7391")
    assert "7391" in json.dumps(world.victim.executed[executed:])
    # The audit of the command is heard, after the command itself.
    await until("the audit is heard", lambda: any("home.audit.commands.lamp.victim" in event for event in heard))
    assert not [event for event in heard if "7391" in event]
