"""A headless Chromium in which a person looks at Home Assistant's own page."""

import asyncio
import itertools
import json
import os
from pathlib import Path
from typing import Any, Self

from real_home.home_assistant import USER, HomeAssistant
from real_home.testing import ARTIFACTS

DRIVER = Path(__file__).with_name("browser.mjs")
SCREENSHOTS = ARTIFACTS / "screenshots"


class PageError(AssertionError):
    """The page did not do or show what was asked for."""


class Browser:
    """One page of one browser; one thing after the other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._ids = itertools.count(1)
        self._driver: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        self._driver = await asyncio.create_subprocess_exec("node", str(DRIVER), chromium, stdin=pipe, stdout=pipe)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._driver.stdin is not None
        self._driver.stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._driver.wait()
        except TimeoutError:
            self._driver.kill()
            await self._driver.wait()

    async def do(self, action: str, **arguments: Any) -> Any:
        """One step of browser.mjs. PageError, with a picture of the page, if it does not succeed."""
        try:
            return await self._do(action, **arguments)
        except PageError as error:
            picture = await self.screenshot(f"failed-{action}")
            raise PageError(f"{action} {arguments}: {error} (see {picture})") from None

    async def _do(self, action: str, **arguments: Any) -> Any:
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        number = next(self._ids)
        self._driver.stdin.write(json.dumps({"id": number, "do": action, **arguments}).encode() + b"\n")
        async with asyncio.timeout(60):
            line = await self._driver.stdout.readline()
        if not line:
            raise PageError("the browser has gone")
        answer = json.loads(line)
        assert answer["id"] == number
        if "error" in answer:
            raise PageError(answer["error"])
        return answer["result"]

    async def log_in(self, home: HomeAssistant) -> None:
        """As a person does: open the page, type name and password, Enter."""
        await self.do("open", url=home.url)
        await self.do("fill", selector="input[name=username]", text=USER)
        await self.do("fill", selector="input[name=password]", text=home.password)
        await self.do("press", key="Enter")
        await self.do("location", part="/home")

    async def more_info(self, home: HomeAssistant, entity_id: str) -> None:
        """Open the dialog in which an entity is looked at and switched."""
        # Not through "/": the frontend's way from there to its first page may close a dialog that it has just opened.
        page = f"{home.url}/home/overview?more-info-entity-id={entity_id}"
        content = "ha-more-info-dialog ha-more-info-info"
        await self.do("open", url=page)
        try:
            await self._do("wait", selector=content, timeout=10_000)
        except PageError:
            # A person whose dialog did not open, on a busy machine, asks for it again.
            await self.do("open", url=page)
            await self.do("wait", selector=content)

    async def shows_state(self, text: str, timeout: float = 20_000) -> None:
        """Wait until the open dialog's large heading is this state."""
        await self.do("wait", selector="ha-more-info-state-header", text=text, exact=True, timeout=timeout)

    async def screenshot(self, name: str) -> Path:
        """A picture of the page, kept among the artefacts."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{self.name}-{name}.png"
        await self._do("screenshot", path=str(path))
        return path
