"""Everything is killed in the middle of traffic, in every order; afterwards everything is right again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
import contextlib
import itertools
from typing import Any, Self

import aiohttp
import pytest

from real_home.device import Device, switch_lamp
from real_home.home import RELEASES, Home, as_json
from real_home.socket_client import CallError, SocketClient
from real_home.waiting import until

PARTS = ("nats-server", "sidecar", "hass")
DEVICES = 4
BETWEEN_KILLS = 15  # messages of the first device, so that traffic runs while one part is already gone


class Traffic:
    """Devices that publish, and a person's automation that sends commands, until told to end."""

    def __init__(self, home: Home, devices: list[Device], numbers: list[str]) -> None:
        self._home = home
        self._devices = devices
        self._numbers = numbers
        self._tasks: list[asyncio.Task[None]] = []
        self.published = 0
        self.sent: list[int] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._publish(device)) for device in self._devices]
        self._tasks.append(asyncio.create_task(self._command()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    async def goes_on(self, messages: int) -> None:
        """Wait until the devices have published so many more, whoever listens."""
        enough = self.published + messages
        await until("the devices went on", lambda: self.published >= enough, 10)

    async def is_executed(self) -> None:
        """Wait until every device has executed a command from now on: nothing between it and the person is broken."""
        before = {device.identity: len(device.executed) for device in self._devices}
        await until("commands arrive", lambda: all(len(d.executed) > before[d.identity] for d in self._devices), 40)

    async def _publish(self, device: Device) -> None:
        for value in itertools.count(1):
            await device.tell_one("power", float(value))
            self.published += 1
            await asyncio.sleep(0.02)

    async def _command(self) -> None:
        """One command after the other, each with a value of its own, over whatever connection there is."""
        values = itertools.count(1)
        while True:
            with contextlib.suppress(aiohttp.ClientError, CallError, TimeoutError, OSError, RuntimeError):
                async with await self._home.connect() as client:
                    while not client.closed:
                        value = next(values)
                        self.sent.append(value)
                        number = self._numbers[value % len(self._numbers)]
                        with contextlib.suppress(CallError):
                            await client.act("number", "set_value", number, value=value)
                        await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)


@pytest.fixture
async def devices(home: Home) -> AsyncIterator[list[Device]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(switch_lamp(home.nats_url, f"bad{index}")) for index in range(DEVICES)]


def truth(devices: list[Device], entities: dict[str, str]) -> dict[str, str]:
    """What Home Assistant must show: entity id → state."""
    wanted = {}
    for device in devices:
        for key, value in device.state.items():
            wanted[entities[f"{device.identity}.{key}"]] = same_form(str(value))
    return wanted


async def shown(client: SocketClient, entity_ids: Any) -> dict[str, str]:
    states = await client.states()
    return {entity_id: same_form(states.get(entity_id, {}).get("state", "missing")) for entity_id in entity_ids}


def same_form(state: str) -> str:
    """A number's state without Home Assistant's way of writing it."""
    try:
        return str(float(state))
    except ValueError:
        return state


def with_release(orders: Iterable[tuple[str, ...]]) -> Iterator[Any]:
    """Each order with one of the releases in turn, so that with each release every part is killed first once."""
    for order, release in zip(orders, itertools.cycle(RELEASES), strict=False):
        yield pytest.param(release, order, id=f"{release}-{'-'.join(order)}")


@pytest.mark.parametrize(("running_home", "order"), with_release(itertools.permutations(PARTS)), indirect=["running_home"])
async def test_whatever_is_killed_in_whatever_order(home: Home, devices: list[Device], order: tuple[str, ...]) -> None:
    async with await home.connect() as client:
        entities = {f"{device.identity}.{key}": "" for device in devices for key in device.state}
        for identity in entities:
            entities[identity] = await home.entity(client, identity)
        identities = await client.entity_ids()
        for entity_id in entities.values():
            await home.stored("core.entity_registry", f'"{entity_id}"')

    numbers = [entities[f"{device.identity}.level"] for device in devices]
    async with Traffic(home, devices, numbers) as traffic:
        await traffic.is_executed()
        for part in order:
            await home.kill(part)
            await traffic.goes_on(BETWEEN_KILLS * DEVICES)
        await home.start()
        await until("every device is connected again", lambda: all(device.connected for device in devices), 20)
        await traffic.is_executed()

    # From here on everything is connected, and nothing is being changed, but by a command that was under way at the end.
    for device in devices:
        await device.flush()
    async with await home.connect() as client:

        async def right() -> bool:
            wanted = truth(devices, entities)
            return await shown(client, wanted) == wanted

        try:
            await until("every state is right", right)
        except TimeoutError:
            wanted = truth(devices, entities)
            now = await shown(client, wanted)
            wrong = {entity_id: (now[entity_id], state) for entity_id, state in wanted.items() if now[entity_id] != state}
            raise AssertionError(f"after {order}, shown and wanted: {as_json(wrong)}\n{home.logs()}") from None

        after = await client.entity_ids()
        assert {unique_id: after.get(unique_id) for unique_id in identities} == identities

    executed = Counter(command["params"]["value"] for device in devices for command in device.executed)
    assert set(executed) <= set(traffic.sent)
    assert {value: times for value, times in executed.items() if times > 1} == {}
    for device in devices:
        ids = [command["id"] for command in device.executed]
        assert len(ids) == len(set(ids))
