"""What the tests of the integration share: a real Home Assistant core, a scripted sidecar, and a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from homeassistant import const

# Before any test looks for errors in the log: the first import says so where libturbojpeg is missing.
import homeassistant.components.camera
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

# Before the plugin's own package of this name hides ours.
import custom_components.nats_bridge
from custom_components.nats_bridge.const import DOMAIN
from support.home import Watcher
from support.real import RealSidecar
from support.scripted import BRIDGE_ID, TOKEN, ScriptedSidecar

assert custom_components.nats_bridge
assert homeassistant.components.camera


#: With --second-release these files are left out, because their outcome does not depend on Home Assistant's release.
RELEASE_INDEPENDENT = {
    "test_faults.py": "our connection code and a scripted sidecar",
    "test_mqtt.py": "the records are what Home Assistant 2026.10 made of the messages",
    "test_link.py": "our connection code and a scripted sidecar",
    "test_not_ready.py": "the sidecar's start",
    "test_quality_scale.py": "our files",
    "test_real_sidecar.py": "the sidecar and its server; the end-to-end tests use real ones with both releases",
    "test_reporter.py": "our queue and a scripted sidecar",
    "test_static.py": "our files",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option by which ./bridge test runs these tests with a second release."""
    parser.addoption("--second-release", action="store_true", help="only the tests that depend on Home Assistant's release")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what does not depend on the release."""
    return True if config.getoption("--second-release") and collection_path.name in RELEASE_INDEPENDENT else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the other release has, by the mark `release`: its suite runs it."""
    others = [
        item for item in items if (mark := item.get_closest_marker("release")) and not const.__version__.startswith(mark.args[0])
    ]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture(autouse=True)
def custom_integrations(enable_custom_integrations: None, socket_enabled: None) -> None:
    """Load ours, and let it open real sockets."""


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the loop's debug mode off, which the plugin turns on.

    It notes a stack for every task and future, which is a third of all these tests' time; what it finds are calls from other
    threads, and the integration has none.
    """


@pytest.fixture
async def sidecar(socket_enabled: None) -> AsyncIterator[ScriptedSidecar]:
    """A scripted sidecar that listens."""
    scripted = await ScriptedSidecar().start()
    yield scripted
    await scripted.stop()


@pytest.fixture
async def entry(hass: HomeAssistant, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MockConfigEntry]:
    """An entry for the scripted sidecar, not yet set up. Its link comes back sooner than in life."""
    monkeypatch.setattr("custom_components.nats_bridge.link._FIRST_DELAYS", (0.05, 0.1))
    config_entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=BRIDGE_ID,
        title="HaNatsBridge",
        data={CONF_URL: sidecar.url, CONF_TOKEN: TOKEN},
    )
    config_entry.add_to_hass(hass)
    yield config_entry
    if config_entry.state.recoverable and config_entry.entry_id in {e.entry_id for e in hass.config_entries.async_entries()}:
        await hass.config_entries.async_unload(config_entry.entry_id)


async def set_up(hass: HomeAssistant, config_entry: MockConfigEntry) -> None:
    """Set the entry up and wait until it is."""
    await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done()


async def set_up_real(hass: HomeAssistant, real: RealSidecar) -> MockConfigEntry:
    """Set up an entry for a real sidecar by the config flow."""
    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: real.listen, CONF_TOKEN: real.token})
    await hass.async_block_till_done()
    assert done["type"] is FlowResultType.CREATE_ENTRY
    entry: MockConfigEntry = done["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry


@pytest.fixture(params=["newest"])
async def real(request: pytest.FixtureRequest, tmp_path: Path, socket_enabled: None) -> AsyncIterator[RealSidecar]:
    """A sidecar with its own nats-server; parametrized with the release of the latter."""
    sidecar = RealSidecar(tmp_path, request.param)
    await sidecar.start()
    yield sidecar
    await sidecar.stop()


@pytest.fixture
async def home(hass: HomeAssistant, real: RealSidecar) -> AsyncIterator[MockConfigEntry]:
    """The entry that the config flow makes for it."""
    entry = await set_up_real(hass, real)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def watch(hass: HomeAssistant, home: MockConfigEntry) -> Watcher:
    """Look at the home's entities."""
    return Watcher(hass, home)
