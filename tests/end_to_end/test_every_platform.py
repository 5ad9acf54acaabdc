"""A home of the contract's examples: every platform is shown in Home Assistant's page, and can be operated there.

With BRIDGE_SCREENSHOTS=1 it also writes the pictures of docs/images/platforms, with the newest release.
"""

import base64
import json
from typing import Any

import pytest

from real_home.device import Device
from real_home.home import ROOT, Home
from real_home.waiting import until
from support.browser import Browser
from support.operations import OPERATIONS
from support.pictures import take_pictures

FIXTURES = ROOT / "contract" / "fixtures" / "platforms"


type Json = dict[str, Any]


def device_of(platform: str, url: str) -> tuple[Device, str, Json]:
    """The device of a platform's example, with its first states and its answers; the entity's key; and pictures by key."""
    example: Json = json.loads((FIXTURES / platform / "example.json").read_text(encoding="utf-8"))
    announcement, steps = example["announcement"], example["steps"]
    rest = {name: value for name, value in announcement.items() if name not in ("schema", "type", "id")}
    device = Device(url, announcement["type"], announcement["id"], **rest)
    device.state = next((step["publish"] for step in steps if "publish" in step and "call" not in step), {})
    device.responses = {step["receives"]["action"]: step["answers"] for step in steps if "answers" in step}
    key = next(entity["key"] for entity in announcement["entities"] if entity["platform"] == platform)
    return device, key, next((step["image"] for step in steps if "image" in step), {})


@pytest.mark.parametrize("platform", sorted(path.name for path in FIXTURES.iterdir()))
async def test_it_is_shown_and_can_be_operated(home: Home, page: Browser, platform: str) -> None:
    device, key, pictures = device_of(platform, home.nats_url)
    async with device, await home.connect() as client:
        entity_id = await home.entity(client, f"{device.identity}.{key}")
        assert entity_id.partition(".")[0] == platform
        for shown, picture in pictures.items():
            await device.publish_bytes(f"image.{shown}", base64.b64decode(picture["base64"]))
        await page.more_info(home.home_assistant, entity_id)
        if pictures:
            await page.do("wait", selector="ha-more-info-dialog img")
        await take_pictures(home, page, f"platforms/{platform}", "ha-more-info-dialog dialog")
        if platform in OPERATIONS:
            steps, action = OPERATIONS[platform]
            for step, arguments in steps:
                await page.do(step, **arguments)
            await until(
                f"the device gets {action}",
                lambda: any((command["entity"], command["action"]) == (key, action) for command in device.executed),
                20,
            )
        await device.remove()
