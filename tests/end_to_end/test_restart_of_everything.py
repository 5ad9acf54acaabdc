"""Everything is stopped and started again, and nothing needs a device to speak."""

import pytest

from real_home.device import switch_lamp
from real_home.home import Home
from real_home.waiting import until


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_states_and_names_are_back_although_no_device_spoke(home: Home, how: str) -> None:
    name = f"mute-{how}"
    async with await home.connect() as client:
        async with switch_lamp(home.nats_url, name, when_offline="assumed") as lamp:
            switch = await home.entity(client, f"lamp.{name}.lamp")
            power = await home.entity(client, f"lamp.{name}.power")
            await lamp.tell(lamp="on", power=42.0)
            await home.shows(client, power, "42.0")
            await lamp.flush()
        # A name that a person gave is the identity that must not be lost.
        renamed = f"switch.my_own_name_{how}"
        await client.call("config/entity_registry/update", entity_id=switch, new_entity_id=renamed)
        if how == "killed":
            await home.stored("core.entity_registry", renamed)

    if how == "stopped":
        await home.stop()
    else:
        for part in ("nats-server", "sidecar", "hass"):
            await home.kill(part)
        home.kill_nats_server()
    await until("no nats-server is left", lambda: not home.nats_server_pids(), 10)

    await home.start()
    async with await home.connect() as client:
        await home.shows(client, renamed, "on", 30)
        await home.shows(client, power, "42.0")
        assert await home.entity(client, f"lamp.{name}.lamp") == renamed
