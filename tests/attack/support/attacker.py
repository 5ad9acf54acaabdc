"""A client with exactly what `bridge device add` printed, or with nothing, that tries what it should not."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
import contextlib
import json
import re
import time
from typing import Any, Self

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
import nats.errors

from real_home.waiting import until

type Json = dict[str, Any]
type Callback = Callable[[Msg], Awaitable[None]]


def login_of(printed: str) -> Json:
    """The arguments of nats-py's connect in what the command printed for a credential."""
    seed = re.search(r"^\s*seed\s+(S\S+)$", printed, re.MULTILINE)
    inbox = re.search(r"^\s*inbox\s+(\S+)", printed, re.MULTILINE)
    assert seed, printed
    assert inbox, printed
    return {"nkeys_seed_str": seed[1], "inbox_prefix": inbox[1].encode()}


def as_bytes(payload: Any) -> bytes:
    """Bytes as they are, everything else as JSON."""
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


class Attacker:
    """One connection. What the server refuses is kept."""

    def __init__(self, url: str, identity: str = "", login: Json | None = None) -> None:
        """`login` is what nats-py's connect takes; without it the client has no credential."""
        self.identity = identity
        self.refusals: list[str] = []
        self.commands: list[Msg] = []
        self.answer: Callback = lambda message: message.respond(b'{"ok": true}')
        self._url = url
        self._login = login or {}
        self._listens = False
        self._nats: Client

    @property
    def subject(self) -> str:
        """What its own subjects begin with."""
        return f"home.devices.{self.identity}"

    async def __aenter__(self) -> Self:
        self._nats = await nats.connect(self._url, error_cb=self._remember, **{"allow_reconnect": False, **self._login})
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(nats.errors.Error):
            await self._nats.close()

    async def publish(self, subject: str, payload: Any = b"", reply: str = "", headers: dict[str, str] | None = None) -> None:
        """Publish bytes, or something as JSON."""
        await self._nats.publish(subject, as_bytes(payload), reply=reply, headers=headers)

    async def state(self, key: str, value: Any) -> None:
        """Publish the state of one of its entities."""
        await self.publish(f"{self.subject}.state.{key}", value)

    async def flush(self) -> None:
        """Wait until the server has read everything; by then its refusals are here."""
        await self._nats.flush(10)

    async def subscribe(self, subject: str, callback: Callback | None = None, queue: str = "") -> Subscription:
        """Subscribe; without a callback the messages wait in the subscription."""
        return await self._nats.subscribe(subject, queue=queue, cb=callback)

    async def ask(self, subject: str, payload: Any = b"", seconds: float = 10) -> bytes:
        """Send a request; returns the reply."""
        reply = await self._nats.request(subject, as_bytes(payload), timeout=seconds)
        return reply.data

    async def request(self, subject: str, payload: Any = b"", seconds: float = 10) -> Json:
        """Send a request; returns the reply's JSON."""
        answer: Json = json.loads(await self.ask(subject, payload, seconds))
        return answer

    async def announce(self, *entities: Json, **fields: Any) -> Json:
        """Announce its device, and listen to the device's commands; returns the reply."""
        if not self._listens:
            await self.subscribe(f"{self.subject}.set", self._command)
            self._listens = True
        return await self.announce_as(self.identity, *entities, **fields)

    async def announce_as(self, identity: str, *entities: Json, **fields: Any) -> Json:
        """Announce a device, again while there are too many announcements at once, as every device does; returns the reply."""
        end = time.monotonic() + 10
        while True:
            reply = await self.announce_once(identity, *entities, **fields)
            too_many = any(error["code"] == "NOT_STORED" for error in reply.get("errors", ()))
            if not too_many or time.monotonic() > end:
                return reply
            await asyncio.sleep(0.1)

    async def announce_once(self, identity: str, *entities: Json, **fields: Any) -> Json:
        """Announce a device, whatever the answer is; returns the reply."""
        kind, _, name = identity.partition(".")
        description = {"schema": 1, "type": kind, "id": name, "name": f"Device {name}", "entities": list(entities), **fields}
        return await self.request(self._own("announce", identity), description)

    async def remove_as(self, identity: str) -> Json:
        """Remove a device; returns the reply."""
        kind, _, name = identity.partition(".")
        return await self.request(self._own("remove", identity), {"type": kind, "id": name})

    def _own(self, verb: str, identity: str) -> str:
        # Without a credential there is no subject of one's own.
        return f"home.discovery.{verb}" + (f".{identity}" if self._login else "")

    async def allowed(self, subjects: Iterable[str], action: Callable[[str], Awaitable[Any]]) -> list[str]:
        """The subjects for which the server does not refuse what the action sends."""
        subjects = list(subjects)
        self.refusals.clear()
        for subject in subjects:
            await action(subject)
        # nats-py hands out errors in tasks of their own.
        await self.flush()
        left = subjects

        def all_refused() -> bool:
            nonlocal left
            left = [subject for subject in subjects if not any(f'to "{subject.lower()}"' in text for text in self.refusals)]
            return not left

        with contextlib.suppress(TimeoutError):
            await until("everything is refused", all_refused, 3)
        return left

    async def _remember(self, error: Exception) -> None:
        self.refusals.append(str(error).lower())

    async def _command(self, message: Msg) -> None:
        self.commands.append(message)
        await self.answer(message)
