"""A client on loopback without a credential may be a device of its own. It hears and changes nothing of a device with one."""

import json
from typing import Any

from nats.aio.msg import Msg
import nats.errors
import pytest

from support.attacker import Attacker
from support.subjects import PUBLISHES, SUBSCRIPTIONS, VICTIM, words
from support.world import World, small_home

#: What belongs to a stranger as to every device.
ITS_OWN = words("home.discovery.announce home.discovery.remove")
LAMP = {"key": "lamp", "platform": "switch", "name": "Lamp"}


async def test_it_is_a_device_like_any_other(world: World) -> None:
    async with world.anonymous() as stranger:
        assert (await stranger.announce(LAMP))["ok"]
        await stranger.state("lamp", "on")
        await world.shows("lamp.stranger.lamp", "on")
        client, lamp = await world.client(), await world.entity("lamp.stranger.lamp")
        await client.act("switch", "turn_off", lamp)
        assert len(stranger.commands) == 1


async def test_it_can_publish_nothing_of_a_device_with_a_credential_or_of_the_home(world: World) -> None:
    await world.login("lamp.evil")
    async with world.anonymous() as stranger:
        own = {*ITS_OWN, "home.devices.lock.evil.state", "home.devices.lamp.Evil.state", "home.devices.lamp.evil2.state"}
        assert await stranger.allowed([subject for subject in PUBLISHES if subject not in own], stranger.publish) == []


@pytest.mark.parametrize("verb", ["announce", "remove"])
async def test_it_can_neither_replace_nor_remove_a_device_with_a_credential(world: World, verb: str) -> None:
    async with world.anonymous("lamp.victim") as stranger:
        request: Any = {"schema": 1, "type": "lamp", "id": "victim", "name": "Mine now", "entities": []}
        reply = await stranger.request(f"home.discovery.{verb}", request)
        assert reply["ok"] is False, reply
        assert reply["errors"][0]["code"] == "UNAUTHORIZED", reply


async def test_it_hears_nothing_that_was_meant_for_a_device_with_a_credential(world: World) -> None:
    heard: list[str] = []

    async def hear(message: Msg) -> None:
        heard.append(message.subject)

    async with world.anonymous() as stranger:
        await stranger.allowed(SUBSCRIPTIONS, lambda subject: stranger.subscribe(subject, hear))
        await world.victim.announce()
        async with await world.evil("lamp.heard") as heard_of:
            await heard_of.announce(LAMP)
            await heard_of.state("lamp", "on")
            await world.shows("lamp.heard.lamp", "on")
            await (await world.client()).act("switch", "turn_on", await world.entity("lamp.heard.lamp"))
        await world.is_well()
        await stranger.flush()
    # A server delivers what a consumer of a stream reads under its own subject, whatever inbox it goes to.
    foreign = ("$", "_INBOX.~bridge", "home.audit", "home.events", "home.dlq")
    assert [subject for subject in heard if "victim" in subject or subject.startswith(foreign)] == []


async def test_its_answers_to_the_commands_of_others_arrive_nowhere(world: World) -> None:
    async with world.anonymous() as stranger:
        await stranger.announce(LAMP)
        client, lamp = await world.client(), await world.entity("lamp.stranger.lamp")
        await client.act("switch", "turn_on", lamp)
        head = stranger.commands[-1].reply.rpartition(".")[0]
        assert await stranger.allowed([f"{head}.x", f"{VICTIM}.set"], stranger.publish) == []


async def test_no_anonymous_closes_the_door(world: World) -> None:
    async with small_home(world.home, "--no-anonymous") as home:
        with pytest.raises(nats.errors.Error):
            async with Attacker(home.nats_url):
                pass


async def test_the_printed_credential_is_an_nkey_and_a_password_costs_the_server_little(world: World) -> None:
    assert "nkeys_seed_str" in await world.login("lamp.evil")
    await world.home.bridge("device", "add", "lamp", "password", "--password")
    users = (world.home.data / "nats" / "users.conf").read_text(encoding="utf-8")
    hashes = [word.strip('",') for word in users.split() if word.startswith('"$2')]
    assert hashes
    # The lowest cost that there is: the passwords are random, so a slow hash protects nothing.
    assert {text.split("$")[2] for text in hashes} == {"04"}, json.dumps([text[:7] for text in hashes])
