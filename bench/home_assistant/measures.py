"""The measurements: each takes a running Home Assistant with a contender in it, and returns figures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
import statistics
import time
from typing import Any

from real_home.socket_client import CallError, SocketClient

from .contenders.base import Contender

FLOOD_TIMEOUT = 180.0
PAUSE = 0.035
"""Seconds between two samples of a latency: a person's finger. In between caches and processors go to sleep."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds."""

    p50: float
    p99: float

    @staticmethod
    def of(seconds: list[float]) -> Latency:
        """Sums up samples given in seconds."""
        cuts = statistics.quantiles(seconds, n=100)
        return Latency(statistics.median(seconds) * 1000, cuts[98] * 1000)


@dataclass(frozen=True)
class Blocks:
    """How long Home Assistant's event loop stood still at most, in milliseconds."""

    longest: float
    """Late by the clock, garbage collections aside."""
    work: float
    """The loop's own processor time in one block, garbage collections aside: without what other programs took of the machine."""
    collection: float
    """One garbage collection."""

    def rows(self, when: str) -> dict[str, float]:
        """The rows of the table."""
        return {
            f"longest block{when}, ms": self.longest,
            f"longest block{when}, processor ms": self.work,
            f"longest collection{when}, ms": self.collection,
        }


async def blocks(hass: SocketClient) -> Blocks:
    """The longest of each kind since somebody asked last."""
    found = await hass.call("bench_probe/block")
    return Blocks(found["longest_without_gc"] * 1000, found["longest_work"] * 1000, found["longest_collection"] * 1000)


@dataclass(frozen=True)
class Throughput:
    """What became of a flood."""

    published: int
    seconds: float
    written: int
    wrong: int
    """Last values that were wrong when time ran out."""
    work: float
    """Processor seconds of Home Assistant's loop."""
    blocks: Blocks
    watched: int | None
    """State changes that a watching client received; None without one. Fewer than `written` means that it was cut off."""

    @property
    def per_second(self) -> float:
        """Updates published per second until every last value was right."""
        return self.published / self.seconds

    @property
    def work_per_update(self) -> float:
        """Microseconds of the loop's processor time for each state that was written."""
        return 1e6 * self.work / max(self.written, 1)


async def state_latency(contender: Contender, hass: SocketClient, samples: int, pause: float = PAUSE) -> Latency:
    """From publishing a value to the `state_changed` event at a client, one at a time."""
    came: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    def on_event(event: dict[str, Any]) -> None:
        new = event["data"]["new_state"]
        if new and contender.match in event["data"]["entity_id"]:
            came.put_nowait((new["state"], time.monotonic()))

    await hass.subscribe(on_event, "subscribe_events", event_type="state_changed")
    seconds = []
    first = 1_000_000 + int(time.monotonic() * 1000)  # never a value that an entity already has
    for sample in range(samples):
        value = first + sample
        await asyncio.sleep(pause)
        began = time.monotonic()
        await contender.publish(sample % contender.load.devices, sample % contender.load.entities, value)
        async with asyncio.timeout(10):
            while (received := await came.get())[0] != str(value):
                pass
        seconds.append(received[1] - began)
    return Latency.of(seconds)


async def action_latency(contender: Contender, hass: SocketClient, samples: int, pause: float = PAUSE) -> tuple[Latency, Latency]:
    """From calling an action to its result, and to the state that shows that it was done."""
    states: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
    relay = next(s["entity_id"] for s in await hass.call("get_states") if s["entity_id"].startswith("switch.bench"))

    def on_event(event: dict[str, Any]) -> None:
        if event["data"]["entity_id"] == relay:
            states.put_nowait((event["data"]["new_state"]["state"], time.monotonic()))

    await hass.subscribe(on_event, "subscribe_events", event_type="state_changed")
    results, echoes = [], []
    for sample in range(samples):
        wanted = "off" if sample % 2 else "on"
        await asyncio.sleep(pause)
        began = time.monotonic()
        await hass.call("call_service", domain="switch", service=f"turn_{wanted}", target={"entity_id": relay})
        results.append(time.monotonic() - began)
        async with asyncio.timeout(10):
            while (received := await states.get())[0] != wanted:
                pass
        echoes.append(received[1] - began)
    return Latency.of(results), Latency.of(echoes)


async def throughput(contender: Contender, hass: SocketClient, rounds: int, watcher: SocketClient | None) -> Throughput:
    """Floods every sensor and waits until all show the last value."""
    seen = 0
    if watcher:

        def on_event(event: dict[str, Any]) -> None:
            nonlocal seen
            if contender.match in event["data"]["entity_id"]:
                seen += 1

        await watcher.subscribe(on_event, "subscribe_events", event_type="state_changed")
    await blocks(hass)
    await hass.call("bench_probe/arm", match=contender.match, count=contender.load.total, value=str(rounds))
    began = time.monotonic()
    await contender.flood(rounds)
    result = await hass.call("bench_probe/wait", FLOOD_TIMEOUT + 10, timeout=FLOOD_TIMEOUT)
    seconds = (result["at"] or time.monotonic()) - began
    found = await blocks(hass)
    if watcher:
        # What was written is still on its way to the watcher.
        async with asyncio.timeout(30):
            last = -1
            while seen != last and seen < result["written"]:
                last = seen
                await asyncio.sleep(1)
    return Throughput(
        contender.load.total * rounds, seconds, result["written"], contender.load.total - result["right"],
        result["work"], found, seen if watcher else None,
    )  # fmt: skip


async def until_all_have_state(contender: Contender, hass: SocketClient, began: float, limit: float = 120) -> float:
    """Seconds since `began` until every sensor has a state."""
    async with asyncio.timeout(limit):
        while True:
            try:
                answer = await hass.call("bench_probe/entities", match=contender.match)
            except CallError:
                answer = {"count": 0}  # Home Assistant answers before it has loaded the probe
            if answer["count"] >= contender.load.total:
                return float(answer["at"] - began)
            await asyncio.sleep(0.05)


async def set_up_of_platform(contender: Contender, hass: SocketClient, platform: str, devices: int, entities: int) -> float:
    """Milliseconds of the loop's processor time for each new entity of a platform."""
    count = devices * entities
    await hass.call("bench_probe/arm", match=f"bench_{platform}_d", count=count)
    await contender.announce_platform(platform, devices, entities)
    result = await hass.call("bench_probe/wait", FLOOD_TIMEOUT, timeout=60)
    if result["at"] is None:
        raise RuntimeError(f"{contender.name}: {result['right']} of {count} entities of {platform} were added")
    return 1000 * float(result["work"]) / count


async def until_running(hass: SocketClient, began: float, limit: float = 120) -> float:
    """Seconds since `began` until Home Assistant has set everything up."""
    async with asyncio.timeout(limit):
        while (await hass.call("get_config"))["state"] != "RUNNING":  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)
        return time.monotonic() - began
