"""The artwork of media players that a device sends over NATS, shown by Home Assistant."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from support.home import Watcher, entity, until
from support.real import RealDevice, RealSidecar

pytestmark = pytest.mark.timeout(150)

PLAYER = entity("player", "media_player", name=None, supported_features=["play", "pause"])
BLUE, RED = (b"\x89PNG\r\n\x1a\n" + colour for colour in (b"blue", b"red"))


class Page:
    """What a browser loads."""

    def __init__(self, watch: Watcher, client: Any) -> None:
        """Look at one player."""
        self._watch = watch
        self._client = client

    @property
    def picture(self) -> str | None:
        """Return the address of the picture."""
        state = self._watch("speaker.kitchen.player")
        return None if state is None else state.attributes.get("entity_picture")

    async def load(self) -> bytes:
        """Load the picture, as a browser that has a token in the address and no login."""
        answer = await self._client.get(self.picture)
        assert (answer.status, answer.content_type) == (HTTPStatus.OK, "image/png")
        content: bytes = await answer.read()
        return content


@pytest.fixture
async def page(hass: HomeAssistant, home: MockConfigEntry, watch: Watcher, hass_client_no_auth: ClientSessionGenerator) -> Page:
    """A page that shows the player."""
    # The client freezes the routes of Home Assistant's server.
    assert await async_setup_component(hass, "media_player", {})
    return Page(watch, await hass_client_no_auth())


async def test_published_artwork_is_shown_while_something_is_played(real: RealSidecar, page: Page, watch: Watcher) -> None:
    async with RealDevice(real.nats_url, "speaker", "kitchen", PLAYER) as speaker:
        await speaker.publish("player", {"state": "playing", "media_title": "Blue"})
        await watch.becomes("speaker.kitchen.player", "playing")
        assert page.picture is None

        await speaker.show("player", BLUE, "image/png")
        first = await until(lambda: page.picture)
        assert await page.load() == BLUE

        await speaker.show("player", RED, "image/png")
        await until(lambda: page.picture not in (None, first))
        assert await page.load() == RED

        await speaker.publish("player", "idle")
        await watch.becomes("speaker.kitchen.player", "idle")
        assert page.picture is None

        # An address in the state is what the device says now.
        await speaker.publish("player", {"state": "playing", "media_image_url": "https://example.org/green.jpg"})
        await until(lambda: page.picture == "https://example.org/green.jpg")


async def test_artwork_on_demand_is_requested_and_changes_with_the_title(real: RealSidecar, page: Page, watch: Watcher) -> None:
    async with RealDevice(real.nats_url, "speaker", "kitchen", PLAYER | {"on_demand": True}) as speaker:
        speaker.script = {"answers": {"image": {"base64": base64.b64encode(BLUE).decode()}}}
        await speaker.publish("player", {"state": "playing", "media_title": "Blue"})
        first = await until(lambda: page.picture)
        assert await page.load() == BLUE
        assert [command["action"] for command in speaker.commands] == ["get_image"]

        await speaker.publish("player", {"state": "paused", "media_title": "Blue"})
        await watch.becomes("speaker.kitchen.player", "paused")
        assert page.picture == first
        await speaker.publish("player", {"state": "playing", "media_title": "Red"})
        await until(lambda: page.picture not in (None, first))
