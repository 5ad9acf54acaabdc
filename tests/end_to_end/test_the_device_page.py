"""What docs/devices.md shows works as it stands there, and survives a restart of the server."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import functools
import json
import os
from pathlib import Path
import re
import signal
import sys
from typing import Any

import nats
from nats.aio.client import Client
import pytest

from real_home.home import BUILT_SIDECAR, RELEASES, ROOT, Home
from real_home.ports import free_port
from real_home.process import Process
from real_home.sidecar import Sidecar
from real_home.socket_client import CallError, SocketClient
from real_home.waiting import until
from support.programs import NKEYS, Program, blocks

PAGE = "docs/devices.md"
ANNOUNCED = "'ok': True"

#: The `nats` command, as far as the page uses it.
NATS_COMMAND = """\
import asyncio, os, sys
import nats

async def main(command, subject, payload=""):
    async def answer(message):
        print(message.data.decode(), flush=True)
        if command == "reply":
            await message.respond(payload.encode())

    client = await nats.connect(os.environ["NATS_URL"], max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    if command == "request":
        print((await client.request(subject, payload.encode(), timeout=10)).data.decode())
    elif command == "publish":
        await client.publish(subject, payload.encode())
    elif command in ("reply", "subscribe"):
        await client.subscribe(subject, cb=answer)
        await client.flush()
        print("listening", flush=True)
        await asyncio.Event().wait()
    else:
        sys.exit(f"no such command: {command}")
    await client.close()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def client(home: Home) -> AsyncIterator[SocketClient]:
    """Home Assistant's WebSocket. The devices of the page are removed at the end: other tests have them too."""
    async with await home.connect() as connected:
        yield connected
    server = await nats.connect(home.nats_url, user="hanatsbridge", password=home.nats_password)
    for text in announcements():
        device = json.loads(text)
        await request(server, "home.discovery.remove", json.dumps({"type": device["type"], "id": device["id"]}))
    await server.close()


def announcements() -> list[str]:
    """The announcements on the page."""
    return [block for block in blocks(PAGE, "json") if '"entities"' in block]


async def request(server: Client, subject: str, payload: str) -> dict[str, Any]:
    """A request with its reply as JSON."""
    reply: dict[str, Any] = json.loads((await server.request(subject, payload.encode(), timeout=10)).data)
    return reply


async def test_every_announcement_and_message_is_shown_also_after_a_restart(home: Home, client: SocketClient) -> None:
    server = await nats.connect(home.nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    for text in announcements():
        reply = await request(server, "home.discovery.announce", text)
        assert reply["ok"], reply
        assert reply.keys().isdisjoint({"errors", "warnings"}), reply
    assert await home.entity(client, "gateway.attic.restart")
    assert await home.entity(client, "zigbee.window.contact")
    heating = await home.entity(client, "climate.hall.heating")
    temperature = await home.entity(client, "climate.hall.temperature")
    bell = await home.entity(client, "climate.hall.doorbell")

    page = (ROOT / PAGE).read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `home\.devices\.climate\.hall\.([a-z.]+)` \| (.*) \|$", page, re.MULTILINE))
    assert rows.keys() == {"state", "state.temperature", "event.doorbell", "health"}
    expected = {"state": "21.5", "state.temperature": "22.5"}
    for subject, cell in rows.items():
        for payload in re.findall(r"`([^`]+)`", cell):
            await server.publish(f"home.devices.climate.hall.{subject}", payload.encode())
            if shown := expected.get(subject):
                await home.shows(client, temperature, shown)
    heat = {"temperature": 21, "current_temperature": 20.4}
    await home.shows(client, heating, "heat", **heat)

    async def rang() -> bool:
        attributes = (await client.states())[bell]["attributes"]
        return (attributes.get("event_type"), attributes.get("volume")) == ("ring", 3)

    await until("the bell has rung", rang, 20)

    await home.kill("nats-server")
    await home.shows(client, heating, "heat", seconds=60, **heat)
    await home.shows(client, temperature, "22.5", seconds=60)
    await server.close()


async def test_the_thermostat_answers_and_rings_also_after_a_restart(home: Home, client: SocketClient) -> None:
    (program,) = blocks(PAGE, "python")
    async with Program(program, home.nats_url) as thermostat:
        await thermostat.printed(ANNOUNCED)
        heating = await home.entity(client, "climate.hall.heating")
        bell = await home.entity(client, "climate.hall.bell")
        await home.shows(client, heating, "off", temperature=20)
        await client.act("climate", "set_hvac_mode", heating, hvac_mode="heat")
        await client.act("climate", "set_temperature", heating, temperature=21.5)
        await home.shows(client, heating, "heat", temperature=21.5)
        with pytest.raises(CallError, match="The boiler is limited to 25 °C"):
            await client.act("climate", "set_temperature", heating, temperature=26)

        await home.kill("nats-server")
        await thermostat.printed(ANNOUNCED)
        await home.shows(client, heating, "heat", temperature=21.5)
        await client.act("climate", "set_temperature", heating, temperature=19)
        await home.shows(client, heating, "heat", temperature=19)
        thermostat.send(signal.SIGUSR1)

        async def rang() -> bool:
            return str((await client.states())[bell]["attributes"].get("event_type")) == "ring"

        await until("the bell has rung", rang, 20)


async def test_the_thermostat_logs_in_with_its_own_credential_and_verifies_the_server(tmp_path: Path) -> None:
    port, listen = free_port(), f"127.0.0.1:{free_port()}"
    program = Path(os.environ.get("BRIDGE_SIDECAR", BUILT_SIDECAR))
    settings = ["--data", str(tmp_path / "data"), "--nats-listen", f"0.0.0.0:{port}"]
    server = ["--nats-server", str(RELEASES[-1].nats_program)]
    sidecar = Sidecar(program, tmp_path / "data", listen, [*settings, *server, "--listen", listen], tmp_path / "sidecar.log")
    try:
        await sidecar.start()
        seed = tmp_path / "seed"
        adding = Process(
            "device add", [program, "device", "add", "climate", "hall", "--out", seed, *settings], tmp_path / "add.log"
        )
        await adding.start()
        assert await adding.wait() == 0, adding.tail()
        (authority,) = (tmp_path / "data").rglob("ca.pem")
        environment = {"NATS_SEED": seed.read_text(encoding="ascii").strip(), "NATS_CA": str(authority), "PYTHONPATH": str(NKEYS)}
        (text,) = blocks(PAGE, "python")
        async with Program(text, f"tls://127.0.0.1:{port}", environment=environment) as thermostat:
            await thermostat.printed(ANNOUNCED)
            await sidecar.process.kill()
            await sidecar.start()
            await thermostat.printed(ANNOUNCED)
    finally:
        await sidecar.process.stop()


async def test_the_nats_command_is_a_device_too(home: Home, client: SocketClient, tmp_path: Path) -> None:
    (tmp_path / "command.py").write_text(NATS_COMMAND, encoding="utf-8")
    (tmp_path / "nats").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/command.py" "$@"\n', encoding="ascii")
    (tmp_path / "nats").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "NATS_URL": home.nats_url}
    (block,) = [block for block in blocks(PAGE, "sh") if block.startswith("nats ")]
    announce, publish, subscribe, reply, remove = re.findall(r"^nats .*\n(?:  .*\n)*", block, re.MULTILINE)

    async def run(command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", command, stdout=asyncio.subprocess.PIPE, env=environment, start_new_session=True
        )
        output, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, command
        return output.decode()

    assert '"ok":true' in await run(announce)
    switch = await home.entity(client, "lamp.desk.light")
    await run(publish)
    await home.shows(client, switch, "on")
    async with contextlib.AsyncExitStack() as stack:
        shown, answered = tmp_path / "shown", tmp_path / "answered"
        for command, output in ((subscribe, shown), (reply, answered)):
            words = f"exec {command.split('#')[0].strip()} >{output}"
            process = await asyncio.create_subprocess_exec("bash", "-c", words, env=environment)
            stack.push_async_callback(process.wait)
            stack.callback(process.kill)
            await until(f"it listens: {words}", functools.partial(listens, output), 20)
        assert await turned_off(client, switch)
        await until("it is shown", lambda: '"action":"turn_off"' in shown.read_text(encoding="utf-8"), 20)

        await home.kill("nats-server")
        await home.shows(client, switch, "on", seconds=60)
        await until("a command is answered again", lambda: turned_off(client, switch), 60)
    assert '"ok":true' in await run(remove)
    await until("the lamp is gone", lambda: is_gone(client, switch), 20)


def listens(output: Path) -> bool:
    """Whether a command has subscribed."""
    return output.exists() and "listening" in output.read_text(encoding="utf-8")


async def turned_off(client: SocketClient, switch: str) -> bool:
    """Whether the device has taken the command."""
    try:
        await client.act("switch", "turn_off", switch)
    except CallError:
        return False
    return True


async def is_gone(client: SocketClient, entity_id: str) -> bool:
    """Whether Home Assistant has the entity no more."""
    return entity_id not in await client.states()
