"""A home of the contract's examples: every platform is shown in Home Assistant's page, and can be operated there.

With BRIDGE_SCREENSHOTS=1 it also writes the pictures of docs/images/platforms, light and dark, with the newest release.
"""

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Any

from PIL import Image
import pytest

from real_home.device import Device
from real_home.home import RELEASES, ROOT, Home
from real_home.waiting import until
from support.browser import Browser
from support.operations import OPERATIONS

FIXTURES = ROOT / "contract" / "fixtures" / "platforms"
PICTURES = ROOT / "docs" / "images" / "platforms"


def example_of(platform: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The announcement of a platform's example, and the device's first states and pictures."""
    example = json.loads((FIXTURES / platform / "example.json").read_text(encoding="utf-8"))
    first: dict[str, Any] = next((step["publish"] for step in example["steps"] if "publish" in step and "call" not in step), {})
    pictures: dict[str, Any] = next((step["image"] for step in example["steps"] if "image" in step), {})
    return example["announcement"], first, pictures


@pytest.mark.parametrize("platform", sorted(path.name for path in FIXTURES.iterdir()))
async def test_it_is_shown_and_can_be_operated(home: Home, page: Browser, platform: str) -> None:
    announcement, states, pictures = example_of(platform)
    rest = {name: value for name, value in announcement.items() if name not in ("schema", "type", "id")}
    device = Device(home.nats_url, announcement["type"], announcement["id"], **rest)
    device.state = states
    key = next(entity["key"] for entity in announcement["entities"] if entity["platform"] == platform)
    async with device, await home.connect() as client:
        entity_id = await home.entity(client, f"{device.identity}.{key}")
        assert entity_id.partition(".")[0] == platform
        for shown, picture in pictures.items():
            await device.publish_bytes(f"image.{shown}", base64.b64decode(picture["base64"]))
        await page.more_info(home.home_assistant, entity_id)
        if pictures:
            await page.do("wait", selector="ha-more-info-dialog img")
        if home.release == RELEASES[-1] and os.environ.get("BRIDGE_SCREENSHOTS"):
            await take_pictures(page, platform)
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


async def take_pictures(page: Browser, platform: str) -> None:
    """Keep the dialog's picture, light and dark."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in ("dark", "light"):
        await page.do("scheme", scheme=scheme)
        # Curves and icons are drawn a moment after the dialog.
        await asyncio.sleep(2)
        await page.do("picture", selector="ha-more-info-dialog dialog", path=str(PICTURES / "new.png"))
        to_webp(PICTURES / "new.png", PICTURES / f"{platform}-{scheme}.webp")


def to_webp(source: Path, target: Path) -> None:
    """Write the picture again, smaller."""
    with Image.open(source) as picture:
        picture.save(target, quality=82)
    source.unlink()
