"""A whole home of real processes: sidecar with its nats-server, Home Assistant with the integration."""

import asyncio
import contextlib
from dataclasses import dataclass
import json
import os
from pathlib import Path
import signal
from typing import Any, Self

from .home_assistant import DOMAIN, HomeAssistant
from .ports import free_port
from .sidecar import Sidecar
from .socket_client import SocketClient
from .waiting import until

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / DOMAIN
BUILT_SIDECAR = ROOT / "sidecar" / "Host" / "bin" / "Release" / "net10.0" / "hanatsbridge"


@dataclass(frozen=True)
class Release:
    """Which Home Assistant with which nats-server."""

    home_assistant: str
    nats_server: str

    def __str__(self) -> str:
        return f"{self.home_assistant}-nats-{self.nats_server}"

    @property
    def hass(self) -> Path:
        """The program of this Home Assistant."""
        return Path(os.environ[f"HASS_{self.home_assistant.replace('.', '_')}"])

    @property
    def nats_program(self) -> Path:
        """The program of this nats-server."""
        return Path(os.environ[f"BRIDGE_NATS_SERVER_{self.nats_server.upper()}"])


RELEASES = [Release("2026.10", "oldest"), Release("2026.11", "newest")]


class Home:
    """Everything between a device and a person."""

    def __init__(self, folder: Path, release: Release, *arguments: str, nats_host: str = "127.0.0.1") -> None:
        self.folder = folder
        self.release = release
        nats_port = free_port()
        self.nats_url = f"nats://127.0.0.1:{nats_port}"
        listen = f"127.0.0.1:{free_port()}"
        self.data = folder / "sidecar"
        settings = ["--data", str(self.data), "--listen", listen, "--nats-listen", f"{nats_host}:{nats_port}"]
        settings += ["--nats-server", str(release.nats_program)]
        program = Path(os.environ.get("BRIDGE_SIDECAR", BUILT_SIDECAR))
        self._program = program
        self.sidecar = Sidecar(program, self.data, listen, [*settings, *arguments], folder / "sidecar.log")
        self.home_assistant = HomeAssistant(release.hass, folder / "home-assistant", INTEGRATION)

    async def __aenter__(self) -> Self:
        await self.home_assistant.__aenter__()
        try:
            await self.start()
            await self.home_assistant.log_in()
            await self.home_assistant.set_up_bridge(self.sidecar.url, self.sidecar.token)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    @property
    def nats_password(self) -> str:
        """The password of the sidecar's own user at its nats-server."""
        return (self.data / "nats" / "secrets").read_text(encoding="ascii").splitlines()[0]

    async def start(self) -> None:
        """Start what does not run."""
        if not self.sidecar.process.running:
            await self.sidecar.start()
        if not self.home_assistant.process.running:
            await self.home_assistant.start()

    async def mend(self) -> None:
        """Start what does not run, and set up again what a test has left with another token."""
        await self.start()
        await self.home_assistant.log_in()
        await self.home_assistant.set_up_bridge(self.sidecar.url, self.sidecar.token)

    async def stop(self) -> None:
        """Stop everything as a shutdown of the machine does."""
        await self.home_assistant.process.stop()
        await self.sidecar.process.stop(signal.SIGTERM, 30)

    async def _stop(self) -> None:
        try:
            await self.stop()
            await self.home_assistant.__aexit__()
        finally:
            self.kill_nats_server()

    def kill_nats_server(self) -> None:
        """SIGKILL for the server that this home's sidecar started."""
        for pid in self.nats_server_pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def nats_server_pids(self) -> list[int]:
        """The servers that run on this home's data folder: one, or none."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (process / "cmdline").read_bytes().split(b"\0")
                if b"nats-server" in command[0] and str(self.data).encode() in b" ".join(command):
                    found.append(int(process.name))
        return found

    async def kill(self, part: str) -> None:
        """SIGKILL for `nats-server`, `sidecar` or `hass`."""
        match part:
            case "nats-server":
                self.kill_nats_server()
            case "sidecar":
                await self.sidecar.process.kill()
            case "hass":
                await self.home_assistant.process.kill()
            case _:
                raise ValueError(part)

    async def bridge(self, *arguments: str) -> str:
        """One of the sidecar's commands on this home's data folder: what it printed. RuntimeError if it failed."""
        pipe = asyncio.subprocess.PIPE
        command = [str(self._program), *arguments, "--data", str(self.data)]
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        output, errors = await asyncio.wait_for(process.communicate(), 30)
        if process.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {(output + errors).decode()}")
        return output.decode()

    async def connect(self) -> SocketClient:
        """Home Assistant's WebSocket API, as the owner."""
        return await self.home_assistant.connect()

    async def entity(self, client: SocketClient, identity: str) -> str:
        """The entity id of `{type}.{id}.{key}`, as soon as it exists."""

        async def find() -> str | None:
            found = await client.entity_ids()
            return next((entity_id for unique_id, entity_id in found.items() if unique_id.partition(".")[2] == identity), None)

        entity_id: str = await until(f"{identity} is in the entity registry", find, 30)
        return entity_id

    async def shows(self, client: SocketClient, entity_id: str, state: str, seconds: float = 20, **attributes: Any) -> None:
        """Wait until Home Assistant shows this state and these attributes."""
        seen: dict[str, Any] = {}

        async def right() -> bool:
            nonlocal seen
            seen = (await client.states()).get(entity_id, {})
            actual = seen.get("attributes", {})
            return bool(seen) and seen["state"] == state and all(actual.get(key) == value for key, value in attributes.items())

        try:
            await until(entity_id, right, seconds)
        except TimeoutError:
            raise AssertionError(f"{entity_id} is not {state} {attributes} after {seconds} s, but {seen}") from None

    async def stored(self, file: str, text: str) -> None:
        """Wait until Home Assistant has written something down: before that, killing it loses it by its own rules."""
        path = self.home_assistant.folder / ".storage" / file
        await until(f"{text} is in {file}", lambda: path.exists() and text in path.read_text(encoding="utf-8"), 25, every=0.2)

    def logs(self) -> str:
        """The ends of all logs, for a failed test."""
        parts = [self.sidecar.process.tail(), self.home_assistant.process.tail()]
        return "\n".join(["---- sidecar", parts[0], "---- Home Assistant", parts[1]])


def as_json(value: Any) -> str:
    """For messages about differences."""
    return json.dumps(value, sort_keys=True)
