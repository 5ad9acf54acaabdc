"""Devices as anybody would write them, with nats-py and nothing of this project."""

import asyncio
from collections.abc import Callable
import contextlib
import json
import random
import time
from typing import Any, Self

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
import nats.errors

type Json = dict[str, Any]


class RefusedError(Exception):
    """The device does not do it: code and the message that a person reads."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Device:
    """Announces itself after each connect, publishes its state, answers commands once each."""

    def __init__(self, url: str, kind: str, name: str, /, **description: Any) -> None:
        self.identity = f"{kind}.{name}"
        self.description: Json = {"schema": 1, "type": kind, "id": name, **description}
        self.state: Json = {}
        self.executed: list[Json] = []
        self.errors: list[str] = []
        self.handler: Callable[[Json], None] = lambda _: None
        self.responses: Json = {}
        """By action, what it answers with beside that it is done."""
        self.replies: list[bytes] | None = None
        """What a device that does not keep to the contract answers with instead, none meaning nothing."""
        self.credentials: Json = {}
        self._url = url
        self._subject = f"home.devices.{kind}.{name}"
        self._answers: dict[str, bytes] = {}
        self._again: asyncio.Task[None] | None = None
        self._nats: Client

    async def __aenter__(self) -> Self:
        self._nats = await nats.connect(
            self._url,
            name=self.identity,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,
            connect_timeout=2,
            ping_interval=10,
            reconnected_cb=self._reconnected,
            error_cb=self._remember,
            **self.credentials,
        )
        await self._nats.subscribe(f"{self._subject}.set", cb=self._command)
        await self._nats.subscribe("home.discovery.request", cb=self._requested)
        await self.announce()
        await self.tell()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._again:
            self._again.cancel()
        with contextlib.suppress(nats.errors.Error):
            await self._nats.close()

    @property
    def connected(self) -> bool:
        """Whether its connection stands, and it has announced itself on it."""
        return self._nats.is_connected and (self._again is None or self._again.done())

    async def announce(self) -> Json:
        """Announce; again on no responders, timeout or NOT_STORED, as the contract asks for. TimeoutError after a minute."""
        # Who has credentials may announce nobody but itself.
        subject = "home.discovery.announce" + (f".{self.identity}" if self.credentials else "")
        wait = 0.1
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(nats.errors.Error, TimeoutError):
                answer = await self._nats.request(subject, json.dumps(self.description).encode(), timeout=3)
                reply: Json = json.loads(answer.data)
                if not any(error["code"] == "NOT_STORED" for error in reply.get("errors", [])):
                    return reply
            await asyncio.sleep(wait)
            wait = min(2 * wait, 2)
        raise TimeoutError(f"nobody answers the announcement of {self.identity}")

    async def remove(self) -> None:
        """Ask to be forgotten."""
        kind, _, name = self.identity.partition(".")
        await self._nats.request("home.discovery.remove", json.dumps({"type": kind, "id": name}).encode(), timeout=5)

    async def tell(self, **changes: Any) -> None:
        """Publish its whole state, with these changes."""
        self.state |= changes
        await self.publish("state", self.state)

    async def tell_one(self, key: str, value: Any) -> None:
        """Publish one entity's state."""
        self.state[key] = value
        await self.publish(f"state.{key}", value)

    async def publish(self, what: str, payload: Any) -> None:
        """Publish JSON under its own subject; what cannot be sent is lost, as with any device."""
        await self.publish_bytes(what, json.dumps(payload).encode())

    async def publish_bytes(self, what: str, payload: bytes) -> None:
        """Publish whatever these bytes are."""
        with contextlib.suppress(nats.errors.Error):
            await self._nats.publish(f"{self._subject}.{what}", payload)

    async def publish_as(self, identity: str, what: str, payload: Any) -> None:
        """Try to speak for another device."""
        await self._nats.publish(f"home.devices.{identity}.{what}", json.dumps(payload).encode())
        await self._nats.flush(5)

    async def request(self, subject: str, payload: bytes) -> Json:
        """Ask anything of the sidecar."""
        answer: Json = json.loads((await self._nats.request(subject, payload, timeout=5)).data)
        return answer

    async def flush(self) -> None:
        """Wait until the server has taken everything."""
        await self._nats.flush(5)

    async def _requested(self, _message: Msg) -> None:
        # Not all devices at once.
        self._announce_again(random.uniform(0, 1))

    async def _reconnected(self) -> None:
        self._announce_again(0)

    def _announce_again(self, seconds: float) -> None:
        async def again() -> None:
            await asyncio.sleep(seconds)
            await self.announce()
            await self.tell()

        if self._again:
            self._again.cancel()
        self._again = asyncio.create_task(again())

    async def _remember(self, error: Exception) -> None:
        # Bad days are what these tests are about: an error is kept for who wants to see it, and nothing else.
        self.errors.append(str(error))

    async def _command(self, message: Msg) -> None:
        command: Json = json.loads(message.data)
        if self.replies is not None:
            self.executed.append(command)
            for reply in self.replies:
                await self._nats.publish(message.reply, reply)
            return
        # The same id again gets the same answer and is not executed again.
        if command["id"] not in self._answers:
            self._answers[command["id"]] = json.dumps(await self._execute(command)).encode()
        with contextlib.suppress(nats.errors.Error):
            await message.respond(self._answers[command["id"]])

    async def _execute(self, command: Json) -> Json:
        try:
            self.handler(command)
        except RefusedError as refused:
            return {"ok": False, "error": {"code": refused.code, "message": str(refused)}}
        self.executed.append(command)
        await self.tell()
        return {**self.responses.get(command["action"], {}), "ok": True}


def switch_lamp(url: str, name: str, /, **description: Any) -> Device:
    """A lamp that is a switch, with a sensor beside it."""
    lamp = Device(
        url,
        "lamp",
        name,
        **{
            "name": "Desk lamp",
            "manufacturer": "Acme",
            "model": "nats-py",
            "suggested_area": "Study",
            "entities": [
                {"key": "lamp", "platform": "switch", "name": None},
                {
                    "key": "power",
                    "platform": "sensor",
                    "device_class": "power",
                    "state_class": "measurement",
                    "unit_of_measurement": "W",
                },
                {"key": "level", "platform": "number", "name": "Level", "min": 0, "max": 1_000_000, "step": 1, "mode": "box"},
            ],
            **description,
        },
    )
    lamp.state = {"lamp": "off", "power": 0.0, "level": 0}

    def handle(command: Json) -> None:
        match command["action"]:
            case "turn_on":
                lamp.state |= {"lamp": "on", "power": 6.5}
            case "turn_off":
                lamp.state |= {"lamp": "off", "power": 0.0}
            case "set_value":
                lamp.state["level"] = command["params"]["value"]

    lamp.handler = handle
    return lamp
