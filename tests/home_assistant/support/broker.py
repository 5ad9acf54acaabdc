"""A real mosquitto, and a client of it that stands for the devices."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
import shutil
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from real_home.ports import free_port

type Json = dict[str, Any]


def mosquitto_program() -> str:
    """Return the program; on Debian it is where only root looks. The suite installs it."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    assert program is not None, "mosquitto is not installed"
    return program


def payload_of(message: Json) -> str | bytes:
    """Return the payload of a message of the corpus, as it was sent."""
    if "payload_base64" in message:
        return base64.b64decode(message["payload_base64"])
    payload = message.get("payload", "")
    return payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


class Broker:
    """mosquitto on a port of its own, and one client that publishes and remembers what others have published."""

    def __init__(self, folder: Path) -> None:
        """Nothing runs yet."""
        self.port = free_port()
        self.published: list[paho.MQTTMessage] = []
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n", encoding="ascii")
        self._process: asyncio.subprocess.Process | None = None
        self._client: paho.Client

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mqtt://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        """Start it, and connect the client."""
        await self.start()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = lambda _client, _data, message: self.published.append(message)
        while True:
            try:
                self._client.connect("127.0.0.1", self.port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        # What the client itself publishes does not come back to it.
        everything = paho.SubscribeOptions(qos=2, noLocal=True, retainAsPublished=True)
        self._client.on_connect = lambda client, *_: client.subscribe("#", options=everything)
        self._client.loop_start()
        while not self._client.is_connected():  # noqa: ASYNC110 - another thread waits for the broker
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop both."""
        self._client.disconnect()
        self._client.loop_stop()
        await self.stop()

    async def start(self) -> None:
        """Start the broker."""
        self._process = await asyncio.create_subprocess_exec(
            mosquitto_program(), "-c", self._config, stderr=asyncio.subprocess.DEVNULL
        )

    async def stop(self) -> None:
        """Kill the broker."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def publish(self, message: Json) -> None:
        """Publish a message of the corpus, and wait until the broker has it."""
        sent = self._client.publish(message["topic"], payload_of(message), qos=1, retain=message.get("retain", False))
        while not sent.is_published():  # noqa: ASYNC110 - another thread waits for the broker
            await asyncio.sleep(0.002)
