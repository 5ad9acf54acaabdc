"""What the README shows works as it stands there, and survives a restart of the server."""

import nats

from real_home.home import Home
from support.programs import Program, blocks

ANNOUNCED = '"ok":true'


async def test_the_first_device_is_switched_and_announces_again(home: Home) -> None:
    (program,) = blocks("README.md", "python")
    assert "nats://127.0.0.1:4222" in program
    async with Program(program.replace("nats://127.0.0.1:4222", home.nats_url)) as lamp, await home.connect() as client:
        await lamp.printed(ANNOUNCED)
        switch = await home.entity(client, "lamp.desk.light")
        await home.shows(client, switch, "off")
        await client.act("switch", "turn_on", switch)
        await home.shows(client, switch, "on")

        requester = await nats.connect(home.nats_url, user="hanatsbridge", password=home.nats_password)
        await requester.publish("home.discovery.request")
        await requester.close()
        await lamp.printed(ANNOUNCED)

        await home.kill("nats-server")
        await lamp.printed(ANNOUNCED)
        await home.shows(client, switch, "on")
        await client.act("switch", "turn_off", switch)
        await home.shows(client, switch, "off")
