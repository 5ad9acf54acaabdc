"""HaNatsBridge: embedded nats-server, sidecar, integration."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import override

import nats
from nats.aio.msg import Msg

from .base import Contender, HassNeeds
from .sidecar import Sidecar

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "contract" / "fixtures" / "platforms"


class NatsBridge(Contender):
    """The sidecar with its embedded server, and devices that speak NATS."""

    name = "nats_bridge"

    @override
    async def start(self) -> HassNeeds:
        self.sidecar = Sidecar(self.folder)
        needs = await self.sidecar.start()
        async with asyncio.timeout(60):
            while True:
                try:
                    self.nats = await nats.connect(f"nats://127.0.0.1:{self.sidecar.nats_port}", pending_size=64 << 20)
                    break
                except Exception:  # noqa: BLE001 - whatever keeps it from connecting, the time limit above ends it
                    await asyncio.sleep(0.05)
        return needs

    @override
    async def announce(self) -> None:
        await self.nats.subscribe("home.devices.bench.relay.set", cb=self._obey)
        relay = {
            "schema": 1,
            "type": "bench",
            "id": "relay",
            "name": "Bench",
            "entities": [{"key": "relay", "platform": "switch", "name": "relay"}],
        }
        for description in [relay, *map(self._description, range(self.load.devices))]:
            await self._announce(description)
        await self.nats.publish("home.devices.bench.relay.state.relay", b"off")
        for device in range(self.load.devices):
            values = {f"e{entity}": 0 for entity in range(self.load.entities)}
            await self.nats.publish(f"home.devices.bench.d{device}.state", json.dumps(values).encode())
        await self.nats.flush()

    platforms = sorted(folder.name for folder in FIXTURES.iterdir())

    @override
    async def announce_platform(self, platform: str, devices: int, entities: int) -> None:
        example = json.loads((FIXTURES / platform / "example.json").read_text(encoding="utf-8"))
        entity = next(entity for entity in example["announcement"]["entities"] if entity["platform"] == platform)
        for device in range(devices):
            await self._announce({
                "schema": 1, "type": f"bench_{platform}", "id": f"d{device}", "name": f"Bench {platform} d{device}",
                "entities": [{**entity, "key": f"e{number}", "name": f"e{number}"} for number in range(entities)],
            })  # fmt: skip

    @override
    async def publish(self, device: int, entity: int, value: int) -> None:
        await self.nats.publish(f"home.devices.bench.d{device}.state.e{entity}", b"%d" % value)

    @override
    async def flood(self, rounds: int) -> None:
        for value in range(1, rounds + 1):
            payload = b"%d" % value
            for device in range(self.load.devices):
                for entity in range(self.load.entities):
                    await self.nats.publish(f"home.devices.bench.d{device}.state.e{entity}", payload)
            await self.nats.flush()

    @override
    async def stop(self) -> None:
        await self.nats.close()
        await self.sidecar.stop()

    @override
    def memory(self) -> dict[str, int]:
        return self.sidecar.memory()

    async def _announce(self, description: dict[str, object]) -> None:
        async with asyncio.timeout(60):
            while True:
                try:
                    answer = await self.nats.request("home.discovery.announce", json.dumps(description).encode(), timeout=10)
                    reply = json.loads(answer.data)
                    if reply["ok"]:
                        return
                except nats.errors.NoRespondersError:
                    pass
                await asyncio.sleep(0.2)

    async def _obey(self, message: Msg) -> None:
        action = json.loads(message.data)["action"]
        await self.nats.publish("home.devices.bench.relay.state.relay", b"on" if action == "turn_on" else b"off")
        await message.respond(b"")

    def _description(self, device: int) -> dict[str, object]:
        entities = [
            {"key": f"e{entity}", "platform": "sensor", "name": f"e{entity}", "unit_of_measurement": "lx"}
            for entity in range(self.load.entities)
        ]
        return {"schema": 1, "type": "bench", "id": f"d{device}", "name": f"Bench d{device}", "entities": entities}
