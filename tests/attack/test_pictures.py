"""A picture of a device is a picture: nothing that a browser executes leaves the sidecar or Home Assistant."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from real_home.waiting import until
from support.world import MARKER, World

SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(document.domain)</script></svg>"
CAMERA = {"key": "eye", "platform": "camera", "name": "Eye"}
ASKED = {"key": "asked", "platform": "camera", "name": "Asked", "on_demand": True}
HIDDEN = {
    "plain": SCRIPT,
    "behind a byte order mark": b"\xef\xbb\xbf" + SCRIPT,
    "behind spaces": b"  \n" + SCRIPT,
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a script": b"alert(1)//",
    "nearly a bitmap": b"BM<script>alert(1)</script>",
    "nearly a picture of the web": b"RIFF<svg><script>alert(1)</script></svg>",
}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
async def test_what_a_browser_would_execute_is_not_sent(world: World, session: aiohttp.ClientSession, hidden: bytes) -> None:
    headers = {"Authorization": f"Bearer {world.home.sidecar.token}"}
    url = f"{world.home.sidecar.url}/api/pictures/lamp/evil"
    async with await world.evil() as evil:
        evil.answer = lambda message: message.respond(hidden)
        await evil.announce(CAMERA, ASKED, MARKER)
        for content_type in ("image/png", "image/svg+xml", "text/html", "image/png\tx", ""):
            named = {"Content-Type": content_type} if content_type else None
            await evil.publish(f"{evil.subject}.image.eye", hidden, headers=named)
            await world.marked(evil)
            for key in ("eye", "asked"):
                async with session.get(f"{url}/{key}", headers=headers) as answer:
                    assert answer.status in {404, 502}, (key, content_type)
                    assert answer.content_type == "application/json"
                    assert b"script" not in await answer.read()


async def test_a_flood_of_pictures_takes_nobodys_last_picture(world: World, session: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {world.home.sidecar.token}"}
    picture, large = b"\xff\xd8\xff\xe0 of the victim", b"\xff\xd8\xff\xe0" + bytes(900_000)
    async with await world.evil("lamp.watched") as watched, await world.evil() as evil:
        await watched.announce(CAMERA)
        await evil.announce(CAMERA, MARKER)
        await watched.publish(f"{watched.subject}.image.eye", picture, headers={"Content-Type": "image/jpeg"})

        async def is_there() -> bool:
            async with session.get(f"{world.home.sidecar.url}/api/pictures/lamp/watched/eye", headers=headers) as answer:
                return answer.status == 200 and await answer.read() == picture

        await until("the picture is there", is_there, 20)
        for number in range(400):
            await evil.publish(f"{evil.subject}.image.k{number}", large)
            if number % 20 == 0:
                await evil.flush()
                await asyncio.sleep(0)
        await world.marked(evil)
        assert await is_there()

        async def is_swept() -> bool:
            images = (await world.owner.streams())["HOME_IMAGES"]
            return int(images["state"]["bytes"]) < 8_000_000

        await until("what is beyond the budget is deleted", is_swept, 30)
        assert await is_there()
