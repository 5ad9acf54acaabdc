"""The server that comes with the product is a current one; of an older one the person is told what it lacks."""

import re
import subprocess

import aiohttp
import pytest

from real_home.home import ROOT
from real_home.waiting import until
from support.world import World

OLD = (2, 12)


async def test_a_repair_names_what_an_old_server_lacks(world: World) -> None:
    program = str(world.home.release.nats_program)
    printed = subprocess.run([program, "--version"], capture_output=True, check=True, text=True).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", printed)[:2])
    headers = {"Authorization": f"Bearer {world.home.sidecar.token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{world.home.sidecar.url}/api/health") as answer:
        assert ("old_server" in await answer.text()) is (version < OLD)
    client = await world.client()

    async def shown() -> bool:
        return "old_server" in str(await client.call("repairs/list_issues"))

    if version < OLD:
        await until("Home Assistant shows it", shown)
    else:
        assert not await shown()


@pytest.mark.parametrize("file", ["app/Dockerfile", "sidecar/Dockerfile"])
def test_the_images_contain_a_current_server_with_a_checked_checksum(file: str) -> None:
    assert "nats-server.sh" in (ROOT / file).read_text(encoding="utf-8")
    script = (ROOT / "app" / "nats-server.sh").read_text(encoding="utf-8")
    version = re.search(r"\bversion=2\.(\d+)\.\d+\b", script)
    assert version
    assert int(version[1]) >= OLD[1]
    assert "sha256sum --check --strict" in script
