"""The device that the README shows works as it stands there."""

import asyncio
import contextlib
import re
import sys

import nats

from real_home.home import ROOT, Home


async def test_the_first_device_of_the_readme_is_switched_and_announces_again(home: Home) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (program,) = [block for block in blocks if "home.discovery.announce" in block]
    assert "nats://127.0.0.1:4222" in program
    program = program.replace("nats://127.0.0.1:4222", home.nats_url)
    device = await asyncio.create_subprocess_exec(sys.executable, "-u", "-c", program, stdout=asyncio.subprocess.PIPE)
    assert device.stdout is not None
    try:
        assert b'"ok":true' in await asyncio.wait_for(device.stdout.readline(), 20)
        async with await home.connect() as client:
            switch = await home.entity(client, "lamp.desk.light")
            await home.shows(client, switch, "off")
            await client.act("switch", "turn_on", switch)
            await home.shows(client, switch, "on")

            requester = await nats.connect(home.nats_url, user="hanatsbridge", password=home.nats_password)
            await requester.publish("home.discovery.request")
            await requester.close()
            assert b'"ok":true' in await asyncio.wait_for(device.stdout.readline(), 20)

            await home.kill("nats-server")
            assert b'"ok":true' in await asyncio.wait_for(device.stdout.readline(), 60)
            await home.shows(client, switch, "on")
            await client.act("switch", "turn_off", switch)
            await home.shows(client, switch, "off")
    finally:
        with contextlib.suppress(ProcessLookupError):
            device.kill()
        await device.wait()
