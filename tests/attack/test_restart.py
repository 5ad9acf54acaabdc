"""What a device has sent is there again after a restart of everything, and still harms nobody."""

import signal

from support.attacker import Json
from support.subjects import VICTIM
from support.world import World

POISON: list[Json] = [
    {"key": "text", "platform": "text", "name": "Text", "pattern": r"(a+)+\Z"},
    {"key": "lock", "platform": "lock", "name": "Lock", "code_format": r"^(\d+)+$"},
    {"key": "good", "platform": "switch", "name": "Good"},
]


async def test_after_a_restart_of_everything_the_home_is_whole(world: World) -> None:
    async with await world.evil("lamp.poison") as poison:
        await poison.announce(*POISON)
        await poison.state("text", "a" * 40 + "\n")
        await poison.state("lock", {"state": "locked", "changed_by": "1" * 40 + "x"})
        await poison.state("good", "on")
        await world.shows("lamp.poison.good", "on")
        for bucket in ("home_devices", "home_availability", "home_bridge"):
            await poison.publish(f"{poison.subject}.state.good", "on", reply=f"$JS.API.STREAM.PURGE.KV_{bucket}")
        for _ in range(12):
            await poison.publish(f"{poison.subject}.state.good", "on", reply="$KV.home_devices.lamp.victim")
            await poison.publish(f"{poison.subject}.state.good", "on", reply=f"{VICTIM}.state.door")
        await poison.flush()
        before = await (await world.client()).entity_ids()
        await world.home.home_assistant.process.stop()
        await world.home.sidecar.process.stop(signal.SIGTERM, 30)
        await world.home.start()
        await world.shows("lamp.poison.good", "on", seconds=60)
        # As they were before, without a word of the victim.
        await world.shows("lamp.victim.door", "locked")
        assert await (await world.client()).entity_ids() == before
        await world.is_well()


async def test_a_registry_that_was_emptied_or_damaged_removes_nobody(world: World) -> None:
    """What the attacks were after, done by the home's own account."""
    key = "$KV.home_devices.lamp.gone"
    async with await world.evil("lamp.gone") as gone:
        await gone.announce({"key": "lamp", "platform": "switch", "name": "Lamp"})
        await gone.state("lamp", "on")
        await world.shows("lamp.gone.lamp", "on")
    await world.shows("lamp.gone.lamp", "unavailable")
    before = await (await world.client()).entity_ids()
    await world.owner.publish(key, {"stream": "HOME_TELEMETRY", "seq": 1})
    await world.has_repair("damaged_entry")
    await world.owner.request("$JS.API.STREAM.PURGE.KV_home_devices")
    await world.has_repair("store_exchanged")
    await world.is_well()
    # The sidecar has started again inside its process. Home Assistant hears the new list of devices.
    await world.home.home_assistant.process.stop()
    await world.home.start()
    # Who is connected has announced itself again, who is not waits.
    await world.is_well()
    await world.shows("lamp.gone.lamp", "unavailable")
    assert await (await world.client()).entity_ids() == before
    async with await world.evil("lamp.gone") as gone:
        await gone.announce({"key": "lamp", "platform": "switch", "name": "Lamp"})
        await world.shows("lamp.gone.lamp", "on")
        await gone.remove_as(gone.identity)
