"""Draws the integration's own icons and logos into its brand folder; run it again after changing the drawing."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

BRAND = Path(__file__).resolve().parent.parent / "custom_components" / "nats_bridge" / "brand"
SCALE = 4  # drawn larger and shrunk, so that edges are smooth
BLUE, GREEN, WHITE, DARK = (3, 169, 244), (67, 175, 75), (255, 255, 255), (33, 43, 54)


def icon(size: int) -> Image.Image:
    """A bridge between two shores: devices on one side, the home on the other."""
    side = size * SCALE
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    unit = side / 64
    draw.rounded_rectangle((2 * unit, 2 * unit, 62 * unit, 62 * unit), radius=14 * unit, fill=BLUE)
    draw.arc((12 * unit, 18 * unit, 52 * unit, 62 * unit), start=180, end=360, fill=WHITE, width=round(4 * unit))
    draw.line((8 * unit, 41 * unit, 56 * unit, 41 * unit), fill=WHITE, width=round(4 * unit))
    for x, top in ((22, 25), (32, 20), (42, 25)):
        draw.line((x * unit, top * unit, x * unit, 41 * unit), fill=WHITE, width=round(2 * unit))
    for x in (14, 50):
        draw.ellipse(((x - 6) * unit, 35 * unit, (x + 6) * unit, 47 * unit), fill=GREEN, outline=WHITE, width=round(2 * unit))
    return image.resize((size, size), Image.Resampling.LANCZOS)


def logo(height: int, colour: tuple[int, int, int]) -> Image.Image:
    """The icon with the name beside it."""
    font = ImageFont.load_default(height * 0.42)
    width = round(height * 1.15 + font.getlength("HaNatsBridge"))
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    image.paste(icon(height), (0, 0))
    ImageDraw.Draw(image).text((height * 1.1, height / 2), "HaNatsBridge", fill=colour, font=font, anchor="lm")
    return image


def main() -> None:
    """Write all files that Home Assistant looks for."""
    BRAND.mkdir(exist_ok=True)
    for suffix, factor in (("", 1), ("@2x", 2)):
        icon(256 * factor).save(BRAND / f"icon{suffix}.png", optimize=True)
        logo(128 * factor, DARK).save(BRAND / f"logo{suffix}.png", optimize=True)
        logo(128 * factor, WHITE).save(BRAND / f"dark_logo{suffix}.png", optimize=True)


if __name__ == "__main__":
    main()
