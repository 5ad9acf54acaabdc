"""HaNatsBridge with the devices of `mqtt`: the same mosquitto and messages, and the sidecar in place of that integration."""

from __future__ import annotations

from typing import override

from .base import HassNeeds
from .mqtt import Mqtt
from .sidecar import Sidecar


class MqttBridge(Mqtt):
    """mosquitto, devices that speak MQTT 5, and the sidecar connected to the broker."""

    name = "mqtt_bridge"

    @override
    async def start(self) -> HassNeeds:
        await super().start()
        self.sidecar = Sidecar(self.folder, "--mqtt", f"mqtt://127.0.0.1:{self.port}")
        return await self.sidecar.start()

    @override
    async def stop(self) -> None:
        await self.sidecar.stop()
        await super().stop()

    @override
    def memory(self) -> dict[str, int]:
        return self.sidecar.memory()
