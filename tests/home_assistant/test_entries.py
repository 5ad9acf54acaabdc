"""Several entries of one bridge, each with devices of its own, and several bridges, with real sidecars."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up_real
from custom_components.nats_bridge.const import DOMAIN
from custom_components.nats_bridge.scope import is_pattern, overlap
from support.home import Watcher, entity, until
from support.real import RealDevice, RealSidecar

pytestmark = pytest.mark.timeout(150)

PLUG = entity("plug", "switch", name="Plug")


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        ("sensor.*", "sensor.hall", True),
        ("sensor.*", "climate.*", False),
        ("*.hall", "sensor.*", True),
        ("*.*", "a.b", True),
        ("sensor.hall-?", "sensor.hall-12", False),
        ("sensor.hall-?", "sensor.*2", True),
        ("sensor.a*b", "sensor.b*a", False),
        ("sensor.a*b", "sensor.*c*", True),
        ("sensor.a*", "sensor.?", True),
        ("sensor.ab*", "sensor.?", False),
        ("s?.x", "st.?", True),
    ],
)
def test_patterns_overlap_where_one_id_fits_both(first: str, second: str, meet: bool) -> None:
    assert is_pattern(first)
    assert overlap([first], [second]) == (first if meet else None)
    assert overlap([second], [first]) == (second if meet else None)


@pytest.fixture
async def unload(hass: HomeAssistant, home: MockConfigEntry) -> AsyncIterator[None]:
    """Unload the entries that a test adds."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)


async def _add(hass: HomeAssistant, real: RealSidecar, *patterns: str) -> Any:
    """Add an entry of a part in the config flow; returns the flow's result."""
    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    part = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: real.listen, CONF_TOKEN: real.token})
    assert (part["type"], part["step_id"]) == (FlowResultType.FORM, "part")
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"devices": list(patterns)})
    await hass.async_block_till_done()
    return done


async def _choose(hass: HomeAssistant, entry: ConfigEntry, *patterns: str) -> Any:
    """Change an entry's devices in its options."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    done = await hass.config_entries.options.async_configure(form["flow_id"], {"devices": list(patterns)})
    await hass.async_block_till_done()
    return done


def _shown(entry: ConfigEntry) -> set[str]:
    """Return the devices of an entry; empty while it is not set up."""
    return set(entry.runtime_data.population.devices) if entry.state is ConfigEntryState.LOADED else set()


async def test_a_device_moves_between_entries_with_all_that_a_person_has_chosen(
    hass: HomeAssistant,
    real: RealSidecar,
    home: MockConfigEntry,
    watch: Watcher,
    unload: None,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    area_registry: ar.AreaRegistry,
) -> None:
    async with (
        RealDevice(real.nats_url, "plug", "desk", PLUG) as plug,
        RealDevice(real.nats_url, "lamp", "hall", PLUG) as lamp,
        RealDevice(real.nats_url, "outlet", "one", PLUG, parent_device="lamp.hall"),
    ):
        for one in (plug, lamp):
            await one.publish("plug", "on")
        for device_id in ("plug.desk", "lamp.hall"):
            await watch.becomes(f"{device_id}.plug", "on")
        await watch.becomes("outlet.one.plug", "unknown")
        identifier = (DOMAIN, f"{home.unique_id}.plug.desk")
        desk = device_registry.async_get_device_by_identifier(identifier, home.entry_id)
        assert desk is not None
        area = area_registry.async_create("Study")
        device_registry.async_update_device(desk.id, area_id=area.id, name_by_user="My plug")
        entity_registry.async_update_entity(watch.id("plug.desk.plug"), new_entity_id="switch.mine", name="Mine")
        outlet = watch.id("outlet.one.plug")

        def where(entry: ConfigEntry) -> None:
            """Check that the plug is this entry's, as the person has it."""
            now = device_registry.async_get_device_by_identifier(identifier, entry.entry_id)
            assert now is not None
            assert (now.id, now.area_id, now.name_by_user) == (desk.id, area.id, "My plug")
            registered = entity_registry.async_get("switch.mine")
            assert registered is not None
            assert (registered.config_entry_id, registered.device_id, registered.name) == (entry.entry_id, desk.id, "Mine")
            owners = [one for one in hass.config_entries.async_entries(DOMAIN) if "plug.desk" in _shown(one)]
            assert owners == [entry]

        done = await _add(hass, real, "plug.*")
        assert done["type"] is FlowResultType.CREATE_ENTRY
        further = done["result"]
        assert further.title == "HaNatsBridge (plug.*)"
        await until(lambda: _shown(further) == {"plug.desk"} and _shown(home) == {"lamp.hall", "outlet.one"})
        await until(lambda: (state := hass.states.get("switch.mine")) and state.state == "on")
        where(further)
        await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.mine"}, blocking=True)
        assert [command["action"] for command in plug.commands] == ["turn_off"]
        # The patterns change: the lamp and its part come, the plug goes back.
        await _choose(hass, further, "lamp.*", "outlet.*")
        await until(lambda: _shown(further) == {"lamp.hall", "outlet.one"} and _shown(home) == {"plug.desk"})
        await until(lambda: (state := hass.states.get("switch.mine")) and state.state == "on")
        where(home)
        await watch.becomes("lamp.hall.plug", "on")
        await until(lambda: watch.id("outlet.one.plug") == outlet)
        await plug.publish("plug", "off")
        await watch.becomes("plug.desk.plug", "off")
        # A new device, and the end of the further entry.
        async with RealDevice(real.nats_url, "lamp", "new", PLUG):
            await until(lambda: "lamp.new" in _shown(further))
            assert "lamp.new" not in _shown(home)
            await _choose(hass, further, "plug.*")
            await until(lambda: _shown(further) == {"plug.desk"})
            await until(lambda: (state := hass.states.get("switch.mine")) and state.state == "off")
            where(further)
            await hass.config_entries.async_remove(further.entry_id)
            await until(lambda: _shown(home) == {"plug.desk", "lamp.hall", "lamp.new", "outlet.one"})
            await until(lambda: (state := hass.states.get("switch.mine")) and state.state == "off")
            where(home)


async def test_an_overlap_is_refused_and_names_the_other_entry(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, unload: None, issue_registry: ir.IssueRegistry
) -> None:
    def repairs() -> set[str]:
        return {issue_id.partition(".")[2] for _, issue_id in issue_registry.issues}

    done = await _add(hass, real, "sensor.*")
    further: ConfigEntry = done["result"]
    assert further.unique_id != home.unique_id
    for patterns, error, placeholders in (
        (["sensor.hall"], "overlap", {"entry": further.title, "pattern": "sensor.hall"}),
        (["climate.*", "*.hall"], "overlap", {"entry": further.title, "pattern": "*.hall"}),
        ([], "second_rest", {"entry": home.title}),
        (["sensor"], "invalid_pattern", {"pattern": "sensor"}),
        (["a.b.c"], "invalid_pattern", {"pattern": "a.b.c"}),
    ):
        form = await _add(hass, real, *patterns)
        assert form["errors"] == {"devices": error}
        assert form["description_placeholders"].items() >= placeholders.items()
        hass.config_entries.flow.async_abort(form["flow_id"])
    form = await _choose(hass, home, "*.*")
    assert form["errors"] == {"devices": "overlap"}
    form = await _choose(hass, further)
    assert (form["errors"], form["description_placeholders"]["entry"]) == ({"devices": "second_rest"}, home.title)
    # Where each entry has patterns, a device may be in none: a repair tells.
    assert repairs() == set()
    done = await _choose(hass, home, "climate.*")
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: repairs() == {"no_rest"})
    await _choose(hass, home)
    await until(lambda: repairs() == set())


async def test_entries_whose_patterns_overlap_do_not_stop_the_others(
    hass: HomeAssistant,
    real: RealSidecar,
    home: MockConfigEntry,
    watch: Watcher,
    unload: None,
    device_registry: dr.DeviceRegistry,
) -> None:
    async with RealDevice(real.nats_url, "plug", "desk", PLUG) as plug:
        await plug.publish("plug", "on")
        await watch.becomes("plug.desk.plug", "on")
        first: ConfigEntry = (await _add(hass, real, "plug.*"))["result"]
        await until(lambda: _shown(first) == {"plug.desk"})
        # The forms refuse this; edited storage does not.
        second = MockConfigEntry(
            domain=DOMAIN, unique_id=f"{home.unique_id}/second", data=home.data, options={"devices": ["*.desk"]}
        )
        second.add_to_hass(hass)
        await hass.config_entries.async_setup(second.entry_id)
        await until(lambda: _shown(second) == {"plug.desk"})
        await hass.config_entries.async_unload(second.entry_id)
        identifier = (DOMAIN, f"{home.unique_id}.plug.desk")
        for entry in (first, second):
            assert device_registry.async_get_device_by_identifier(identifier, entry.entry_id) is not None
        await hass.config_entries.async_reload(home.entry_id)
        assert home.state is ConfigEntryState.LOADED
        assert device_registry.async_get_device_by_identifier(identifier, first.entry_id) is not None
        assert device_registry.async_get_device_by_identifier(identifier, second.entry_id) is None
        await hass.config_entries.async_reload(first.entry_id)
        await plug.publish("plug", "off")
        await watch.becomes("plug.desk.plug", "off")


async def test_one_entry_speaks_for_the_home(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher, unload: None, issue_registry: ir.IssueRegistry
) -> None:
    def refused() -> list[str]:
        return [
            issue_id.partition(".")[0]
            for _, issue_id in issue_registry.issues
            if issue_id.endswith("rejected_announcement.bad.one")
        ]

    further: ConfigEntry = (await _add(hass, real, "plug.*"))["result"]
    form = await hass.config_entries.options.async_init(further.entry_id)
    assert {str(field) for field in form["data_schema"].schema} == {"devices"}
    async with RealDevice(real.nats_url, "plug", "desk", PLUG) as plug, real.operator() as operator:
        published = await operator.subscribe("home.events.state_changed.>")
        await plug.publish("plug", "on")
        await watch.becomes("plug.desk.plug", "on")
        hass.states.async_set("sun.sun", "above_horizon")
        hass.states.async_set("sun.sun", "below_horizon")
        await until(lambda: len(published) >= 2, 20)
        # A repair of the sidecar is shown once, whatever entry its device is in.
        await plug.publish_bytes("home.discovery.announce", b'{"schema": 1, "type": "bad", "id": "one", "entities": 5}')
        await until(refused, 20)
        assert refused() == [home.entry_id]
        assert [(event["entity_id"], event["state"]) for event in published] == [
            ("sun.sun", "above_horizon"),
            ("sun.sun", "below_horizon"),
        ]
        # When the first entry is disabled, the other one speaks.
        await hass.config_entries.async_set_disabled_by(home.entry_id, ConfigEntryDisabler.USER)
        await until(lambda: refused() == [further.entry_id], 20)
        await hass.config_entries.async_set_disabled_by(home.entry_id, None)
        await until(lambda: refused() == [home.entry_id], 20)


async def test_a_new_token_is_typed_once_for_all_entries(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, unload: None
) -> None:
    further: ConfigEntry = (await _add(hass, real, "plug.*"))["result"]
    await real.kill()
    (real.data / "token").write_text("another-token-of-forty-three-characters-xyz\n", encoding="utf-8")
    await real.start()
    flows = await until(lambda: len(found := hass.config_entries.flow.async_progress()) == 2 and found, 30)
    assert flows
    done = await hass.config_entries.flow.async_configure(flows[1]["flow_id"], {CONF_TOKEN: real.token})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    await until(lambda: not hass.config_entries.flow.async_progress())
    for entry in (home, further):
        await until(lambda entry=entry: entry.state is ConfigEntryState.LOADED and entry.runtime_data.home.connection is not None)
        assert entry.data[CONF_TOKEN] == real.token


async def test_two_bridges_at_once_do_not_disturb_each_other(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher, unload: None, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    second = RealSidecar(tmp_path / "other", "newest")
    await second.start()
    try:
        cottage = await set_up_real(hass, second)
        there = Watcher(hass, cottage)
        assert cottage.unique_id != home.unique_id
        async with (
            RealDevice(real.nats_url, "plug", "desk", PLUG) as here_plug,
            RealDevice(second.nats_url, "plug", "desk", PLUG) as there_plug,
        ):
            await asyncio.gather(here_plug.publish("plug", "on"), there_plug.publish("plug", "off"))
            await watch.becomes("plug.desk.plug", "on")
            await there.becomes("plug.desk.plug", "off")
            await hass.services.async_call("switch", "turn_on", {"entity_id": there.id("plug.desk.plug")}, blocking=True)
            assert (len(here_plug.commands), len(there_plug.commands)) == (0, 1)
            # One is killed: the other's entities stay.
            await second.kill()
            await there.becomes("plug.desk.plug", "unavailable", 40)
            await here_plug.publish("plug", "off")
            await watch.becomes("plug.desk.plug", "off")
            await second.start()
            await there.becomes("plug.desk.plug", "off", 40)
            await here_plug.remove()
            await until(lambda: not watch.id("plug.desk.plug"))
            await there.becomes("plug.desk.plug", "off")
        await hass.config_entries.async_unload(cottage.entry_id)
    finally:
        await second.stop()
