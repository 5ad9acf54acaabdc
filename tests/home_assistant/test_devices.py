"""Devices and entities that come, change and go while Home Assistant runs."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import BRIDGE_ID, ScriptedSidecar, snapshot

PLUG = entity("plug", "switch", name="Plug")
POWER = entity("power", "sensor", name="Power", unit_of_measurement="W", device_class="power", state_class="measurement")


@pytest.fixture
def devices(device_registry: dr.DeviceRegistry, entry: MockConfigEntry) -> Any:
    """Look a device up by `{type}.{id}`, child or not."""

    def find(device_id: str) -> dr.AnyDeviceEntry | None:
        identifier = (DOMAIN, f"{BRIDGE_ID}.{device_id}")
        return device_registry.async_get_device_by_identifier(
            identifier, entry.entry_id
        ) or device_registry.async_get_child_device_by_identifier(identifier, entry.entry_id)

    return find


async def _push(sidecar: ScriptedSidecar, seq: int = 101, **members: Any) -> None:
    await sidecar.push({"t": "batch", "seq": seq, **members})


async def test_a_device_of_a_new_platform_is_added(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    await set_up(hass, entry)
    assert entry.runtime_data.population.platforms == []
    await _push(sidecar, devices=[device("plug", "desk", PLUG, POWER)], states=[["plug.desk.plug", "on"], ["plug.desk.power", 7]])
    await until_state(hass, "plug.desk.plug", "on")
    await until_state(hass, "plug.desk.power", "7")
    await _push(sidecar, devices=[device("plug", "wall", PLUG)], states=[["plug.wall.plug", "off"]])
    await until_state(hass, "plug.wall.plug", "off")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_changed_description_changes_the_entity_in_place(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, entity_registry: er.EntityRegistry, devices: Any
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG, POWER)]}, {"states": [["plug.desk.power", 7]]})
    await set_up(hass, entry)
    object_before = entry.runtime_data.population.entities["plug.desk.power"]
    entity_id = entity_id_of(hass, "plug.desk.power")
    changed = POWER | {"name": "Draw", "unit_of_measurement": "kW", "icon": "mdi:flash", "entity_category": "diagnostic"}
    await _push(sidecar, devices=[device("plug", "desk", PLUG, changed, sw_version="2.0", revision=2)])
    await until(lambda: (state := hass.states.get(entity_id or "")) and state.attributes["unit_of_measurement"] == "kW")
    state = hass.states.get(entity_id or "")
    assert state is not None
    assert state.attributes["friendly_name"] == "plug desk Draw"
    assert state.attributes["icon"] == "mdi:flash"
    assert state.state == "7"
    registered = entity_registry.async_get(entity_id or "")
    assert registered is not None
    assert (registered.original_name, registered.entity_category) == ("Draw", "diagnostic")
    assert entry.runtime_data.population.entities["plug.desk.power"] is object_before
    assert devices("plug.desk").sw_version == "2.0"
    # A name that is left out goes back to the device class's.
    unnamed = {key: value for key, value in POWER.items() if key != "name"} | {
        "device_class": "energy",
        "unit_of_measurement": "kWh",
        "state_class": "total",
    }
    await _push(sidecar, 102, devices=[device("plug", "desk", PLUG, unnamed)])
    await until(lambda: (state := hass.states.get(entity_id or "")) and state.attributes["friendly_name"] == "plug desk Energy")


async def test_an_entity_that_is_no_longer_described_is_removed(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG, POWER)]})
    await set_up(hass, entry)
    power = entity_id_of(hass, "plug.desk.power") or ""
    await _push(sidecar, devices=[device("plug", "desk", PLUG)])
    await until(lambda: entity_id_of(hass, "plug.desk.power") is None)
    assert hass.states.get(power) is None
    assert state_of(hass, "plug.desk.plug") is not None


async def test_a_key_that_changes_its_platform_becomes_another_entity(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG)]}, {"states": [["plug.desk.plug", "on"]]})
    await set_up(hass, entry)
    await _push(
        sidecar,
        devices=[device("plug", "desk", entity("plug", "binary_sensor", name="Plug"))],
        states=[["plug.desk.plug", "off"]],
    )
    await until(lambda: (entity_id_of(hass, "plug.desk.plug") or "").startswith("binary_sensor."))
    await until_state(hass, "plug.desk.plug", "off")


async def test_a_removed_device_is_gone_with_its_entities(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG), device("plug", "wall", PLUG)]})
    await set_up(hass, entry)
    await _push(sidecar, removed=["plug.desk", "plug.never-was"])
    await until(lambda: entity_id_of(hass, "plug.desk.plug") is None)
    assert devices("plug.desk") is None
    assert devices("plug.wall") is not None
    assert state_of(hass, "plug.wall.plug") is not None
    # It comes back as it was, under the same id.
    await _push(sidecar, 102, devices=[device("plug", "desk", PLUG)], states=[["plug.desk.plug", "on"]])
    await until_state(hass, "plug.desk.plug", "on")


async def test_gateways_come_first_whatever_the_order(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG, via_device="gateway.attic"), device("gateway", "attic")]})
    await set_up(hass, entry)
    assert devices("plug.desk").via_device_id == devices("gateway.attic").id


async def test_a_gateway_that_is_announced_later_is_linked_and_a_removed_one_unlinked(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG, via_device="gateway.attic")]})
    await set_up(hass, entry)
    assert devices("plug.desk").via_device_id != None  # noqa: E711  the hub
    await _push(sidecar, devices=[device("gateway", "attic")])
    await until(lambda: devices("gateway.attic") and devices("plug.desk").via_device_id == devices("gateway.attic").id)
    await _push(sidecar, 102, removed=["gateway.attic"])
    await until(lambda: devices("gateway.attic") is None)
    assert state_of(hass, "plug.desk.plug") is not None


async def test_circles_of_gateways_do_no_harm(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    sidecar.frames = snapshot(
        {
            "devices": [
                device("a", "1", PLUG, via_device="b.1"),
                device("b", "1", PLUG, via_device="a.1"),
                device("c", "1", PLUG, via_device="c.1"),
                device("d", "1", PLUG, parent_device="d.1"),
            ]
        }
    )
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    for kind in "abcd":
        assert state_of(hass, f"{kind}.1.plug") is not None


async def test_a_child_is_registered_below_its_parent_and_survives_it(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    sidecar.frames = snapshot(
        {"devices": [device("strip", "desk", PLUG), device("outlet", "one", PLUG, parent_device="strip.desk")]},
        {"states": [["outlet.one.plug", "on"]]},
    )
    await set_up(hass, entry)
    child = devices("outlet.one")
    assert isinstance(child, dr.ChildDeviceEntry)
    assert child.parent_device_id == devices("strip.desk").id
    await until_state(hass, "outlet.one.plug", "on")
    await _push(sidecar, removed=["strip.desk"])
    await until(lambda: devices("strip.desk") is None)
    await until(lambda: isinstance(devices("outlet.one"), dr.DeviceEntry))
    await until_state(hass, "outlet.one.plug", "on")
    # The parent comes back: the child hangs below it again.
    await _push(sidecar, 102, devices=[device("strip", "desk", PLUG)])
    await until(lambda: isinstance(devices("outlet.one"), dr.ChildDeviceEntry))
    await _push(sidecar, 103, states=[["outlet.one.plug", "off"]])
    await until_state(hass, "outlet.one.plug", "off")


async def test_a_child_whose_parent_changed_while_unloaded_is_moved(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    strips = [device("strip", "desk", PLUG), device("strip", "wall", PLUG)]
    outlet = {"states": [["outlet.one.plug", "on"]]}
    sidecar.frames = snapshot({"devices": [*strips, device("outlet", "one", PLUG, parent_device="strip.desk")]}, outlet)
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    sidecar.frames = snapshot({"devices": [*strips, device("outlet", "one", PLUG, parent_device="strip.wall")]}, outlet)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert devices("outlet.one").parent_device_id == devices("strip.wall").id
    await until_state(hass, "outlet.one.plug", "on")
    await hass.config_entries.async_unload(entry.entry_id)
    sidecar.frames = snapshot({"devices": [*strips, device("outlet", "one", PLUG)]}, outlet)
    await hass.config_entries.async_setup(entry.entry_id)
    assert isinstance(devices("outlet.one"), dr.DeviceEntry)
    await until_state(hass, "outlet.one.plug", "on")


async def test_children_and_linked_devices_survive_the_move_of_a_device(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    outlet = device("outlet", "one", PLUG, parent_device="strip.desk")
    behind = device("plug", "behind", PLUG, via_device="strip.desk")
    sidecar.frames = snapshot(
        {"devices": [device("strip", "desk", PLUG), device("rack", "one"), outlet, behind]},
        {"states": [["outlet.one.plug", "on"]]},
    )
    await set_up(hass, entry)
    assert isinstance(devices("outlet.one"), dr.ChildDeviceEntry)
    await _push(sidecar, devices=[device("strip", "desk", PLUG, parent_device="rack.one")])
    await until(lambda: isinstance(devices("strip.desk"), dr.ChildDeviceEntry))
    await until_state(hass, "outlet.one.plug", "on")
    await _push(sidecar, 102, states=[["outlet.one.plug", "off"]])
    await until_state(hass, "outlet.one.plug", "off")
    await _push(sidecar, 103, devices=[device("strip", "desk", PLUG)])
    await until(lambda: isinstance(devices("strip.desk"), dr.DeviceEntry))
    assert devices("outlet.one").parent_device_id == devices("strip.desk").id
    assert devices("plug.behind").via_device_id == devices("strip.desk").id
    await _push(sidecar, 104, states=[["outlet.one.plug", "on"]])
    await until_state(hass, "outlet.one.plug", "on")


async def test_devices_with_the_same_address_are_not_merged(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    address = [["mac", "02:00:5E:10:00:01"]]
    sidecar.frames = snapshot(
        {"devices": [device("plug", "desk", PLUG, connections=address), device("plug", "thief", PLUG, connections=address)]}
    )
    await set_up(hass, entry)
    assert devices("plug.desk").id != devices("plug.thief").id
    assert devices("plug.desk").connections == {("mac", "02:00:5e:10:00:01")}
    assert devices("plug.thief").connections == set()


async def test_an_address_that_a_device_no_longer_has_is_free_for_another(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    first, second = ["mac", "02:00:5e:10:00:01"], ["mac", "02:00:5e:10:00:02"]
    sidecar.frames = snapshot({"devices": [device("dev", "one", POWER, connections=[first])]})
    await set_up(hass, entry)
    heir = device("dev", "two", POWER, connections=[first])
    await _push(sidecar, devices=[device("dev", "one", POWER, connections=[second]), heir])
    await until(lambda: devices("dev.two"))
    assert devices("dev.one").connections == {tuple(second)}
    assert devices("dev.two").connections == {tuple(first)}


async def test_a_device_that_the_registry_refuses_in_part_is_registered_with_its_name(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, devices: Any
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG, configuration_url="javascript:alert(1)")]})
    await set_up(hass, entry)
    assert devices("plug.desk").name == "plug desk"
    assert devices("plug.desk").configuration_url is None
    assert state_of(hass, "plug.desk.plug") is not None


async def test_an_entity_of_an_unknown_platform_is_left_out(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", entity("x", "teleporter"), PLUG)]})
    await set_up(hass, entry)
    assert state_of(hass, "plug.desk.plug") is not None
    await _push(sidecar, devices=[device("plug", "wall", entity("x", "teleporter"), PLUG)], states=[["plug.wall.x", 1]])
    await until(lambda: state_of(hass, "plug.wall.plug"))


async def test_more_entities_than_home_assistant_allows_are_a_repair(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG, POWER)]})
    with patch("custom_components.nats_bridge.issues.MAX_ENTITIES", 1):
        await set_up(hass, entry)
        issue = issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.too_many_entities")
        assert issue is not None
        words = issue.translation_placeholders or {}
        assert (words["wanted"], words["limit"]) == ("2", "1")
        await _push(sidecar, devices=[device("plug", "desk", PLUG)])
        await until(lambda: issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.too_many_entities") is None)


async def test_many_entities_are_a_repair_before_some_are_missing(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    def active() -> set[str]:
        return {issue_id.removeprefix(f"{entry.entry_id}.") for _, issue_id in issue_registry.issues}

    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG, POWER)]})
    with (
        patch("custom_components.nats_bridge.issues.MAX_ENTITIES", 2),
        patch("custom_components.nats_bridge.issues.MANY_ENTITIES", 1),
    ):
        await set_up(hass, entry)
        assert active() == {"many_entities"}
        await _push(sidecar, devices=[device("plug", "wall", PLUG)])
        await until(lambda: active() == {"too_many_entities"})
        await _push(sidecar, 102, removed=["plug.desk"])
        await until(lambda: active() == set())


async def test_the_repair_of_too_many_entities_is_cleared_by_removing_and_by_disabling(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    def stands() -> bool:
        return issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.too_many_entities") is not None

    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG), device("plug", "wall", PLUG)]})
    with (
        patch("custom_components.nats_bridge.issues.MAX_ENTITIES", 1),
        patch("custom_components.nats_bridge.population.MANY_ENTITIES", 1),
    ):
        await set_up(hass, entry)
        assert stands()
        await _push(sidecar, removed=["plug.wall"])
        await until(lambda: not stands())
        await _push(sidecar, 102, devices=[device("plug", "wall", PLUG)])
        await until(stands)
        entity_id = entity_id_of(hass, "plug.desk.plug")
        assert entity_id is not None
        entity_registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
        await hass.config_entries.async_reload(entry.entry_id)
        assert not stands()


async def test_a_thousand_entities_are_added_and_removed(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    await set_up(hass, entry)
    many = [entity(f"s{number}", "binary_sensor", name=f"S{number}") for number in range(1000)]
    await _push(sidecar, devices=[device("rack", "one", *many)], states=[[f"rack.one.s{number}", "on"] for number in range(1000)])
    await until(lambda: len(hass.states.async_entity_ids("binary_sensor")) == 1000, 30)
    await until_state(hass, "rack.one.s999", "on")
    await _push(sidecar, 102, removed=["rack.one"])
    await until(lambda: not hass.states.async_entity_ids("binary_sensor"), 30)
