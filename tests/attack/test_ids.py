"""An id is one word of a subject. It is never a path, a wildcard or a part of a file's name."""

import pytest

from support.world import World

ID_TRICKS = [
    "..", ".", "../x", "..%2fx", "%2e%2e", "a/b", "a\\b", "/etc/passwd", "C:", "a.b", "a..b", "*", ">", "a*", "$SYS", "~bridge",
    "a b", "a\n", "\x00", "", "ä", "\u202ea", "a" * 65, "lamp'; --", '"', "{a}",
]  # fmt: skip
NAMES_OF_FILES = ["../evil", "a/b", "..", "/tmp/evil", "*", "a.b", "a b", "$(id)", 'x", password: "y', "{ nkey: U }"]


@pytest.mark.parametrize("trick", ID_TRICKS, ids=ascii)
async def test_it_is_refused_in_every_place(world: World, trick: str) -> None:
    entity = {"key": "a", "platform": "switch", "name": "A"}
    async with world.anonymous() as stranger:
        for device in ({"type": trick, "id": "x"}, {"type": "lamp", "id": trick}):
            description = {"schema": 1, "name": "X", "entities": [entity], **device}
            assert (await stranger.request("home.discovery.announce", description))["ok"] is False
            assert (await stranger.request("home.discovery.remove", device))["ok"] is False
        for field in ("via_device", "parent_device"):
            assert (await stranger.announce(entity, **{field: f"lamp.{trick}"}))["ok"] is False
        reply = await stranger.announce(entity | {"key": trick}, entity)
        assert reply["accepted"] == 1, reply
        assert reply["errors"][0]["path"] == "entities[0].key"


@pytest.mark.parametrize("name", NAMES_OF_FILES, ids=ascii)
async def test_the_command_line_makes_no_credential_of_it(world: World, name: str) -> None:
    before = sorted(world.home.data.rglob("*.conf"))
    users = (world.home.data / "nats" / "users.conf").read_text(encoding="utf-8")
    for command in (("device", "add", "lamp", name), ("device", "add", name, "x"), ("gateway", "add", name)):
        with pytest.raises(RuntimeError):
            await world.home.bridge(*command)
    assert sorted(world.home.data.rglob("*.conf")) == before
    assert (world.home.data / "nats" / "users.conf").read_text(encoding="utf-8") == users
