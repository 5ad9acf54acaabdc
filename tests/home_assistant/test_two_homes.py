"""Two homes in one Home Assistant do not collide, and what comes and goes leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from support.home import device, entity, entity_id_of, state_of, until
from support.scripted import TOKEN, ScriptedSidecar, hello_result, snapshot

OTHER = "zzzzzzz2"
HALL = snapshot(
    {"devices": [device("lamp", "hall", entity("light", "switch", name=None), connections=[["mac", "02:00:5e:10:00:01"]])]},
    {"states": [["lamp.hall.light", "on"]]},
)


@pytest.fixture
async def other(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[tuple[MockConfigEntry, ScriptedSidecar]]:
    """Another home, with devices of the same ids."""
    scripted = await ScriptedSidecar().start()
    scripted.hello = hello_result(bridge_id=OTHER)
    scripted.frames = HALL
    entry = MockConfigEntry(domain=DOMAIN, unique_id=OTHER, data={CONF_URL: scripted.url, CONF_TOKEN: TOKEN})
    entry.add_to_hass(hass)
    yield entry, scripted
    if entry.state.recoverable and hass.config_entries.async_get_entry(entry.entry_id):
        await hass.config_entries.async_unload(entry.entry_id)
    await scripted.stop()


async def test_a_second_home_has_its_address_in_its_title(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, device_registry: dr.DeviceRegistry
) -> None:
    await set_up(hass, entry)
    second = await ScriptedSidecar().start()
    second.hello = hello_result(bridge_id=OTHER)
    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: second.url, CONF_TOKEN: TOKEN})
    await hass.async_block_till_done()
    assert done["title"] == f"HaNatsBridge (127.0.0.1:{second.port})"
    names = {
        bridge.name
        for one in (entry, done["result"])
        for bridge in dr.async_entries_for_config_entry(device_registry, one.entry_id)
        if bridge.model == "Sidecar"
    }
    assert names == {"HaNatsBridge", done["title"]}
    await hass.config_entries.async_unload(done["result"].entry_id)
    await second.stop()


async def test_the_same_ids_in_two_homes_are_two_devices(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    other: tuple[MockConfigEntry, ScriptedSidecar],
    device_registry: dr.DeviceRegistry,
) -> None:
    second, second_sidecar = other
    sidecar.frames = HALL
    await set_up(hass, entry)
    for config_entry in (entry, second):
        if not config_entry.state.recoverable:
            await set_up(hass, config_entry)
    assert entity_id_of(hass, "lamp.hall.light") != entity_id_of(hass, "lamp.hall.light", OTHER)
    for config_entry in (entry, second):
        assert len(dr.async_entries_for_config_entry(device_registry, config_entry.entry_id)) == 2
    target = {"entity_id": entity_id_of(hass, "lamp.hall.light", OTHER)}
    await hass.services.async_call("switch", "turn_off", target, blocking=True)
    assert (sidecar.calls, len(second_sidecar.calls)) == ([], 1)
    # A removal in one home does not affect the other.
    await sidecar.push({"t": "batch", "seq": 101, "removed": ["lamp.hall"]})
    await until(lambda: entity_id_of(hass, "lamp.hall.light") is None)
    assert await hass.config_entries.async_remove(entry.entry_id)
    state = state_of(hass, "lamp.hall.light", OTHER)
    assert state is not None
    assert state.state == "on"


async def test_repeated_reloads_leak_nothing(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    sidecar.frames = HALL

    async def reload() -> tuple[dict[str, int], int, int]:
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        await until(lambda: len(sidecar._sockets) == 1)
        tasks = [task for task in asyncio.all_tasks() if "nats_bridge" in task.get_name()]
        return dict(hass.bus.async_listeners()), len(tasks), len(entry.runtime_data.home.own_entity_ids)

    await set_up(hass, entry)
    first = await reload()
    for _ in range(5):
        assert await reload() == first


async def test_category_visibility_and_enabling_are_registered(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, entity_registry: er.EntityRegistry
) -> None:
    described = [
        entity("hidden", "sensor", visible_by_default=False),
        entity("off", "sensor", enabled_by_default=False),
        entity("plain", "sensor", entity_category="diagnostic"),
        entity("future", "sensor", entity_category="of_the_future"),
    ]
    sidecar.frames = snapshot({"devices": [device("dev", "one", *described)]})
    await set_up(hass, entry)

    def registered(key: str) -> er.RegistryEntry:
        found = entity_registry.async_get(entity_id_of(hass, f"dev.one.{key}") or "")
        assert found is not None
        return found

    assert registered("hidden").hidden_by is er.RegistryEntryHider.INTEGRATION
    assert registered("off").disabled_by is er.RegistryEntryDisabler.INTEGRATION
    plain = registered("plain")
    assert (plain.hidden_by, plain.disabled_by, plain.entity_category) == (None, None, "diagnostic")
    assert registered("future").entity_category is None
