"""Entities and devices that come, change and go, with the real sidecar: no restart, no orphan, no changed entity id."""

from __future__ import annotations

from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from support.home import Watcher, entity, until
from support.real import RealDevice, RealSidecar

pytestmark = pytest.mark.timeout(150)


async def test_a_new_entity_gets_the_announced_entity_id_and_keeps_what_the_person_chooses(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher, entity_registry: er.EntityRegistry
) -> None:
    hass.states.async_set("sensor.taken", "somebody else's")
    parts = [
        entity("power", "sensor", default_entity_id="sensor.freezer_power"),
        entity("taken", "sensor", default_entity_id="sensor.taken"),
        entity("plug", "switch", default_entity_id="switch.freezer"),
        entity("other", "switch", name="Other", default_entity_id="sensor.of_another_domain"),
        entity("plain", "switch", name="Plain"),
    ]
    async with RealDevice(real.nats_url, "freezer", "cellar", *parts, suggested_area="Cellar") as device:
        answer = await device.announce()
        assert [(warning["path"], warning["code"]) for warning in answer["warnings"]][:1] == [
            ("entities[3].default_entity_id", "INVALID_VALUE")
        ]
        for part in parts:
            await watch.becomes(f"freezer.cellar.{part['key']}", "unknown")
        assert watch.id("freezer.cellar.power") == "sensor.freezer_power"
        assert watch.id("freezer.cellar.taken") == "sensor.taken_2"
        assert watch.id("freezer.cellar.plug") == "switch.freezer"
        assert watch.id("freezer.cellar.other").startswith("switch.cellar_")
        # The entities exist: another announcement renames neither them nor what the person has renamed.
        entity_registry.async_update_entity("switch.freezer", new_entity_id="switch.mine")
        for part in device.description["entities"]:
            part["default_entity_id"] = f"{part['platform']}.renamed_{part['key']}"
        device.description["entities"].append(entity("new", "switch", default_entity_id="switch.fresh"))
        before = {key: watch.id(f"freezer.cellar.{key}") for key in ("power", "taken", "other", "plain")}
        await device.announce()
        await watch.becomes("freezer.cellar.new", "unknown")
        assert watch.id("freezer.cellar.new") == "switch.fresh"
        await device.publish("plug", "on")
        await until(lambda: (state := hass.states.get("switch.mine")) and state.state == "on")
        assert {key: watch.id(f"freezer.cellar.{key}") for key in before} == before
        # Also after a restart of Home Assistant's side, and when the entity was away.
        await hass.config_entries.async_unload(home.entry_id)
        await set_up(hass, home)
        await watch.becomes("freezer.cellar.plug", "on")
        plug = device.description["entities"].pop(2)
        await device.announce()
        await until(lambda: not watch.id("freezer.cellar.plug"))
        device.description["entities"].append(plug)
        await device.announce()
        await until(lambda: watch.id("freezer.cellar.plug") == "switch.mine")


#: Platform of the key `x`, one after the other, each with a value.
LIFE: list[tuple[dict[str, Any], Any, str]] = [
    (entity("x", "select", name="X", options=["a", "b"]), "b", "b"),
    (entity("x", "select", name="Mode", options=["b", "c"], icon="mdi:run"), "c", "c"),
    (entity("x", "number", name="X", min=0, max=5, unit_of_measurement="W"), 5, "5"),
    (entity("x", "number", name="X", min=0, max=50, unit_of_measurement="kW", device_class="power"), 50, "50"),
    (entity("x", "light", name="X", supported_color_modes=["brightness"]), {"state": "on", "brightness": 9}, "on"),
    (
        entity("x", "light", name="X", supported_color_modes=["hs"], effect_list=["rainbow"]),
        {"state": "on", "hs_color": [1, 2], "effect": "rainbow"},
        "on",
    ),
    (entity("x", "sensor", name=None, expire_after=3600, force_update=True), "text", "text"),
]


async def test_an_entity_is_described_again_and_again_without_an_orphan(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher, entity_registry: er.EntityRegistry
) -> None:
    async with RealDevice(real.nats_url, "dev", "one", entity("stays", "switch", name="Stays")) as device:
        [stays] = device.description["entities"]
        await device.publish("stays", "on")
        await watch.becomes("dev.one.stays", "on")
        ids: dict[str, str] = {}
        for part, value, state in [*LIFE, *reversed(LIFE)]:
            device.description["entities"] = [stays, part]
            await device.announce()
            await device.publish("x", value)
            await watch.becomes("dev.one.x", state)
            await until(lambda part=part: watch.id("dev.one.x").startswith(f"{part['platform']}."))
            # What comes back on a platform has the entity id that it had there.
            assert ids.setdefault(part["platform"], watch.id("dev.one.x")) == watch.id("dev.one.x")
            entries = er.async_entries_for_config_entry(entity_registry, home.entry_id)
            assert {entry.unique_id.removeprefix(f"{home.unique_id}.dev.one.") for entry in entries} == {"stays", "x"}
            assert len(entries) == 2
            assert {one.entity_id for one in hass.states.async_all() if "dev_one" in one.entity_id} == {
                entry.entity_id for entry in entries
            }
        mode = watch("dev.one.x")
        assert mode is not None
        assert mode.attributes["options"] == ["a", "b"]


async def test_gateways_children_areas_and_every_common_field_are_seen_in_home_assistant(
    hass: HomeAssistant,
    real: RealSidecar,
    home: MockConfigEntry,
    watch: Watcher,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
    area_registry: ar.AreaRegistry,
) -> None:
    def registered(device: str) -> Any:
        identifier = (DOMAIN, f"{home.unique_id}.{device}")
        return device_registry.async_get_device_by_identifier(
            identifier, home.entry_id
        ) or device_registry.async_get_child_device_by_identifier(identifier, home.entry_id)

    parts = [
        entity("setting", "switch", entity_category="config", icon="mdi:cog"),
        entity("signal", "sensor", entity_category="diagnostic", enabled_by_default=False),
        entity("motor", "switch", assumed_state=True, visible_by_default=False),
        entity("repeats", "sensor", force_update=True),
        entity("short", "sensor", expire_after=1),
    ]
    plug = entity("plug", "switch", name=None)
    async with (
        RealDevice(real.nats_url, "outlet", "one", plug, parent_device="strip.hall"),
        RealDevice(real.nats_url, "strip", "hall", *parts, via_device="gateway.attic", suggested_area="Hall") as strip,
        RealDevice(real.nats_url, "gateway", "attic", suggested_area="Attic"),
    ):
        await watch.becomes("outlet.one.plug", "unknown")
        for key in ("setting", "motor", "repeats", "short"):
            await watch.becomes(f"strip.hall.{key}", "unknown")
        await until(
            lambda: registered("gateway.attic") and registered("strip.hall").via_device_id == registered("gateway.attic").id
        )
        assert registered("outlet.one").parent_device_id == registered("strip.hall").id
        hall = area_registry.async_get_area_by_name("Hall")
        assert hall is not None
        assert registered("strip.hall").area_id == hall.id
        entries = {key: entity_registry.async_get(watch.id(f"strip.hall.{key}")) for key in ("setting", "signal", "motor")}
        setting, signal, motor = entries["setting"], entries["signal"], entries["motor"]
        assert setting is not None
        assert signal is not None
        assert motor is not None
        assert (setting.entity_category, setting.original_icon) == ("config", "mdi:cog")
        assert (signal.entity_category, signal.disabled_by) == ("diagnostic", er.RegistryEntryDisabler.INTEGRATION)
        assert watch("strip.hall.signal") is None
        assert motor.hidden_by is er.RegistryEntryHider.INTEGRATION
        shown = watch("strip.hall.motor")
        assert shown is not None
        assert shown.attributes["assumed_state"] is True

        reported: list[str] = []

        @callback
        def record(event: Event[EventStateChangedData]) -> None:
            if event.data["entity_id"] == watch.id("strip.hall.repeats") and (new := event.data["new_state"]):
                reported.append(new.state)

        hass.bus.async_listen(EVENT_STATE_CHANGED, record)
        for _ in range(3):
            count = len(reported)
            await strip.publish("repeats", 7)
            await until(lambda count=count: len(reported) > count)
        assert reported == ["7", "7", "7"]
        await strip.publish("short", 5)
        await watch.becomes("strip.hall.short", "unavailable")
        # A person moves the strip: a new announcement leaves it there, and moves its part to another parent.
        attic = area_registry.async_get_area_by_name("Attic")
        assert attic is not None
        device_registry.async_update_device(registered("strip.hall").id, area_id=attic.id)
        strip.description["suggested_area"] = "Kitchen"
        strip.description["via_device"] = None
        await strip.announce()
        await until(lambda: registered("strip.hall").via_device_id != registered("gateway.attic").id)
        assert registered("strip.hall").area_id == attic.id
        assert watch("outlet.one.plug") is not None
