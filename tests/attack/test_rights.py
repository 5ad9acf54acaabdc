"""A device's credential allows its own subjects and nothing else; the server itself refuses the rest."""

from functools import partial

import pytest

from support.subjects import BUCKETS, PUBLISHES, SUBSCRIPTIONS
from support.world import World


async def test_it_can_listen_to_nothing_of_others(world: World) -> None:
    async with await world.evil() as evil:
        assert await evil.allowed(SUBSCRIPTIONS, evil.subscribe) == []


async def test_it_can_listen_in_no_group_of_others(world: World) -> None:
    async with await world.evil() as evil:
        for group in ("discovery", "x"):
            assert await evil.allowed(SUBSCRIPTIONS, partial(evil.subscribe, queue=group)) == []


async def test_it_can_publish_nothing_of_others(world: World) -> None:
    async with await world.evil() as evil:
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
