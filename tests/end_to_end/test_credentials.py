"""A device with credentials of its own can be itself and nobody else."""

import re

import nats
import nats.errors
import pytest

from real_home.device import Device, switch_lamp
from real_home.home import Home
from real_home.waiting import until


async def with_credentials(home: Home, name: str) -> Device:
    """A lamp that logs in with a password made for it."""
    text = await home.bridge("device", "add", "lamp", name, "--password")
    password = re.search(r"^\s*password\s+(\S+)$", text, re.MULTILINE)
    assert password, text
    lamp = switch_lamp(home.nats_url, name)
    lamp.credentials = {"user": f"lamp.{name}", "password": password[1], "inbox_prefix": f"_INBOX.lamp.{name}".encode()}
    return lamp


async def test_it_is_switched_like_any_other(home: Home) -> None:
    async with await with_credentials(home, "own") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.own.lamp")
        await home.shows(client, switch, "off")
        await client.act("switch", "turn_on", switch)
        await home.shows(client, switch, "on")
        assert len(lamp.executed) == 1


async def test_the_server_refuses_what_it_says_for_another(home: Home) -> None:
    async with switch_lamp(home.nats_url, "victim") as victim, await home.connect() as client:
        switch = await home.entity(client, "lamp.victim.lamp")
        await home.shows(client, switch, "off")
        async with await with_credentials(home, "liar") as liar:
            await liar.publish_as("lamp.victim", "state.lamp", "on")
            await until("the server has refused it", lambda: any("permissions" in error.lower() for error in liar.errors))
        # What comes after it is there, so what came before is not on its way.
        await victim.tell(power=3.0)
        await home.shows(client, await home.entity(client, "lamp.victim.power"), "3.0")
        await home.shows(client, switch, "off")


async def test_revoked_it_is_cut_off_and_cannot_come_back(home: Home) -> None:
    async with await with_credentials(home, "revoked") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.revoked.lamp")
        await home.shows(client, switch, "off")
        await home.bridge("device", "remove", "lamp", "revoked")
        await home.shows(client, switch, "unavailable")
        with pytest.raises(nats.errors.Error):
            await nats.connect(home.nats_url, allow_reconnect=False, max_reconnect_attempts=0, **lamp.credentials)
