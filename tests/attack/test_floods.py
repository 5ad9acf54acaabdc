"""One credential that publishes as much as it can takes nothing away from others."""

import asyncio
import re

import pytest

from real_home.waiting import until
from support.attacker import Attacker, Json
from support.subjects import VICTIM
from support.world import MARKER, STATE, World

MEGABYTE = b'"' + b"x" * 1_000_000 + b'"'
LARGE = b'"' + b"x" * 60_000 + b'"'
MANY: list[Json] = [{"key": f"e{number}", "platform": "sensor", "name": f"E {number}"} for number in range(1_000)]
OPTIONS = [f"{number} ".ljust(250, "x") for number in range(1_000)]
HUGE: list[Json] = [{"key": f"e{number}", "platform": "select", "name": "E", "options": OPTIONS} for number in range(2)]


async def test_undeclared_keys_push_out_nothing_that_was_declared(world: World) -> None:
    async with await world.evil("lamp.hoarder") as hoarder:
        await hoarder.announce(MARKER)
        for number in range(270):
            await hoarder.publish(f"{hoarder.subject}.state.m{number}", MEGABYTE)
        # Together twice the size of HOME_STATE.
        for number in range(1_000):
            await hoarder.publish(f"{hoarder.subject}.state.k{number}", LARGE)
        await world.marked(hoarder)

        async def subjects() -> set[str] | None:
            found = await world.owner.subjects_of("HOME_STATE")
            undeclared = [subject for subject in found if re.search(r"\.hoarder\.state\.[mk]", subject)]
            # The marker came last: everything before it is copied.
            return found if f"{hoarder.subject}.state.marker" in found and len(undeclared) <= 64 else None

        found = await until("the hoarder has what a device may have", subjects, 60)
        assert {f"{VICTIM}.state", f"{VICTIM}.state.level"} <= found
        await world.has_repair("lamp.hoarder")
        # What a new sidecar reads is what is stored.
        await world.home.kill("sidecar")
        await world.home.sidecar.start()
        await world.shows("lamp.victim.door", STATE["door"])
        await world.is_well()
        await hoarder.remove_as(hoarder.identity)


@pytest.mark.parametrize(("count", "entities"), [(500, MANY), (60, HUGE)], ids=["many", "huge"])
async def test_a_gateway_with_a_description_for_everybody_leaves_room_for_others(
    world: World, count: int, entities: list[Json]
) -> None:
    processes = [world.home.home_assistant.process, world.home.sidecar.process]
    before = [process.resident_bytes for process in processes]
    async with await world.evil("zigbee.*") as gateway:
        names = [f"zigbee.d{number}" for number in range(count)]
        replies = [await gateway.announce_as(name, *entities) for name in names]
        accepted = [name for name, reply in zip(names, replies, strict=True) if reply["ok"]]
        # Who was there first stays.
        assert accepted == names[: len(accepted)]
        assert len(accepted) < 50
        assert {error["code"] for reply in replies[len(accepted) :] for error in reply["errors"]} == {"TOO_LARGE"}
        await world.is_well()
        # Who comes later finds room.
        async with await world.evil("lamp.late") as late:
            reply = await late.announce({"key": "lamp", "platform": "switch", "name": f"Lamp {world.next_number()}"})
            assert reply["ok"], reply
            await late.state("lamp", "on")
            await world.shows("lamp.late.lamp", "on")
        await world.has_repair("no_room_for_devices")
        for process, bytes_before in zip(processes, before, strict=True):
            assert process.resident_bytes - bytes_before < 250 * 2**20, process.name
        for name in accepted:
            await gateway.remove_as(name)


async def test_what_a_device_says_about_itself_all_the_time_holds_nobody_up(world: World) -> None:
    async with await world.evil() as evil:

        async def flood() -> None:
            number = 0
            while True:
                number += 1
                entity = {"key": "a", "platform": "switch", "name": f"Name {number}"}
                await evil.announce_once(evil.identity, entity)
                await evil.state("a", "on" if number % 2 else "off")

        flooding = asyncio.create_task(flood())
        try:
            for _ in range(5):
                await world.is_well()
        finally:
            flooding.cancel()


async def test_the_message_id_of_a_device_hides_the_event_of_no_other(world: World) -> None:
    bell = {"key": "bell", "platform": "event", "name": "Bell", "event_types": ["ring"]}
    async with await world.evil() as first, await world.evil("lamp.other") as second:
        for device in (first, second):
            await device.announce(bell)

        async def ring(device: Attacker) -> None:
            number = world.next_number()
            event = {"event_type": "ring", "number": number}
            await device.publish(f"{device.subject}.event.bell", event, headers={"Nats-Msg-Id": "press-1"})
            await world.shows_event(f"{device.identity}.bell", number)

        await ring(first)
        # The server compares the ids of 100 ms, the shortest time that it knows.
        await asyncio.sleep(0.3)
        await ring(second)
