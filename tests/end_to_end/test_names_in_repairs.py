"""What a device calls itself is text: in a repair a person sees it literally."""

from real_home.device import switch_lamp
from real_home.home import Home
from support.browser import Browser

NAME = "[click](http://evil.example) {x} {name} `code` **bold** <b>b</b>\n# big www.evil.example"
SHOWN = "[click](http://evil.example) {x} {name} `code` **bold** <b>b</b> # big www.evil.example"


async def test_a_name_with_markdown_links_and_placeholders_is_shown_as_it_is(home: Home, page: Browser) -> None:
    async with switch_lamp(home.nats_url, "nasty", name=NAME) as lamp:
        lamp.description["entities"].append({"key": "bad", "platform": "toaster"})
        await lamp.announce()
        title = f"Parts of {SHOWN} are missing"
        await page.do("open", url=f"{home.home_assistant.url}/config/repairs")
        await page.do("wait", selector="ha-config-repairs", text=title, exact=True)
        await page.do("click", selector='ha-config-repairs :text("Parts of [click]")')
        text = await page.do("wait", selector="ha-dialog ha-markdown", text=SHOWN)
        await page.screenshot("repair")
        assert f"The device {SHOWN} (lamp.nasty) announced" in text
        assert await page.do("count", selector="ha-dialog ha-markdown p") > 0
        for element in ("a", "code", "strong", "b", "h1", "img"):
            assert await page.do("count", selector=f"ha-dialog ha-markdown {element}") == 0, element
