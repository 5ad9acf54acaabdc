"""The sidecar's advertisement in the local network, and what Home Assistant makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_address
import json
from pathlib import Path
import shutil
import subprocess
import sys
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER, SOURCE_ZEROCONF, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.loader import async_get_zeroconf
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from support.home import device, entity, until, until_state
from support.real import nats_program, sidecar_program
from support.scripted import BRIDGE_ID, TOKEN, ScriptedSidecar, hello_result, snapshot

KIND = "_hanatsbridge._tcp.local."
BROWSER = Path(__file__).parent / "support" / "browse.py"


def _has_network_of_its_own() -> bool:
    """Whether a process may have one. In a container it often may not."""
    if not all(map(shutil.which, ("unshare", "ip"))):
        return False
    return subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.timeout(150)
@pytest.mark.skipif(not _has_network_of_its_own(), reason="no network namespaces here")
async def test_the_sidecar_is_found_by_a_foreign_browser_without_its_token(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        "unshare", "-n", sys.executable, str(BROWSER), str(tmp_path), str(sidecar_program()), str(nats_program("newest")),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(140):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    seen: dict[str, Any] = json.loads(output)
    bridge_id = seen["properties"]["bridge_id"]
    assert len(seen["names"]) == 1
    assert bridge_id in seen["names"][0]
    assert (seen["addresses"], seen["port"], seen["goodbye"]) == (["192.0.2.1"], 8129, True)
    assert set(seen["properties"]) == {"bridge_id", "schema", "version", "name", "scheme"}
    assert (seen["properties"]["schema"], seen["properties"]["scheme"]) == ("1", "http")
    assert (tmp_path / "data" / "token").read_text(encoding="utf-8").strip() not in output.decode()


async def test_home_assistant_listens_for_the_sidecar(hass: HomeAssistant) -> None:
    assert (await async_get_zeroconf(hass))[KIND] == [{"domain": DOMAIN}]


def advertisement(sidecar: ScriptedSidecar, **properties: str) -> ZeroconfServiceInfo:
    """Return what Home Assistant's zeroconf hands over."""
    return ZeroconfServiceInfo(
        ip_address=ip_address("127.0.0.1"),
        ip_addresses=[ip_address("127.0.0.1")],
        port=sidecar.port,
        hostname=f"hanatsbridge-{BRIDGE_ID}-cellar.local.",
        type=KIND,
        name=f"HaNatsBridge {BRIDGE_ID} cellar.{KIND}",
        properties={"bridge_id": BRIDGE_ID, "schema": "1", "version": "0.1.0", "name": "cellar", "scheme": "http"} | properties,
    )


async def _discover(hass: HomeAssistant, found: ZeroconfServiceInfo) -> Any:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=found)


@pytest.fixture
async def unload(hass: HomeAssistant) -> AsyncIterator[None]:
    """Unload what the flows have set up."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_discovered_sidecar_needs_only_its_token(hass: HomeAssistant, sidecar: ScriptedSidecar, unload: None) -> None:
    form = await _discover(hass, advertisement(sidecar))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "zeroconf_confirm")
    assert form["description_placeholders"] == {"name": "cellar", "url": sidecar.url}
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "HaNatsBridge (cellar)"}
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_TOKEN: "wrong"})
    assert wrong["errors"] == {"base": "invalid_auth"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_TOKEN: TOKEN})
    await hass.async_block_till_done()
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"] == {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN}
    assert done["result"].unique_id == BRIDGE_ID


async def test_a_sidecar_that_was_added_while_the_form_was_open_is_not_added_again(
    hass: HomeAssistant, sidecar: ScriptedSidecar
) -> None:
    form = await _discover(hass, advertisement(sidecar))
    MockConfigEntry(domain=DOMAIN, unique_id=BRIDGE_ID, data={CONF_URL: sidecar.url, CONF_TOKEN: TOKEN}).add_to_hass(hass)
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_TOKEN: TOKEN})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_a_sidecar_that_is_another_home_than_it_says_is_refused(hass: HomeAssistant, sidecar: ScriptedSidecar) -> None:
    form = await _discover(hass, advertisement(sidecar))
    sidecar.hello = hello_result(bridge_id="zzzzzzz2")
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_TOKEN: TOKEN})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "wrong_bridge")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"bridge_id": ""}, "invalid_discovery_info"),
        ({"schema": "99"}, "unsupported_version"),
        ({"schema": "x"}, "invalid_discovery_info"),
    ],
)
async def test_an_advertisement_that_cannot_be_used_is_not_offered(
    hass: HomeAssistant, sidecar: ScriptedSidecar, properties: dict[str, str], reason: str
) -> None:
    done = await _discover(hass, advertisement(sidecar, **properties))
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, reason)


@pytest.fixture
async def gone(hass: HomeAssistant) -> MockConfigEntry:
    """An entry whose sidecar does not answer at its address in the local network."""
    # Before there is an entry: else Home Assistant would connect to that address.
    assert await async_setup_component(hass, DOMAIN, {})
    entry = MockConfigEntry(domain=DOMAIN, unique_id=BRIDGE_ID, data={CONF_URL: "http://192.0.2.9:8129", CONF_TOKEN: TOKEN})
    entry.add_to_hass(hass)
    entry.mock_state(hass, ConfigEntryState.SETUP_ERROR)
    return entry


async def test_a_sidecar_that_moved_gets_the_token_only_after_a_person_confirms(
    hass: HomeAssistant, gone: MockConfigEntry, sidecar: ScriptedSidecar, unload: None
) -> None:
    further = MockConfigEntry(domain=DOMAIN, unique_id=f"{BRIDGE_ID}/x", data=gone.data, options={"devices": ["plug.*"]})
    further.add_to_hass(hass)
    form = await _discover(hass, advertisement(sidecar))
    await hass.async_block_till_done()
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "moved")
    assert form["description_placeholders"] == {"name": "cellar", "url": sidecar.url, "old_url": "http://192.0.2.9:8129"}
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": f"HaNatsBridge → {sidecar.url}"}
    assert gone.data[CONF_URL] == "http://192.0.2.9:8129"
    assert sidecar.connections == 0
    # It advertises itself again: there is still one card.
    again = await _discover(hass, advertisement(sidecar))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_in_progress")
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "moved")
    for entry in (gone, further):
        assert entry.data == {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN}
        assert entry.state is ConfigEntryState.LOADED


async def test_an_address_that_is_ignored_changes_nothing_and_is_not_offered_again(
    hass: HomeAssistant, gone: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    form = await _discover(hass, advertisement(sidecar))
    [flow] = hass.config_entries.flow.async_progress()
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": flow["context"]["unique_id"], "title": "moved"}
    )
    assert form["flow_id"] not in [one["flow_id"] for one in hass.config_entries.flow.async_progress()]
    assert hass.config_entries.async_get_entry(gone.entry_id) is gone
    again = await _discover(hass, advertisement(sidecar))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert gone.data[CONF_URL] == "http://192.0.2.9:8129"
    assert sidecar.connections == 0


@pytest.mark.parametrize(("url", "asks"), [("http://192.0.2.9:8129", True), ("https://192.0.2.9:8129", False),
    ("http://cellar.lan:8129", False), ("http://127.0.0.1:1", False)])  # fmt: skip
async def test_only_an_address_without_name_and_certificate_is_asked_about(
    hass: HomeAssistant, gone: MockConfigEntry, sidecar: ScriptedSidecar, url: str, asks: bool
) -> None:
    hass.config_entries.async_update_entry(gone, data={CONF_URL: url, CONF_TOKEN: TOKEN})
    found = await _discover(hass, advertisement(sidecar))
    assert found["type"] is (FlowResultType.FORM if asks else FlowResultType.ABORT)


async def test_a_move_to_a_sidecar_that_is_not_ours_changes_nothing(
    hass: HomeAssistant, gone: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    form = await _discover(hass, advertisement(sidecar))
    sidecar.token = "another"
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert wrong["errors"] == {"base": "invalid_auth"}
    sidecar.token, sidecar.hello = TOKEN, hello_result(bridge_id="zzzzzzz2")
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "wrong_bridge")
    assert gone.data[CONF_URL] == "http://192.0.2.9:8129"


async def test_a_move_is_not_confirmed_of_a_bridge_whose_entry_was_deleted(
    hass: HomeAssistant, gone: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    form = await _discover(hass, advertisement(sidecar))
    await hass.config_entries.async_remove(gone.entry_id)
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "not_moved")
    assert sidecar.connections == 0


async def test_a_sidecar_that_was_ignored_is_not_offered_but_can_be_added(
    hass: HomeAssistant, sidecar: ScriptedSidecar, unload: None
) -> None:
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": BRIDGE_ID, "title": "HaNatsBridge"}
    )
    found = await _discover(hass, advertisement(sidecar))
    assert (found["type"], found["reason"]) == (FlowResultType.ABORT, "already_configured")
    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN})
    await hass.async_block_till_done()
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert [entry.source for entry in hass.config_entries.async_entries(DOMAIN)] == [SOURCE_USER]


async def test_an_entry_whose_address_still_works_keeps_it(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    # A name, a certificate's name, or the way through a proxy: the person chose it.
    await set_up(hass, entry)
    other = advertisement(sidecar)
    other.port = 9
    await _discover(hass, other)
    await hass.async_block_till_done()
    assert entry.data[CONF_URL] == sidecar.url
    assert entry.runtime_data.home.connection is not None


async def test_a_retrying_link_connects_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", entity("x", "switch"))]}, {"states": [["dev.one.x", "on"]]})
    await set_up(hass, entry)
    monkeypatch.setattr("custom_components.nats_bridge.link._FIRST_DELAYS", (3600.0, 3600.0))
    await sidecar.stop()
    await until(lambda: entry.runtime_data.home.connection is None)
    await sidecar.start()
    await _discover(hass, advertisement(sidecar))
    await until(lambda: entry.runtime_data.home.connection is not None)
    await until_state(hass, "dev.one.x", "on")
