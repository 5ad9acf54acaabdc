"""Home Assistant's own mqtt integration with mosquitto: one discovery message a device, plain topics."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import Any, override

import paho.mqtt.client as paho
from real_home.ports import free_port

from .base import Contender, HassNeeds

_TOPIC = "bench/platform/topic"
_STATE = {"state_topic": _TOPIC}
_COMMAND = {"command_topic": _TOPIC}
_BOTH = {**_STATE, **_COMMAND}
#: The least that a discovery message of each platform has.
_PLATFORMS: dict[str, dict[str, Any]] = {
    "alarm_control_panel": _BOTH, "binary_sensor": _STATE, "button": _COMMAND, "camera": {"topic": _TOPIC},
    "climate": {"mode_state_topic": _TOPIC, "mode_command_topic": _TOPIC, "temperature_command_topic": _TOPIC},
    "cover": _BOTH, "date": _BOTH, "datetime": _BOTH, "device_tracker": _STATE, "event": _STATE | {"event_types": ["press"]},
    "fan": _BOTH, "humidifier": _COMMAND | {"target_humidity_command_topic": _TOPIC}, "image": {"image_topic": _TOPIC},
    "lawn_mower": {"activity_state_topic": _TOPIC, "start_mowing_command_topic": _TOPIC}, "light": _BOTH, "lock": _BOTH,
    "notify": _COMMAND, "number": _BOTH, "scene": _COMMAND, "select": _BOTH | {"options": ["one", "two"]}, "sensor": _STATE,
    "siren": _BOTH, "switch": _BOTH, "text": _BOTH, "time": _BOTH, "update": _BOTH | {"payload_install": "install"},
    "vacuum": _BOTH, "valve": _BOTH, "water_heater": {"mode_state_topic": _TOPIC, "mode_command_topic": _TOPIC},
}  # fmt: skip


class Mqtt(Contender):
    """mosquitto, and devices that speak MQTT 5."""

    name = "mqtt"

    @override
    async def start(self) -> HassNeeds:
        self.port = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "mosquitto.conf"
        # The default queue of 1,000 messages would drop most of a flood, and a lost last value stays wrong for ever.
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n")
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.server = await asyncio.create_subprocess_exec(program, "-c", str(config), stderr=asyncio.subprocess.DEVNULL)
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self.client.max_queued_messages_set(0)
        self.client.on_message = self._obey
        while True:
            try:
                self.client.connect("127.0.0.1", self.port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        self.client.subscribe("bench/relay/set")
        self.client.loop_start()
        other = {"set_ca_cert": "off", "set_client_cert": False, "tls_insecure": False, "transport": "tcp"}
        broker = {"broker": "127.0.0.1", "port": self.port, "protocol": "5", "other_settings": other}
        return HassNeeds({}, [], ("mqtt", [broker]))

    @override
    async def announce(self) -> None:
        for device in range(self.load.devices):
            self._send(f"homeassistant/device/bench_d{device}/config", json.dumps(self._discovery(device)), retain=True)
        relay = {
            "name": "relay", "unique_id": "bench_relay", "command_topic": "bench/relay/set", "state_topic": "bench/relay/state",
            "payload_on": "on", "payload_off": "off", "state_on": "on", "state_off": "off",
            "default_entity_id": "switch.bench_relay",
        }  # fmt: skip
        self._send("homeassistant/switch/bench_relay/config", json.dumps(relay), retain=True)
        self._send("bench/relay/state", "off", retain=True)
        for device in range(self.load.devices):
            for entity in range(self.load.entities):
                await self.publish(device, entity, 0)

    platforms = sorted(_PLATFORMS)

    @override
    async def announce_platform(self, platform: str, devices: int, entities: int) -> None:
        for device in range(devices):
            name = f"bench_{platform}_d{device}"
            components = {
                f"e{number}": {
                    "platform": platform,
                    "name": f"e{number}",
                    "unique_id": f"{name}_e{number}",
                    **_PLATFORMS[platform],
                }
                for number in range(entities)
            }
            described = {"identifiers": [name], "name": f"Bench {platform} d{device}"}
            message = {"device": described, "origin": {"name": "bench"}, "components": components}
            self._send(f"homeassistant/device/{name}/config", json.dumps(message), retain=True)

    @override
    async def publish(self, device: int, entity: int, value: int) -> None:
        self._send(f"bench/d{device}/e{entity}", str(value), retain=True)

    @override
    async def flood(self, rounds: int) -> None:
        for value in range(1, rounds + 1):
            for device in range(self.load.devices):
                for entity in range(self.load.entities):
                    sent = self.client.publish(f"bench/d{device}/e{entity}", value, retain=True)
            # paho buffers without bound; waiting for the round keeps the flood at the wire's speed.
            while not sent.is_published():  # noqa: ASYNC110 - paho tells it in another thread
                await asyncio.sleep(0.001)

    @override
    async def stop(self) -> None:
        self.client.loop_stop()
        self.server.terminate()
        await self.server.wait()

    def _send(self, topic: str, payload: str, *, retain: bool) -> None:
        self.client.publish(topic, payload, retain=retain)

    def _obey(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        client.publish("bench/relay/state", message.payload, retain=True)

    def _discovery(self, device: int) -> dict[str, Any]:
        return {
            "device": {"identifiers": [f"bench_d{device}"], "name": f"Bench d{device}"},
            "origin": {"name": "bench"},
            "components": {
                f"e{entity}": {
                    "platform": "sensor", "name": f"e{entity}", "unique_id": f"bench_d{device}_e{entity}",
                    "state_topic": f"bench/d{device}/e{entity}", "unit_of_measurement": "lx",
                }
                for entity in range(self.load.entities)
            },
        }  # fmt: skip
