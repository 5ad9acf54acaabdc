"""./bridge run --home-assistant, as a newcomer types it."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from pathlib import Path
import signal

import pytest

from real_home.home import INTEGRATION, RELEASES, ROOT
from real_home.home_assistant import HomeAssistant
from real_home.ports import free_port
from real_home.process import Process
from real_home.waiting import until
from support.browser import Browser
from support.programs import blocks

#: As the README says it.
(COMMAND,) = [line for block in blocks("README.md", "sh") for line in block.splitlines() if line.startswith("./bridge run ")]
SIMULATED = int(COMMAND.split()[-1])
PATIENCE = 240  # it builds, and starts a Home Assistant


class Run:
    """One data folder, on which the command is started again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "log"
        listen, nats = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        self.settings = ["--data", str(folder / "data"), "--listen", listen, "--nats-listen", nats]
        self._command = [str(ROOT / "bridge"), *COMMAND.split()[1:], *self.settings]
        self.home_assistant = HomeAssistant(RELEASES[-1].hass, folder / "data" / "home-assistant", INTEGRATION)

    async def start(self) -> Process:
        """Start it, and wait until it says that it is ready."""
        self._log.unlink(missing_ok=True)
        process = Process("./bridge run", self._command, self._log)
        await process.start()

        def ready() -> bool:
            process.check()
            return "Ctrl-C stops everything" in self._log.read_text(encoding="utf-8")

        await until("./bridge run says that it is ready", ready, PATIENCE, every=0.1)
        self.home_assistant.attach()
        return process

    async def beside(self, *arguments: str) -> tuple[int, str]:
        """Run a command of ./bridge on the same settings, to its end: the exit code, and what it printed."""
        process = await asyncio.create_subprocess_exec(
            ROOT / "bridge", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode is not None
        return process.returncode, output.decode()

    def output(self) -> str:
        """What the person at the terminal has seen."""
        return self._log.read_text(encoding="utf-8")

    def left_over(self) -> list[str]:
        """The processes that still work on this folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if str(self.folder) in command:
                    found.append(command)
        return found


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    running = Run(tmp_path)
    async with running.home_assistant:
        yield running
    await until("nothing is left", lambda: not running.left_over(), 40, every=0.1)


async def entities(run: Run) -> dict[str, str]:
    async with await run.home_assistant.connect() as client:

        async def all_there() -> dict[str, str]:
            states = await client.states()
            found = await client.entity_ids()
            shown = {
                unique_id for unique_id, entity_id in found.items() if states.get(entity_id, {}).get("state") != "unavailable"
            }
            return found if len({unique_id.split(".")[2] for unique_id in shown}) >= SIMULATED else {}

        seen: dict[str, str] = await until("the simulated devices are there", all_there, 60, every=0.2)
        return seen


@pytest.mark.timeout(600)
async def test_a_wrong_option_is_one_sentence_before_anything_starts(run: Run) -> None:
    for option, code, sentence in (
        ("--bogus", 2, "There is no option '--bogus' of run."),
        ("--log-level=x", 2, "--log-level: 'x' is wrong"),
    ):
        answer, output = await run.beside("run", "--home-assistant", *run.settings, option)
        assert answer == code
        assert len(output.splitlines()) == 1, output
        assert sentence in output
    answer, output = await run.beside("run", "--home-assistant", "--help")
    assert answer == 0
    assert "--nats-listen" in output
    assert "--home-assistant" in output
    assert not (run.folder / "data").exists()


@pytest.mark.timeout(600)
async def test_it_says_where_to_log_in_and_a_second_run_finds_everything_again(run: Run, browser: Browser) -> None:
    first = await run.start()
    assert run.home_assistant.url in run.output()
    assert str(run.home_assistant.password_file) in run.output()
    await browser.log_in(run.home_assistant)
    before = await entities(run)

    code, output = await run.beside("doctor", *run.settings, "--home-assistant", run.home_assistant.url)
    assert (code, "Home Assistant answers" in output) == (0, True), output

    code, output = await run.beside("run", "--home-assistant", *run.settings)
    assert code == 3
    assert len(output.splitlines()) == 1, output
    assert f"runs on the data folder {run.folder / 'data'}" in output
    assert first.running

    first.send(signal.SIGINT)
    assert await first.wait() == 0
    assert run.left_over() == []

    second = await run.start()
    assert "through its config flow" not in run.output()
    await run.home_assistant.log_in()
    after = await entities(run)
    assert {unique_id: after.get(unique_id) for unique_id in before} == before

    # Whoever kills the command itself finds no Home Assistant and no sidecar running on.
    await second.kill()
    await until("nothing is left", lambda: not run.left_over(), 40, every=0.1)

    third = await run.start()
    await run.home_assistant.log_in()
    assert (await entities(run)).keys() >= before.keys()
    third.send(signal.SIGTERM)
    assert await third.wait() == 0
