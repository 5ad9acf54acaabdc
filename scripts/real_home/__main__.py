"""./bridge run --home-assistant: the sidecar and a real Home Assistant, set up and ready to be looked at."""

import argparse
import asyncio
from collections.abc import Sequence
import hashlib
import os
from pathlib import Path
import re
import signal
import sys
import time

from .home_assistant import USER, HomeAssistant
from .sidecar import Sidecar

DEFAULT_LISTEN = "127.0.0.1:8129"
HOME_ASSISTANT_PORT = 8123
RESTART_WANTED = 100  # Home Assistant's exit code when a person chose "Restart" in its page


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(f"bridge: {text}", flush=True)


def setting(arguments: Sequence[str], flag: str, variable: str, default: str) -> str:
    """What the sidecar will take for a setting: the flag's last value, else the environment's, else the default."""
    value = os.environ.get(variable, default)
    for index, argument in enumerate(arguments):
        if argument == flag and index + 1 < len(arguments):
            value = arguments[index + 1]
        elif argument.startswith(flag + "="):
            value = argument.partition("=")[2]
    return value


def reachable(listen: str) -> str:
    """The address under which this machine reaches what listens there."""
    host, _, port = listen.rpartition(":")
    return f"{'127.0.0.1' if host in {'', '*', '0.0.0.0', '[::]'} else host}:{port}"


def check_settings(arguments: Sequence[str], data: Path) -> None:
    """RuntimeError for what Home Assistant would not be told of: a place in the file, or a certificate."""
    if setting(arguments, "--tls-cert", "Bridge__Tls__Cert", ""):
        raise RuntimeError("--home-assistant is for a look at both on this machine: leave out --tls-cert")
    named = setting(arguments, "--config", "Bridge__Config", "")
    for path in (Path(named),) if named else (Path("bridge.yaml"), data / "bridge.yaml"):
        if path.is_file() and (
            found := re.findall(r"^(listen|data|tls)\s*:", path.read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE)
        ):
            raise RuntimeError(f"with --home-assistant give {' and '.join(found)} as flags or in the environment, not in {path}")


async def set_up(home_assistant: HomeAssistant, sidecar: Sidecar) -> None:
    """Log in, and set the integration up unless an earlier run did so for the same sidecar."""
    await home_assistant.log_in()
    mark = hashlib.sha256(f"{sidecar.url} {sidecar.token}".encode()).hexdigest()
    note = home_assistant.folder / "set-up-for"
    if await home_assistant.entry() and note.exists() and note.read_text(encoding="utf-8") == mark:
        return
    say("setting the integration up through its config flow")
    await home_assistant.set_up_bridge(sidecar.url, sidecar.token)
    note.write_text(mark, encoding="utf-8")


async def live(home_assistant: HomeAssistant, sidecar: Sidecar) -> int:
    """Until one of the two ends by itself: the exit code."""
    while True:
        ends = {asyncio.create_task(process.wait()): process for process in (home_assistant.process, sidecar.process)}
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()
        ended = ends[done.pop()]
        if ended is home_assistant.process and await ended.wait() == RESTART_WANTED:
            say("Home Assistant restarts")
            await home_assistant.start()
            continue
        say(f"{ended.name} ended with {await ended.wait()}; its log is {ended.log or 'above'}")
        return 1


async def run(options: argparse.Namespace) -> int:
    """Start everything in order; stop it in the opposite one when this task is cancelled."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    data = Path(setting(options.arguments, "--data", "Bridge__Data", str(state / "hanatsbridge"))).resolve()
    listen = reachable(setting(options.arguments, "--listen", "Bridge__Listen", DEFAULT_LISTEN))
    check_settings(options.arguments, data)
    sidecar = Sidecar(options.sidecar, data, listen, options.arguments, log=None)
    try:
        await sidecar.start()
        async with HomeAssistant(
            options.hass, data / "home-assistant", options.integration, HOME_ASSISTANT_PORT
        ) as home_assistant:
            began = time.monotonic()
            say("starting Home Assistant")
            await home_assistant.start()
            await set_up(home_assistant, sidecar)
            say(f"Home Assistant is ready after {time.monotonic() - began:.0f} s")
            say(f"  open      {home_assistant.url}")
            say(f"  user      {USER}")
            say(f"  password  in {home_assistant.password_file}")
            say(f"  its log   {home_assistant.process.log}")
            say("Ctrl-C stops everything; the next run finds it again.")
            return await live(home_assistant, sidecar)
    finally:
        say("stopping")
        # The sidecar last: it drains, and then stops its nats-server.
        await sidecar.process.stop(signal.SIGINT, 30)


async def main() -> int:
    """Run until Ctrl-C, whatever is still starting then."""
    parser = argparse.ArgumentParser(prog="./bridge run --home-assistant")
    parser.add_argument("--sidecar", type=Path, required=True)
    parser.add_argument("--integration", type=Path, required=True)
    parser.add_argument("--hass", type=Path, default=Path(sys.executable).parent / "hass")
    parser.add_argument("arguments", nargs="*", help="for the sidecar")
    running = asyncio.create_task(run(parser.parse_args()))

    def stop() -> None:
        # Once: a second Ctrl-C would interrupt the stopping.
        if not running.cancelling():
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await running
    except asyncio.CancelledError:
        return 0
    except (RuntimeError, TimeoutError) as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
