"""One process of the home: started, watched, stopped, killed."""

import asyncio
from collections.abc import Mapping, Sequence
import contextlib
import os
from pathlib import Path
import shutil
import signal


class Process:
    """A program with a log file; without one it shares this one's output.

    It gets SIGTERM when the process that started it dies, however that happens.
    """

    def __init__(
        self, name: str, command: Sequence[str | Path], log: Path | None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._environment = dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None
        self._log_start = 0

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The running process's id."""
        assert self._process is not None
        return self._process.pid

    @property
    def resident_bytes(self) -> int:
        """How much memory the running process has."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def start(self) -> None:
        """Start it, in a session of its own: a terminal's Ctrl-C reaches only who started it."""
        assert not self.running, f"{self.name} runs already"
        guard = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with contextlib.ExitStack() as stack:
            output = None
            if self.log is not None:
                self.log.parent.mkdir(parents=True, exist_ok=True)
                output = stack.enter_context(self.log.open("ab"))
                self._log_start = self.log.stat().st_size
            self._process = await asyncio.create_subprocess_exec(
                *guard,
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )

    async def wait(self) -> int:
        """Wait for its end: the exit code."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
        """Ask it to end, and kill it if it has not after `seconds`."""
        if not self.running:
            return
        self.send(number)
        try:
            async with asyncio.timeout(seconds):
                await self.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it with SIGKILL, as a power cut would."""
        if self.running:
            self.send(signal.SIGKILL)
            await self.wait()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def check(self) -> None:
        """RuntimeError with the end of its log if it has ended by itself."""
        if self._process is not None and self._process.returncode is not None:
            tail = self.tail()
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}{f':\n{tail}' if tail else ''}")

    def tail(self, lines: int = 30) -> str:
        """The end of its log, without what an earlier run wrote."""
        if self.log is None or not self.log.exists():
            return ""
        written = self.log.read_bytes()[self._log_start :]
        return "\n".join(written.decode(encoding="utf-8", errors="replace").splitlines()[-lines:])
