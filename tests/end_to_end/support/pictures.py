"""Pictures for docs/images, written only when somebody asks for them with BRIDGE_SCREENSHOTS=1."""

import asyncio
import os
from pathlib import Path

from PIL import Image

from real_home.home import RELEASES, ROOT, Home

from .browser import Browser

IMAGES = ROOT / "docs" / "images"


def wants_pictures(home: Home) -> bool:
    """Whether pictures of this home are wanted: those of the newest release."""
    return home.release == RELEASES[-1] and bool(os.environ.get("BRIDGE_SCREENSHOTS"))


async def take_pictures(home: Home, page: Browser, name: str, selector: str | None = None) -> None:
    """Keep a picture of the page, or of an element, light and dark, if pictures are wanted."""
    if not wants_pictures(home):
        return
    for scheme in ("dark", "light"):
        await page.do("scheme", scheme=scheme)
        # Curves and icons are drawn a moment after their page.
        await asyncio.sleep(2)
        new = IMAGES / f"{name}-{scheme}.png"
        new.parent.mkdir(parents=True, exist_ok=True)
        if selector is None:
            await page.do("screenshot", path=str(new))
        else:
            await page.do("picture", selector=selector, path=str(new))
        _to_webp(new)


def _to_webp(source: Path) -> None:
    with Image.open(source) as picture:
        picture.save(source.with_suffix(".webp"), quality=82)
    source.unlink()
