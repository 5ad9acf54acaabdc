"""The real counterparts as child processes: sidecar, nats-server, and devices written with a foreign NATS client."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
import json
import os
from pathlib import Path
import signal
from time import monotonic
from typing import Any, Self

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from real_home.ports import free_port
from real_home.waiting import flushed

ROOT = Path(__file__).resolve().parents[3]
CACHE = Path.home() / ".cache" / "hanatsbridge" / "nats-server"

type Json = dict[str, Any]


def sidecar_program() -> Path:
    """Return the sidecar's program: named by the environment, or as it was built last."""
    if (named := os.environ.get("BRIDGE_SIDECAR") or os.environ.get("SIDECAR")) and Path(named).exists():
        return Path(named)
    built = [ROOT / "sidecar/Host/bin" / kind / "net10.0/hanatsbridge" for kind in ("Release", "Debug")]
    there = [path for path in built if path.exists()]
    assert there, "the sidecar is not built: dotnet build sidecar/Host"
    return max(there, key=lambda path: path.stat().st_mtime)


def nats_program(release: str) -> Path:
    """Return the program of the `oldest` or `newest` nats-server; without the oldest, the newest."""
    for name in (f"NATS_SERVER_{release.upper()}", f"BRIDGE_NATS_SERVER_{release.upper()}"):
        if named := os.environ.get(name):
            return Path(named)
    cached = CACHE / release / "nats-server"
    return cached if cached.exists() else Path(os.environ.get("NATS_SERVER", str(CACHE / "newest" / "nats-server")))


class RealSidecar:
    """A sidecar with its own data folder and nats-server. It can be killed and started again."""

    def __init__(self, folder: Path, release: str, nats_url: str | None = None, arguments: tuple[str, ...] = ()) -> None:
        """Nothing runs yet. With `nats_url` it uses that server instead of one of its own; it gets further `arguments`."""
        self.data = folder / "data"
        self.log = folder / "sidecar.log"
        self.listen = f"127.0.0.1:{free_port()}"
        self.nats_listen = f"127.0.0.1:{free_port()}"
        self._arguments = ["run", "--data", str(self.data), "--listen", self.listen, *arguments]
        if nats_url is None:
            self._arguments += ["--nats-listen", self.nats_listen, "--nats-server", str(nats_program(release))]
        else:
            self._arguments += ["--nats", nats_url]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.listen}"

    @property
    def nats_url(self) -> str:
        """Where devices connect."""
        return f"nats://{self.nats_listen}"

    def operator(self) -> Operator:
        """Return a connection with the sidecar's own user."""
        secret = (self.data / "nats" / "secrets").read_text(encoding="utf-8").split()[0]
        return Operator(self.nats_url, secret)

    @property
    def token(self) -> str:
        """Its access token."""
        return (self.data / "token").read_text(encoding="utf-8").strip()

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        await self.launch()
        await self.start_is_over()

    async def start_is_over(self) -> None:
        """Wait until it is ready."""
        await self._until(b" 200 ")

    async def launch(self) -> None:
        """Start it, and wait until it answers at all."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(sidecar_program()), *self._arguments, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
        await self._until(b"HTTP/1.")

    async def _until(self, answer: bytes) -> None:
        assert self._process is not None
        end = monotonic() + 40
        while answer not in await self._status():
            if monotonic() > end or self._process.returncode is not None:
                raise AssertionError(f"the sidecar did not become ready: {self.log.read_text(encoding='utf-8')[-3000:]}")
            await asyncio.sleep(0.1)

    async def _status(self) -> bytes:
        host, _, port = self.listen.partition(":")
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(b"GET /api/health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                line = await reader.readline()
                writer.close()
                return line
        return b""

    async def kill(self) -> None:
        """SIGKILL for the sidecar alone; its nats-server continues."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """Stop it regularly, and its nats-server with it."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(15):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self.kill_nats_server()

    def kill_nats_server(self) -> None:
        """SIGKILL for the nats-server of this data folder, and no other."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (process / "cmdline").read_bytes().split(b"\0")
                if b"nats-server" in command[0] and str(self.data).encode() in b" ".join(command):
                    os.kill(int(process.name), signal.SIGKILL)


class RealNats:
    """A nats-server with JetStream that the sidecar does not start, without credentials."""

    def __init__(self, folder: Path, release: str) -> None:
        """Nothing runs yet."""
        self.folder = folder
        self._port = free_port()
        self._release = release
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"nats://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        """Start it, and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            str(nats_program(self._release)), "-a", "127.0.0.1", "-p", str(self._port), "-js", "-sd", str(self.folder),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        end = monotonic() + 15
        while True:
            with suppress(OSError):
                (await asyncio.open_connection("127.0.0.1", self._port))[1].close()
                return self
            assert monotonic() < end, "the nats-server does not answer"
            await asyncio.sleep(0.05)

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


class Operator:
    """A connection of the person who runs the home: it reads everything."""

    def __init__(self, url: str, password: str) -> None:
        """Nothing is connected yet."""
        self._url = url
        self._password = password
        self._nats: Client

    async def __aenter__(self) -> Self:
        """Connect."""
        self._nats = await nats.connect(
            self._url, user="hanatsbridge", password=self._password, max_reconnect_attempts=-1, reconnect_time_wait=0.1
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        with suppress(Exception):
            await self._nats.close()

    async def registered(self) -> set[str]:
        """Return the devices that the sidecar knows, as `{type}.{id}`; waits until it answers."""
        end = monotonic() + 40
        while True:
            with suppress(nats.errors.Error, TimeoutError):
                reply = json.loads((await self._nats.request("home.discovery.devices", b"{}", timeout=2)).data)
                return {f"{device['type']}.{device['id']}" for device in reply["devices"]}
            assert monotonic() < end, "no answer to the listing"
            await asyncio.sleep(0.2)

    async def subscribe(self, subject: str) -> list[Json]:
        """Return a list to which messages on a subject are appended."""
        messages: list[Json] = []

        async def append(message: Msg) -> None:
            messages.append(json.loads(message.data))

        await self._nats.subscribe(subject, cb=append)
        await flushed(self._nats)
        return messages


class RealDevice:
    """A device with nats-py and nothing of this project."""

    def __init__(self, url: str, kind: str, number: str, /, *entities: Json, **fields: Any) -> None:
        """Describe the device; it connects as a context."""
        self.description: Json = {"schema": 1, "type": kind, "id": number, "name": f"{kind} {number}", **fields}
        self.description["entities"] = list(entities)
        self.commands: list[Json] = []
        self.answer: Json | None = {"ok": True}
        #: A step of an example: what it publishes and answers when a command comes.
        self.script: Json | None = None
        #: The last picture of each entity that it published or answered with.
        self.pictures: dict[str, bytes] = {}
        self.reconnects = 0
        self.wire_id = f"{kind}.{number}"
        self._subject = f"home.devices.{self.wire_id}"
        self._url = url
        self._nats: Client

    @classmethod
    def announcing(cls, url: str, announcement: Json) -> Self:
        """Describe the device by a whole announcement."""
        fields = {key: value for key, value in announcement.items() if key not in ("type", "id", "entities")}
        return cls(url, announcement["type"], announcement["id"], *announcement["entities"], **fields)

    async def __aenter__(self) -> Self:
        """Connect and announce."""
        self._nats = await nats.connect(
            self._url,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,
            connect_timeout=2,
            error_cb=self._ignore,
            reconnected_cb=self._count,
        )
        await self._nats.subscribe(f"{self._subject}.set", cb=self._command)
        await self.announce()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        with suppress(Exception):
            await self._nats.close()

    async def announce(self) -> Json:
        """Announce until there is an answer."""
        end = monotonic() + 40
        while True:
            with suppress(nats.errors.Error, TimeoutError):
                reply = await self._nats.request("home.discovery.announce", json.dumps(self.description).encode(), timeout=2)
                answer: Json = json.loads(reply.data)
                assert answer["ok"], answer
                return answer
            assert monotonic() < end, "no answer to the announcement"
            await asyncio.sleep(0.2)

    async def remove(self) -> None:
        """Have the bridge remove it."""
        identity = {"type": self.description["type"], "id": self.description["id"]}
        await self._nats.request("home.discovery.remove", json.dumps(identity).encode(), timeout=5)

    async def leave(self) -> None:
        """Close the connection, for good."""
        await self._nats.close()

    async def publish_as(self, subject: str, value: Any) -> None:
        """Publish another device's state: `{type}.{id}.state.{key}`."""
        await self._nats.publish(f"home.devices.{subject}", json.dumps(value).encode())
        await flushed(self._nats)

    async def publish_bytes(self, subject: str, payload: bytes) -> None:
        """Publish anything anywhere."""
        await self._nats.publish(subject, payload)
        await flushed(self._nats)

    async def publish(self, key: str, value: Any) -> None:
        """Publish one entity's state."""
        await self._nats.publish(f"{self._subject}.state.{key}", json.dumps(value).encode())
        await flushed(self._nats)

    async def publish_step(self, step: Json) -> None:
        """Publish what a step of an example holds: states, events, images (their bytes in base64, with their content type)."""
        for key, value in step.get("publish", {}).items():
            await self.publish(key, value)
        for key, event in step.get("event", {}).items():
            await self.fire(key, event)
        for key, image in step.get("image", {}).items():
            await self.show(key, base64.b64decode(image["base64"]), image["content_type"])

    async def show(self, key: str, picture: bytes, content_type: str) -> None:
        """Publish a picture."""
        self.pictures[key] = picture
        await self._nats.publish(f"{self._subject}.image.{key}", picture, headers={"Content-Type": content_type})
        await flushed(self._nats)

    async def fire(self, key: str, event: Json) -> None:
        """Publish an event."""
        await self._nats.publish(f"{self._subject}.event.{key}", json.dumps(event).encode())
        await flushed(self._nats)

    async def _command(self, message: Msg) -> None:
        command = json.loads(message.data)
        self.commands.append(command)
        if self.script is not None:
            await self.publish_step(self.script)
            if (image := self.script.get("answers", {}).get("image")) is not None:
                self.pictures[command["entity"]] = base64.b64decode(image["base64"])
                await message.respond(self.pictures[command["entity"]])
                return
            await message.respond(json.dumps(self.script.get("answers", {"ok": True})).encode())
        elif self.answer is not None:
            await message.respond(json.dumps(self.answer).encode())

    async def _count(self) -> None:
        self.reconnects += 1

    async def _ignore(self, _error: Exception) -> None:
        """Ignore the errors of servers that the tests kill."""
