"""A home under attack: a victim that the home must go on showing, and the attacker's credentials."""

from collections.abc import AsyncIterator
import contextlib
from pathlib import Path
import signal
import tempfile
from typing import Any, Self

from real_home.device import Device
from real_home.home import Home
from real_home.socket_client import SocketClient
from real_home.waiting import until

from .attacker import Attacker, login_of
from .owner import Owner

type Json = dict[str, Any]

#: What a victim has, and what Home Assistant shows of it.
ENTITIES: list[Json] = [
    {"key": "lamp", "platform": "switch", "name": None},
    {"key": "door", "platform": "lock", "name": "Door", "code_format": r"^\d{4}$"},
    {"key": "level", "platform": "number", "name": "Level", "min": 0, "max": 1_000_000, "mode": "box"},
    {"key": "bell", "platform": "event", "name": "Bell", "event_types": ["ring"]},
]
#: An entity of an attacker: when its state is shown, everything before it is handled.
MARKER: Json = {"key": "marker", "platform": "number", "name": "Marker", "min": 0, "max": 1_000_000, "mode": "box"}
STATE: Json = {"lamp": "on", "door": "locked", "level": 0}


class World:
    """One home with its victim `lamp.victim`. Every credential is made once."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.owner = Owner(home)
        self.victim: Device
        self._logins: dict[str, Json] = {}
        self._open = contextlib.AsyncExitStack()
        self._client: SocketClient | None = None
        self._number = 0

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.owner)
        self.victim = Device(self.home.nats_url, "lamp", "victim", name="Victim", entities=ENTITIES)
        self.victim.credentials = await self.login("lamp.victim")
        self.victim.state = dict(STATE)
        await self._open.enter_async_context(self.victim)
        await self.victim.publish("event.bell", "ring")
        await self.victim.publish("image.x", "a picture")
        await self.is_well()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.__aexit__()
        await self._open.aclose()

    async def login(self, identity: str) -> Json:
        """What `bridge device add` printed for a device; for `zigbee.*` what `bridge gateway add` did."""
        if identity not in self._logins:
            kind, _, name = identity.partition(".")
            command = ["gateway", "add", kind] if name == "*" else ["device", "add", kind, name]
            self._logins[identity] = login_of(await self.home.bridge(*command))
        return self._logins[identity]

    @property
    def logins(self) -> list[Json]:
        """Every credential that was made."""
        return list(self._logins.values())

    async def evil(self, identity: str = "lamp.evil") -> Attacker:
        """A device with its own credential, not yet connected."""
        return Attacker(self.home.nats_url, identity, await self.login(identity))

    def anonymous(self, identity: str = "lamp.stranger") -> Attacker:
        """A client on loopback without a credential, not yet connected."""
        return Attacker(self.home.nats_url, identity)

    async def client(self) -> SocketClient:
        """Home Assistant's WebSocket API, on a new connection after each restart of Home Assistant."""
        if self._client is None or self._client.closed:
            self._client = await self.home.connect()
            await self._client.__aenter__()
        return self._client

    async def entity(self, identity: str) -> str:
        """The entity id of `{type}.{id}.{key}`, as soon as it exists."""
        return await self.home.entity(await self.client(), identity)

    async def shows(self, identity: str, state: str, seconds: float = 20, **attributes: Any) -> None:
        """Wait until Home Assistant shows this state and these attributes of `{type}.{id}.{key}`."""
        client = await self.client()
        await self.home.shows(client, await self.home.entity(client, identity), state, seconds, **attributes)

    async def shows_event(self, identity: str, number: int, **attributes: Any) -> None:
        """Wait until Home Assistant shows the event with this number, and these attributes, of `{type}.{id}.{key}`."""
        client, entity = await self.client(), await self.entity(identity)
        wanted = {"number": number, **attributes}

        async def shown() -> bool:
            actual = (await client.states())[entity]["attributes"]
            return all(actual.get(name) == value for name, value in wanted.items())

        await until(f"{entity} shows {wanted}", shown, 20)

    async def has_repair(self, text: str) -> None:
        """Wait until Home Assistant shows a repair that contains this text."""
        client = await self.client()

        async def shown() -> bool:
            return text in str(await client.call("repairs/list_issues"))

        await until(f"a repair says {text}", shown, 20)

    async def is_well(self) -> None:
        """The victim is as it was, its next state arrives, and it obeys."""
        for key in ("lamp", "door"):
            await self.shows(f"lamp.victim.{key}", STATE[key])
        number = self.next_number()
        await self.victim.tell_one("level", number)
        await self.shows("lamp.victim.level", str(number))
        client, switch = await self.client(), await self.entity("lamp.victim.lamp")
        before = len(self.victim.executed)
        await client.act("switch", "turn_on", switch)
        assert len(self.victim.executed) == before + 1

    async def counts(self) -> dict[str, int]:
        """How many messages each stream and bucket has."""
        return {name: stream["state"]["messages"] for name, stream in (await self.owner.streams()).items()}

    def log_lines(self) -> list[str]:
        """What the sidecar has logged."""
        return (self.home.folder / "sidecar.log").read_text(encoding="utf-8", errors="replace").splitlines()

    async def marked(self, evil: Attacker) -> None:
        """Wait until everything is handled that an attacker with the number `marker` has published."""
        number = self.next_number()
        await evil.state("marker", number)
        await self.shows(f"{evil.identity}.marker", str(number))

    def next_number(self) -> int:
        """A number that no test has used."""
        self._number += 1
        return self._number


@contextlib.asynccontextmanager
async def small_home(like: Home, *arguments: str, nats_host: str = "127.0.0.1") -> AsyncIterator[Home]:
    """A sidecar with its server and nothing else, with the programs of another home."""
    folder = Path(tempfile.mkdtemp(dir=like.folder))
    home = Home(folder, like.release, *arguments, nats_host=nats_host)
    await home.sidecar.start()
    try:
        yield home
    finally:
        await home.sidecar.process.stop(signal.SIGTERM, 30)
        home.kill_nats_server()
