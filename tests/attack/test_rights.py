"""A device's credential allows its own subjects and nothing else; the server itself refuses the rest."""

from functools import partial

import pytest

from support.subjects import BUCKETS, PUBLISHES, SUBSCRIPTIONS, words
from support.world import World

#: One of a device and one of a gateway.
CREDENTIALS = ["lamp.evil", "zigbee.*"]


async def test_it_can_do_what_a_device_does(world: World) -> None:
    async with await world.evil() as evil:
        own = [f"{evil.subject}.{leaf}" for leaf in words("state state.a event.a past.a image.a health")]
        own += [f"home.discovery.{verb}.{evil.identity}" for verb in ("announce", "remove")]
        heard = [f"{evil.subject}.set", f"{evil.subject}.config", "home.discovery.request", "_INBOX.lamp.evil.>"]
        assert await evil.allowed(own, evil.publish) == own
        assert await evil.allowed(heard, evil.subscribe) == heard
        # Nothing is left of the empty states.
        await evil.announce()
        await evil.remove_as(evil.identity)


@pytest.mark.parametrize("identity", CREDENTIALS)
async def test_it_can_listen_to_nothing_of_others(world: World, identity: str) -> None:
    async with await world.evil(identity) as evil:
        assert await evil.allowed(SUBSCRIPTIONS, evil.subscribe) == []


@pytest.mark.parametrize("identity", CREDENTIALS)
async def test_it_can_listen_in_no_group_of_others(world: World, identity: str) -> None:
    async with await world.evil(identity) as evil:
        for group in ("discovery", "x"):
            assert await evil.allowed(SUBSCRIPTIONS, partial(evil.subscribe, queue=group)) == []


@pytest.mark.parametrize("identity", CREDENTIALS)
async def test_it_can_publish_nothing_of_others(world: World, identity: str) -> None:
    async with await world.evil(identity) as evil:
        assert await evil.allowed(PUBLISHES, evil.publish) == []
        counts = await world.counts()
        assert all(counts[f"KV_{bucket}"] > 0 for bucket in BUCKETS)


@pytest.mark.parametrize("identity", ["lamp.victim", "lamp.nobody", "evil.lamp"])
async def test_its_announcement_is_its_own(world: World, identity: str) -> None:
    kind, _, name = identity.partition(".")
    async with await world.evil() as evil:
        subject = f"home.discovery.announce.{evil.identity}"
        reply = await evil.request(subject, {"schema": 1, "type": kind, "id": name, "name": "Mine", "entities": []})
        assert reply["ok"] is False
        assert reply["errors"][0]["code"] == "UNAUTHORIZED"
        reply = await evil.request(f"home.discovery.remove.{evil.identity}", {"type": kind, "id": name})
        assert reply["ok"] is False
