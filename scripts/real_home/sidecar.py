"""The sidecar as a process, with its own nats-server or a given one."""

from collections.abc import Sequence
from pathlib import Path

import aiohttp

from .process import Process
from .waiting import until


class Sidecar:
    """One sidecar on one data folder. A later start with the same folder finds everything again."""

    def __init__(self, program: Path, data: Path, listen: str, arguments: Sequence[str], log: Path | None) -> None:
        """`arguments` are those of `run`, and say the same as `data` and `listen`; without a log it shares this one's output."""
        self.data = data
        self.url = f"http://{listen}"
        self.process = Process("the sidecar", [program, "run", *arguments], log)

    @property
    def token_file(self) -> Path:
        """Where the access token lies."""
        return self.data / "token"

    @property
    def token(self) -> str:
        """The access token, made on the first start."""
        return self.token_file.read_text(encoding="utf-8").strip()

    async def start(self, seconds: float = 60) -> None:
        """Start it, and wait until it is ready."""
        await self.process.start()
        async with aiohttp.ClientSession() as session:

            async def ready() -> bool:
                self.process.check()
                try:
                    async with session.get(f"{self.url}/api/health") as answer:
                        return answer.status == 200 and self._has_the_folder()
                except aiohttp.ClientError:
                    return False

            await until("the sidecar is ready", ready, seconds)

    def _has_the_folder(self) -> bool:
        """Whether it is this one that answers, and not another that runs on the folder already."""
        lock = self.data / "lock"
        return lock.exists() and lock.read_text(encoding="ascii").strip() == str(self.process.pid)
