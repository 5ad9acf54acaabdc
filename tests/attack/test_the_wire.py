"""What goes over the network is encrypted, and who reads along or answers in the server's place learns nothing."""

import asyncio
import json
import ssl

import nats.errors
import pytest

from real_home.device import switch_lamp
from real_home.home import Home
from support.attacker import Attacker, login_of
from support.world import World, small_home

EVERYWHERE = "0.0.0.0"


def trusting(home: Home) -> ssl.SSLContext:
    """What a device has that was given the home's `ca.pem`."""
    return ssl.create_default_context(cafile=home.data / "nats" / "tls" / "ca.pem")


async def test_beyond_this_machine_the_server_speaks_tls_only_and_takes_nobody_without_a_credential(world: World) -> None:
    async with small_home(world.home, nats_host=EVERYWHERE) as home:
        port = int(home.nats_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        greeting = json.loads((await asyncio.wait_for(reader.readline(), 10)).removeprefix(b"INFO "))
        assert greeting["tls_required"] is True
        writer.write(b'CONNECT {"verbose": true}\r\nSUB > 1\r\nPING\r\n')
        rest = await asyncio.wait_for(reader.read(), 10)
        assert b"+OK" not in rest
        assert b"PONG" not in rest
        writer.close()

        login = login_of(await home.bridge("device", "add", "lamp", "far")) | {"tls": trusting(home)}
        url = f"tls://localhost:{port}"
        lamp = switch_lamp(url, "far")
        lamp.credentials = login
        async with lamp:
            assert (await lamp.announce())["ok"]
        # Without the home's authority, and without a credential.
        for wrong in ({**login, "tls": ssl.create_default_context()}, {"tls": trusting(home)}):
            with pytest.raises((nats.errors.Error, ssl.SSLError, OSError)):
                async with Attacker(url, "lamp.far", wrong):
                    pass


async def test_on_a_plain_wire_a_warning_stands_beside_the_password(world: World) -> None:
    async with small_home(world.home, "--nats-plain", nats_host=EVERYWHERE) as home:
        printed = await home.bridge("device", "add", "lamp", "far", "--password")
        assert "plain text" in printed
        assert "plain text" in home.sidecar.process.tail(200)
