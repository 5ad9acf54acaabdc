"""A device announces itself on NATS; a person sees and switches it in Home Assistant's own page."""

import re

import pytest

from real_home.device import RefusedError, switch_lamp
from real_home.home import RELEASES, Home
from real_home.socket_client import CallError
from real_home.waiting import until
from support.browser import Browser
from support.node_lamp import NodeLamp


async def test_a_person_switches_a_lamp_and_the_page_shows_what_the_device_did(home: Home, page: Browser) -> None:
    async with switch_lamp(home.nats_url, "bedside") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.bedside.lamp")
        power = await home.entity(client, "lamp.bedside.power")
        await home.shows(client, switch, "off")
        await page.more_info(home.home_assistant, switch)
        await page.shows_state("Off")
        await page.do("click", selector="ha-more-info-dialog ha-control-switch")

        await until("the lamp has got the command", lambda: lamp.executed)
        await page.shows_state("On")
        await page.screenshot("on")
        await home.shows(client, switch, "on")
        await home.shows(client, power, "6.5")

        (command,) = lamp.executed
        assert command["entity"] == "lamp"
        assert command["action"] == "turn_on"
        assert command["context"]["origin"] == "home_assistant"
        owner = await client.call("auth/current_user")
        assert command["context"]["user_id"] == owner["id"]


async def test_the_page_follows_what_the_device_does_by_itself(home: Home, page: Browser) -> None:
    async with switch_lamp(home.nats_url, "wall") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.wall.lamp")
        await page.more_info(home.home_assistant, switch)
        await page.shows_state("Off")
        await lamp.tell_one("lamp", "on")
        await page.shows_state("On")


async def test_a_refused_command_shows_the_devices_own_message(home: Home, page: Browser) -> None:
    async with switch_lamp(home.nats_url, "oven", name="Oven") as oven, await home.connect() as client:

        def refuse(_: object) -> None:
            raise RefusedError("BUSY", "The oven is cleaning itself, try again at six")

        oven.handler = refuse
        switch = await home.entity(client, "lamp.oven.lamp")
        await home.shows(client, switch, "off")
        await page.more_info(home.home_assistant, switch)
        await page.do("click", selector="ha-more-info-dialog ha-control-switch")
        toast = await page.do("wait", selector="ha-toast", text="The oven is cleaning itself, try again at six")
        await page.screenshot("toast")
        assert "cleaning itself" in toast
        await home.shows(client, switch, "off")
        assert not oven.executed


async def test_a_lamp_written_with_nats_js_is_dimmed(home: Home, page: Browser) -> None:
    async with NodeLamp(home.nats_url, "lamp.reading") as lamp, await home.connect() as client:
        await until("the lamp has announced itself", lambda: lamp.ready, 30)
        light = await home.entity(client, "lamp.reading.light")
        await home.shows(client, light, "off")

        await client.act("light", "turn_on", light, brightness=100)
        await home.shows(client, light, "on", brightness=100, color_mode="brightness")
        assert [command["action"] for command in lamp.executed] == ["turn_on"]

        await page.more_info(home.home_assistant, light)
        await page.shows_state("39%")
        await page.screenshot("dimmed")


async def test_a_device_that_sleeps_stays_visible_and_its_command_fails_loudly(home: Home) -> None:
    async with await home.connect() as client:
        async with switch_lamp(home.nats_url, "sleeper", name="Sleeper", when_offline="assumed") as lamp:
            await lamp.tell(lamp="on")
            switch = await home.entity(client, "lamp.sleeper.lamp")
            await home.shows(client, switch, "on")
        with pytest.raises(CallError, match=re.compile("sleeper|offline", re.IGNORECASE)) as failure:
            await client.act("switch", "turn_off", switch)
        assert failure.value.code == "home_assistant_error"
        await home.shows(client, switch, "on")


async def test_a_device_that_leaves_is_unavailable_and_back_as_it_was(home: Home) -> None:
    async with await home.connect() as client:
        async with switch_lamp(home.nats_url, "leaver", lease_seconds=60):
            switch = await home.entity(client, "lamp.leaver.lamp")
            await home.shows(client, switch, "off")
        await home.shows(client, switch, "unavailable")
        async with switch_lamp(home.nats_url, "leaver", lease_seconds=60):
            await home.shows(client, switch, "off")
            assert await home.entity(client, "lamp.leaver.lamp") == switch


async def test_a_changed_announcement_changes_the_entities_in_place(home: Home) -> None:
    async with switch_lamp(home.nats_url, "changer") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.changer.lamp")
        power = await home.entity(client, "lamp.changer.power")
        lamp.description["entities"] = [
            {"key": "lamp", "platform": "switch", "name": None, "device_class": "outlet"},
            {"key": "colour", "platform": "select", "name": "Colour", "options": ["red", "green"]},
        ]
        reply = await lamp.announce()
        assert reply["ok"], reply
        await lamp.tell_one("colour", "green")
        select = await home.entity(client, "lamp.changer.colour")
        await home.shows(client, select, "green")
        await home.shows(client, switch, "off", device_class="outlet")

        async def gone() -> bool:
            return power not in await client.states()

        await until("the entity that is no longer announced is gone", gone)


async def test_a_device_that_asks_to_be_forgotten_is_gone(home: Home) -> None:
    async with switch_lamp(home.nats_url, "goner") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.goner.lamp")
        await home.shows(client, switch, "off")
        await lamp.remove()

        async def gone() -> bool:
            return switch not in await client.states() and switch not in (await client.entity_ids()).values()

        await until("the device is gone", gone)


@pytest.mark.parametrize("running_home", RELEASES[-1:], indirect=True, ids=str)
async def test_pictures_for_the_documentation(home: Home, page: Browser) -> None:
    """The page with some devices, kept among the artefacts; docs/images/ has copies of good ones."""
    async with (
        switch_lamp(home.nats_url, "picture", name="Hall lamp", suggested_area="Hall") as lamp,
        NodeLamp(home.nats_url, "lamp.window") as _,
        await home.connect() as client,
    ):
        await lamp.tell(lamp="on", power=6.5, level=40)
        switch = await home.entity(client, "lamp.picture.lamp")
        await home.entity(client, "lamp.window.light")
        await home.shows(client, switch, "on")
        await page.do("open", url=f"{home.home_assistant.url}/home/overview")
        await page.do("wait", selector="hui-view, hui-sections-view, hui-masonry-view")
        await page.screenshot("overview")
        devices = await client.call("config/device_registry/list")
        device = next(entry for entry in devices if entry["name"] == "Hall lamp")
        await page.do("open", url=f"{home.home_assistant.url}/config/devices/device/{device['id']}")
        await page.do("wait", selector="ha-config-device-page", text="Hall lamp")
        await page.do("wait", selector="ha-config-device-page", text="Power")
        picture = await page.screenshot("device")
        assert picture.stat().st_size > 10_000
