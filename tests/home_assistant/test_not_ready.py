"""A sidecar that cannot start raises repairs, and nothing of the home is lost meanwhile."""

from __future__ import annotations

from pathlib import Path

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import nats
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from support.home import device, entity, state_of, until, until_state
from support.real import RealNats, RealSidecar
from support.scripted import ScriptedSidecar, snapshot

pytestmark = pytest.mark.timeout(150)

PLUG = device("plug", "hall", entity("plug", "switch"))
REPAIR = {
    "id": "foreign_stream",
    "key": "foreign_stream",
    "severity": "error",
    "placeholders": {"stream": "GREEDY", "has": "home.>", "wanted": "HOME_TELEMETRY", "subjects": "home.devices.*.*.state"},
    "active": True,
}
BYE = {"t": "bye", "error": {"code": "NOT_READY", "message": "not yet", "retryable": True, "details": {"retry_after": 0.1}}}


@pytest.mark.parametrize("release", ["oldest", "newest"])
async def test_a_foreign_stream_is_a_repair_and_the_home_is_set_up_without_it(
    hass: HomeAssistant, tmp_path: Path, socket_enabled: None, release: str
) -> None:
    async with RealNats(tmp_path / "js", release) as server:
        client = await nats.connect(server.url)
        await client.jetstream().add_stream(name="GREEDY", subjects=["home.>"])
        sidecar = RealSidecar(tmp_path, release, server.url)
        await sidecar.launch()
        try:
            form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
            done = await hass.config_entries.flow.async_configure(
                form["flow_id"], {CONF_URL: sidecar.listen, CONF_TOKEN: sidecar.token}
            )
            assert done["type"] is FlowResultType.CREATE_ENTRY
            entry: MockConfigEntry = done["result"]
            await until(lambda: entry.state is ConfigEntryState.SETUP_RETRY, 30)
            issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{entry.entry_id}.foreign_stream")
            assert issue is not None
            assert issue.translation_placeholders is not None
            assert issue.translation_placeholders["stream"] == "GREEDY"
            assert issue.translation_placeholders["plain_wanted"] == "HOME_TELEMETRY"

            await client.jetstream().delete_stream("GREEDY")
            await sidecar.start_is_over()
            await hass.config_entries.async_reload(entry.entry_id)
            await until(lambda: entry.state is ConfigEntryState.LOADED)
            assert ir.async_get(hass).async_get_issue(DOMAIN, f"{entry.entry_id}.foreign_stream") is None
            await hass.config_entries.async_unload(entry.entry_id)
        finally:
            await client.close()
            await sidecar.stop()


async def test_repairs_without_a_snapshot_remove_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [PLUG]}, {"states": [["plug.hall.plug", "on"]]})
    await set_up(hass, entry)
    await until_state(hass, "plug.hall.plug", "on")

    whole = sidecar.frames
    sidecar.frames = [*snapshot({"issues": [REPAIR]}, epoch="e2")[:-1], BYE]
    await sidecar.cut()
    issue = await until(lambda: ir.async_get(hass).async_get_issue(DOMAIN, f"{entry.entry_id}.foreign_stream"))
    assert issue.severity is ir.IssueSeverity.ERROR
    assert state_of(hass, "plug.hall.plug") is not None

    sidecar.frames = whole
    await until(lambda: ir.async_get(hass).async_get_issue(DOMAIN, f"{entry.entry_id}.foreign_stream") is None)
    await until_state(hass, "plug.hall.plug", "on")
