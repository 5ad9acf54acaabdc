"""The example of every platform, played from the announcement to the command, by devices on NATS and the real sidecar."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from time import monotonic
from typing import Any

from homeassistant.components import camera, image
from homeassistant.components.media_player.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up_real
from support.fixtures import examples
from support.home import entity_id_of, state_of, until
from support.real import RealDevice, RealSidecar
from support.signals import send_signal
from test_every_platform import as_json, shown

pytestmark = pytest.mark.timeout(150)

EXAMPLES = examples()

type Step = dict[str, Any]


class Player:
    """Plays examples: publishes as the device, acts as a person, and looks at what Home Assistant shows."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Look at this home."""
        self.hass = hass
        self.bridge = str(entry.unique_id)

    async def play(self, device: RealDevice, step: Step) -> None:
        """Play one step."""
        if "call" in step:
            await self._call(device, step)
        elif "receives" in step:
            device.script = step
        else:
            await device.publish_step(step)
        for key, expected in step.get("shows", {}).items():
            if "picture" in expected:
                await self._shows_picture(device, key, expected["picture"])
            await self._shows(f"{device.wire_id}.{key}", {name: part for name, part in expected.items() if name != "picture"})
        if "receives" in step:
            assert device.commands[-1]["action"] == step["receives"]["action"]

    async def _call(self, device: RealDevice, step: Step) -> None:
        domain, service = step["call"].split(".")
        device.script = step
        count = len(device.commands)
        entity_id = self._entity_id(f"{device.wire_id}.{step['on']}")
        if service == "async_send_command":
            await send_signal(self.hass, domain, entity_id, step["data"])
            returned = None
        else:
            returned = await self.hass.services.async_call(
                domain,
                service,
                {"entity_id": entity_id} | step["data"],
                blocking=True,
                return_response="returns" in step,
            )
        [command] = device.commands[count:]
        assert (command["entity"], command["action"]) == (step["on"], step["receives"]["action"])
        assert command["params"] == step["receives"]["params"]
        if "returns" in step:
            assert as_json(returned) == {entity_id: step["returns"]}

    async def _shows_picture(self, device: RealDevice, key: str, content_type: str) -> None:
        entity_id = self._entity_id(f"{device.wire_id}.{key}")
        get_image = {"camera": camera.async_get_image, "image": image.async_get_image, "media_player": artwork}[
            entity_id.split(".")[0]
        ]
        end = monotonic() + 10
        while True:
            with suppress(HomeAssistantError):
                shown = await get_image(self.hass, entity_id)
                if (shown.content, shown.content_type) == (device.pictures.get(key), content_type):
                    return
            assert monotonic() < end, f"{entity_id} does not show the picture"
            await asyncio.sleep(0.1)

    async def _shows(self, wire_id: str, expected: Step) -> None:
        def now() -> Step:
            state = state_of(self.hass, wire_id, self.bridge)
            if state is None:
                return {}
            seen = {"state": state.state} if "state" in expected else {}
            return seen | {"attributes": shown(state.attributes, expected.get("attributes", {}))}

        wanted = {"attributes": {}} | expected
        try:
            await until(lambda: now() == wanted, 10)
        except AssertionError:
            raise AssertionError(f"{wire_id}: {now()} is not {wanted}") from None

    def _entity_id(self, wire_id: str) -> str:
        found = entity_id_of(self.hass, wire_id, self.bridge)
        assert found is not None, wire_id
        return found


async def artwork(hass: HomeAssistant, entity_id: str) -> image.Image:
    """Return the artwork of a media player."""
    player = hass.data[DATA_COMPONENT].get_entity(entity_id)
    assert player is not None
    content, content_type = await player.async_get_media_image()
    if content is None or content_type is None:
        raise HomeAssistantError("no artwork")
    return image.Image(content_type, content)


async def test_a_home_of_all_examples_shows_every_platform_and_obeys(
    hass: HomeAssistant, real: RealSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await set_up_real(hass, real)
    player = Player(hass, entry)
    failures: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        devices = {
            platform: await stack.enter_async_context(RealDevice.announcing(real.nats_url, example["announcement"]))
            for platform, example in EXAMPLES.items()
        }
        await until(lambda: all(_is_there(hass, entry, device) for device in devices.values()), 20)
        for platform, example in EXAMPLES.items():
            try:
                for step in example["steps"]:
                    await player.play(devices[platform], step)
            except AssertionError as err:
                failures[platform] = str(err)
    assert failures == {}
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    await hass.config_entries.async_unload(entry.entry_id)


def _is_there(hass: HomeAssistant, entry: MockConfigEntry, device: RealDevice) -> bool:
    return all(
        entity_id_of(hass, f"{device.wire_id}.{part['key']}", str(entry.unique_id)) is not None
        for part in device.description["entities"]
    )
