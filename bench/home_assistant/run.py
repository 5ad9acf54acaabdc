"""./bridge bench home_assistant: the way into a real Home Assistant and back, beside mqtt and the direct limit.

Every figure is printed, never judged. Ratios hold within one run only: contenders take turns on the same machine with the same
Home Assistant, each in a fresh folder.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import os
from pathlib import Path
import shutil
import sys
import tempfile
import time
from typing import Any

from real_home.home_assistant import HomeAssistant

from . import measures, table
from .contenders.base import Contender, HassNeeds, Load, memory_of
from .contenders.direct import Direct
from .contenders.mqtt import Mqtt
from .contenders.mqtt_bridge import MqttBridge
from .contenders.nats_bridge import NatsBridge

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTENDERS: dict[str, type[Contender]] = {kind.name: kind for kind in (NatsBridge, MqttBridge, Mqtt, Direct)}
FLOOD_LOAD = Load(devices=20, entities=50)
COLD_LOAD = Load(devices=180, entities=50)
#: Of each platform; 36 platforms have 9,000 entities.
PLATFORM_LOAD = Load(devices=5, entities=50)
WARM_UP = 50


def configure(folder: Path, needs: HassNeeds, *, recorder: bool) -> None:
    """Write a configuration that loads nothing that the measurement does not need; JSON is YAML."""
    content: dict[str, Any] = {
        "homeassistant": {"name": "Bench", "unit_system": "metric", "time_zone": "UTC", "country": "DE",
                          "latitude": 52.5, "longitude": 13.4, "elevation": 35},
        "config": {}, "frontend": {}, "bench_probe": {}, "logger": {"default": "warning"}, **needs.configuration,
    }  # fmt: skip
    if recorder:
        content["recorder"] = {}
    folder.mkdir(parents=True)
    (folder / "configuration.yaml").write_text(json.dumps(content), encoding="utf-8")
    components = folder / "custom_components"
    components.mkdir()
    for component in [HERE / "custom_components" / "bench_probe", *needs.components]:
        (components / component.name).symlink_to(component)


async def set_up(home: HomeAssistant, needs: HassNeeds) -> None:
    """Walk through the contender's own config flow."""
    await home.log_in()
    if needs.flow is None:
        return
    handler, inputs = needs.flow
    step = await home.api("POST", "config/config_entries/flow", {"handler": handler})
    for given in inputs:
        if step["type"] == "menu":
            step = await home.api("POST", f"config/config_entries/flow/{step['flow_id']}", {"next_step_id": "broker"})
        step = await home.api("POST", f"config/config_entries/flow/{step['flow_id']}", given)
    if step["type"] != "create_entry":
        raise RuntimeError(f"{handler}: the config flow ended with {step}")


@asynccontextmanager
async def running(
    kind: type[Contender], load: Load, options: argparse.Namespace
) -> AsyncIterator[tuple[Contender, HomeAssistant]]:
    """A contender and its Home Assistant, set up and with every sensor at 0."""
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{kind.name}-"))
    contender = kind(folder / "contender", load)
    try:
        needs = await contender.start()
        configure(folder / "hass", needs, recorder=options.recorder)
        async with home_in(folder / "hass") as home:
            await home.start()
            await set_up(home, needs)
            yield contender, home
    finally:
        await contender.stop()
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def flood_figures(kind: type[Contender], options: argparse.Namespace) -> table.Column:
    """Latencies and throughput with a thousand sensors."""
    column: table.Column = {}
    async with running(kind, FLOOD_LOAD, options) as (contender, home):
        await contender.announce()
        async with await home.connect() as hass:
            await measures.until_all_have_state(contender, hass, time.monotonic())
            await measures.state_latency(contender, hass, WARM_UP)
        async with await home.connect() as hass:
            await measures.action_latency(contender, hass, WARM_UP)
        for suffix, pause in (("", measures.PAUSE), (", in a row", 0.0)):
            async with await home.connect() as hass:
                state = await measures.state_latency(contender, hass, options.samples, pause)
            async with await home.connect() as hass:
                result, echo = await measures.action_latency(contender, hass, options.samples, pause)
            column |= {
                f"publish → state event{suffix}, p50 ms": state.p50, f"publish → state event{suffix}, p99 ms": state.p99,
                f"action → result{suffix}, p50 ms": result.p50, f"action → result{suffix}, p99 ms": result.p99,
                f"action → state event{suffix}, p50 ms": echo.p50, f"action → state event{suffix}, p99 ms": echo.p99,
            }  # fmt: skip
        for watched in (False, True):
            async with await home.connect() as hass:
                if watched:
                    async with await home.connect() as watcher:
                        found = await measures.throughput(contender, hass, options.rounds, watcher)
                else:
                    found = await measures.throughput(contender, hass, options.rounds, None)
            suffix = ", one watcher" if watched else ""
            column |= {
                f"updates/s{suffix}": found.per_second,
                f"share written, %{suffix}": 100 * found.written / found.published,
                f"last values wrong{suffix}": found.wrong,
                f"the loop's processor time for one update{suffix}, µs": found.work_per_update,
                **found.blocks.rows(f" in flood{suffix}"),
            }
            if found.watched is not None:
                column["watcher received, % of written"] = 100 * found.watched / max(found.written, 1)
    return column


async def platform_figures(kind: type[Contender], options: argparse.Namespace) -> table.Column:
    """The set-up of 250 entities of each platform, one platform after the other."""
    column: table.Column = {}
    async with running(kind, PLATFORM_LOAD, options) as (contender, home), await home.connect() as hass:
        for platform in contender.platforms:
            cost = await measures.set_up_of_platform(contender, hass, platform, PLATFORM_LOAD.devices, PLATFORM_LOAD.entities)
            column[f"new {platform}, the loop's processor ms"] = cost
    return column


async def own_start(options: argparse.Namespace) -> float:
    """Seconds that a Home Assistant without any contender takes from its start until it says that it runs."""
    with tempfile.TemporaryDirectory(prefix="bench-own-start-", ignore_cleanup_errors=True) as folder:
        configure(Path(folder) / "hass", HassNeeds({}, [], None), recorder=options.recorder)
        async with home_in(Path(folder) / "hass") as home:
            await home.start()
            await home.log_in()
            await home.process.stop()
            began = time.monotonic()
            await home.start()
            async with await home.connect() as hass:
                return await measures.until_running(hass, began)


def home_in(folder: Path) -> HomeAssistant:
    """Home Assistant in a folder that has been configured."""
    return HomeAssistant(Path(sys.executable).parent / "hass", folder, ROOT / "custom_components" / "nats_bridge")


async def cold_figures(kind: type[Contender], options: argparse.Namespace) -> table.Column:
    """First sight of 9,000 entities, and a restart of Home Assistant with them."""
    own = await own_start(options)
    async with running(kind, COLD_LOAD, options) as (contender, home):
        idle = contender.memory()
        async with await home.connect() as hass:
            began = time.monotonic()
            await contender.announce()
            first = await measures.until_all_have_state(contender, hass, began)
            first_blocks = await measures.blocks(hass)
        if not home.process.running:
            raise RuntimeError(home.process.tail())
        await asyncio.sleep(12)  # Home Assistant writes its registries ten seconds after the last change
        await home.process.stop()
        began = time.monotonic()
        await home.start()
        await contender.after_restart()
        async with await home.connect() as hass:
            restart = await measures.until_all_have_state(contender, hass, began)
            restart_blocks = await measures.blocks(hass)
        loaded = contender.memory()
        column: table.Column = {
            "9,000 entities, first sight, s": first, "9,000 entities, restart of Home Assistant, s": restart,
            "Home Assistant's own start, s": own, "9,000 entities, restart without the own start, s": restart - own,
            **first_blocks.rows(" at first sight"), **restart_blocks.rows(" at restart"),
            "Home Assistant with 9,000, MB": memory_of(home.process.pid)["VmRSS"] / 1e6,
        }  # fmt: skip
        for name, size in idle.items():
            column[f"sidecar idle, {name} MB"] = size / 1e6
        for name, size in loaded.items():
            column[f"sidecar with 9,000 entities, {name} MB"] = size / 1e6
        return column


async def main() -> None:
    """Let the contenders take turns, and print what was found."""
    parser = argparse.ArgumentParser(prog="./bridge bench home_assistant", description=__doc__)
    parser.add_argument("--contender", action="append", choices=CONTENDERS, help="only these")
    parser.add_argument("--samples", type=int, default=500, help="samples of each latency")
    parser.add_argument("--rounds", type=int, default=100, help="updates of each of 1,000 sensors in a flood")
    parser.add_argument("--recorder", action="store_true", help="with Home Assistant's recorder")
    parser.add_argument("--skip-cold", action="store_true", help="without the cold start")
    parser.add_argument("--skip-platforms", action="store_true", help="without the set-up of each platform")
    parser.add_argument("--skip-flood", action="store_true", help="without latencies and floods")
    parser.add_argument("--keep", action="store_true", help="keep the folders")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-bytecode-", ignore_cleanup_errors=True) as folder:
        # As everywhere else, the second start of a Home Assistant finds its modules compiled; where Python is told to keep no
        # bytecode, compiling would be most of what a restart costs.
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        await measure(options)


async def measure(options: argparse.Namespace) -> None:
    """Print each contender's figures as soon as they are there, and all side by side."""
    columns: dict[str, table.Column] = {}
    for name in options.contender or CONTENDERS:
        columns[name] = {}
        if not options.skip_flood:
            columns[name] |= await flood_figures(CONTENDERS[name], options)
        if not options.skip_cold:
            columns[name] |= await cold_figures(CONTENDERS[name], options)
        if not options.skip_platforms and CONTENDERS[name].platforms:
            columns[name] |= await platform_figures(CONTENDERS[name], options)
        # What is measured is not lost to an interruption.
        print(table.render({name: columns[name]}, reference="mqtt"), file=sys.stderr, flush=True)
    print(table.render(columns, reference="mqtt"))


if __name__ == "__main__":
    asyncio.run(main())
