"""A real MQTT broker, mosquitto, with the messages of the corpus."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import paho.mqtt.client as paho
from real_home.ports import free_port

from .broker import mosquitto_program, payload_of
from .real import ROOT

CORPUS = ROOT / "tests/corpus/mqtt-discovery"
USER, PASSWORD = "home", "p@ss"


class Broker:
    """mosquitto that wants a user."""

    def __init__(self, folder: Path) -> None:
        """Nothing runs yet."""
        self.port = free_port()
        self._folder = folder

    @property
    def url(self) -> str:
        """The address as the sidecar wants it."""
        return f"mqtt://{USER}:p%40ss@127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self._folder.mkdir()
        passwords = self._folder / "passwords"
        tool = await asyncio.create_subprocess_exec("mosquitto_passwd", "-b", "-c", str(passwords), USER, PASSWORD)
        assert await tool.wait() == 0
        # Started by root it runs as another user, who must be able to read both.
        self._folder.chmod(0o755)
        passwords.chmod(0o644)
        config = self._folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\npassword_file {passwords}\nuser root\n", encoding="utf-8")
        self._process = await asyncio.create_subprocess_exec(
            mosquitto_program(), "-c", str(config), stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return

    async def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        await self._process.wait()

    async def publish(self, *records: str) -> None:
        """Store the discovery messages and first states of records of the corpus."""
        await asyncio.get_running_loop().run_in_executor(None, self._publish, records)

    def _publish(self, records: tuple[str, ...]) -> None:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        client.username_pw_set(USER, PASSWORD)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        try:
            for name in records:
                record = json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))
                for message in record["discovery"] + record["states"][0]:
                    client.publish(message["topic"], payload_of(message), qos=1, retain=True).wait_for_publish(10)
        finally:
            client.disconnect()
            client.loop_stop()
