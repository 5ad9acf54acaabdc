"""A text of a device stays a text in Home Assistant's page: no Markdown, no HTML, no picture or icon from anywhere."""

import re
from typing import Any

import pytest

from real_home.waiting import until
from support.world import MARKER, World

TEXT = "[a](https://192.0.2.1) ![b](http://192.0.2.1/c) <img src=x> <ha-alert> **d** `e` {name} \n# f | g https://192.0.2.1 &lt;"
#: What Home Assistant's page would make a link, a picture, an element or a heading of.
ALIVE = re.compile(r"(?<!\\)\]\(|(?<!\\)!\[|(?<!\\)<[a-z]|(?<!\\)\*\*|(?<!\\)`|\n|(?<![\\:])https?://")
ICONS = ["javascript:alert(1)", "https://192.0.2.1/x.svg", "mdi:<b>", "hass:x", "mdi:", "x", "", "mdi:a b", "MDI:lamp"]
PICTURES = [
    "javascript:alert(1)", "data:image/svg+xml,<svg/onload=x()>", "//192.0.2.1/x.png", "/api/config", "/auth/x", "x.png",
    "/local/../api/x", "/local/%2e%2e/x", "/local\\..\\x", "http://", "https:/x", "ftp://192.0.2.1/x", " https://x/",
]  # fmt: skip
GOOD: dict[str, Any] = {"icon": "mdi:lamp", "entity_picture": "/local/lamp.png"}


async def test_repairs_show_the_texts_of_devices_as_texts(world: World) -> None:
    client = await world.client()
    async with await world.evil("lamp.author") as author:
        bad = {"key": "bad", "platform": TEXT, "name": TEXT}
        reply = await author.announce({"key": "a", "platform": "switch"}, bad, {"key": TEXT, "platform": "switch"}, name=TEXT)
        assert reply["errors"], reply

        async def issues() -> list[dict[str, Any]]:
            found = (await client.call("repairs/list_issues"))["issues"]
            return [issue for issue in found if "lamp.author" in str(issue) and issue["domain"] == "nats_bridge"]

        for issue in await until("a repair names the device", issues):
            # A title is no Markdown.
            placeholders = {
                name: text for name, text in issue["translation_placeholders"].items() if not name.startswith("plain_")
            }
            assert placeholders
            for name, text in placeholders.items():
                # Several problems are a list. Its line breaks are ours.
                assert not any(ALIVE.search(line) for line in text.removeprefix("* ").split("\n* ")), (name, text)
        await author.remove_as("lamp.author")


@pytest.mark.parametrize("field", ["icon", "entity_picture"])
async def test_icons_and_pictures_come_from_where_they_may(world: World, field: str) -> None:
    client = await world.client()
    async with await world.evil("lamp.painter") as painter:
        for value in ICONS if field == "icon" else PICTURES:
            await painter.announce(MARKER, {"key": "a", "platform": "switch", "name": "A", field: value})
            await world.marked(painter)
            shown = [state["attributes"].get(field) for state in (await client.states()).values()]
            assert value not in shown, value
        # Those that may be shown are.
        await painter.announce(MARKER, {"key": "a", "platform": "switch", "name": "A", field: GOOD[field]})
        shown_there: dict[str, Any] = {field: GOOD[field]}
        await world.shows("lamp.painter.a", "unknown", **shown_there)
        await painter.remove_as("lamp.painter")


async def test_an_attribute_replaces_nothing_of_home_assistants_own(world: World) -> None:
    hostile: dict[str, Any] = {
        "friendly_name": "Front door",
        "icon": "javascript:alert(1)",
        "entity_picture": "javascript:alert(1)",
        "entity_id": ["lock.victim_door"],
        "group_entities": ["lock.victim_door"],
        "restored": True,
        "supported_features": 2**20,
        "unit_of_measurement": "x",
        "device_class": "x",
        "assumed_state": True,
        "attribution": "x",
    }
    async with await world.evil("lamp.poser") as poser:
        await poser.announce({"key": "a", "platform": "switch", "name": "A"})
        await poser.state("a", {"state": "on", "note": "mine", **hostile})
        await world.shows("lamp.poser.a", "on", note="mine", friendly_name="Device poser A")
        states = await (await world.client()).states()
        shown = states[await world.entity("lamp.poser.a")]["attributes"]
        assert {name for name in hostile if shown.get(name) == hostile[name]} == set()
        await poser.remove_as("lamp.poser")
