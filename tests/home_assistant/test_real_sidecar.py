"""With the real sidecar, a real nats-server and devices written with nats-py, also when they are killed."""

from __future__ import annotations

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import CONF_TOKEN, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from support.home import Watcher, entity, until
from support.real import RealDevice, RealSidecar

pytestmark = pytest.mark.timeout(150)

LAMP = entity("lamp", "light", name=None, supported_color_modes=["hs", "color_temp"], effect_list=["rainbow"])
PLUG = entity("plug", "switch", name="Plug")
POWER = entity("power", "sensor", name="Power", device_class="power", state_class="measurement", unit_of_measurement="W")
HEATING = entity(
    "heating", "climate", hvac_modes=["off", "heat"], min_temp=5, max_temp=30, supported_features=["target_temperature"]
)
BELL = entity("bell", "event", device_class="doorbell", event_types=["ring"])


@pytest.mark.parametrize("real", ["oldest", "newest"], indirect=True)
async def test_from_an_announcement_to_an_entity_and_back(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    async with RealDevice(real.nats_url, "lamp", "desk", LAMP, POWER, BELL, manufacturer="Acme") as lamp:
        await lamp.publish("lamp", {"state": "on", "color_mode": "hs", "brightness": 128, "hs_color": [120, 100]})
        await lamp.publish("power", 7.5)
        await watch.becomes("lamp.desk.lamp", "on")
        await watch.becomes("lamp.desk.power", "7.5")
        state = watch("lamp.desk.lamp")
        assert state is not None
        assert (state.attributes["brightness"], state.attributes["hs_color"]) == (128, (120.0, 100.0))
        # A person changes it; the device executes the command and answers with its state.
        lamp.answer = {
            "ok": True,
            "state": {"state": "on", "color_mode": "color_temp", "brightness": 255, "color_temp_kelvin": 3000},
        }
        await hass.services.async_call(
            "light",
            "turn_on",
            {"entity_id": watch.id("lamp.desk.lamp"), "color_temp_kelvin": 3000, "brightness": 255},
            blocking=True,
        )
        [command] = lamp.commands
        assert (command["entity"], command["action"]) == ("lamp", "turn_on")
        assert command["params"] == {"color_temp_kelvin": 3000, "brightness": 255}
        assert command["context"]["origin"] == "home_assistant"
        state = watch("lamp.desk.lamp")
        assert state is not None
        assert state.attributes["color_temp_kelvin"] == 3000
        # The bell rings once.
        await lamp.fire("bell", {"event_type": "ring", "button": "left"})
        await until(lambda: (bell := watch("lamp.desk.bell")) and bell.attributes.get("button") == "left")
        # Its description changes, then it is removed.
        lamp.description["entities"] = [LAMP, POWER | {"name": "Draw"}]
        await lamp.announce()
        await until(lambda: watch("lamp.desk.bell") is None)
        await until(lambda: (power := watch("lamp.desk.power")) and power.name.endswith("Draw"))
        await lamp.remove()
        await until(lambda: not watch.id("lamp.desk.lamp"))
        registry = dr.async_get(hass)
        assert registry.async_get_device_by_identifier((DOMAIN, f"{home.unique_id}.lamp.desk"), home.entry_id) is None


async def test_a_mistake_in_a_new_announcement_leaves_what_worked_as_it_was(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    def texts() -> list[dict[str, str] | None]:
        return [issue.translation_placeholders for issue in ir.async_get(hass).issues.values() if issue.active]

    async with RealDevice(real.nats_url, "plug", "desk", PLUG, POWER) as plug:
        await plug.publish("plug", "on")
        await plug.publish("power", 7.5)
        await watch.becomes("plug.desk.plug", "on")
        await watch.becomes("plug.desk.power", "7.5")
        seen: list[str] = []
        hass.bus.async_listen("state_changed", lambda event: seen.append(event.data["entity_id"]))
        for wrong in ({"icon": 5}, {"entity_category": "secret"}, {"command_timeout": 120}, {"expire_after": 0}):
            plug.description["entities"] = [PLUG | wrong, POWER]
            answer = await plug.announce()
            assert [error["kept"] for error in answer["errors"]] == [True]
        await until(lambda: any("plug (entities[0].expire_after)" in (text or {}).get("plain_problems", "") for text in texts()))
        assert watch("plug.desk.plug").state == "on"  # type: ignore[union-attr]
        assert watch.id("plug.desk.plug") not in seen
        await hass.services.async_call("switch", "turn_off", {"entity_id": watch.id("plug.desk.plug")}, blocking=True)
        assert [command["entity"] for command in plug.commands] == ["plug"]
        # It is mended; one that is left out is withdrawn.
        plug.description["entities"] = [PLUG | {"icon": "mdi:power"}]
        await plug.announce()
        await until(lambda: watch("plug.desk.power") is None)
        await until(lambda: not texts())


async def test_a_refusal_has_the_message_of_the_device(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    async with RealDevice(real.nats_url, "climate", "hall", HEATING, PLUG, name="Hall") as hall:
        await hall.publish("heating", {"state": "heat", "temperature": 20, "current_temperature": 19})
        await watch.becomes("climate.hall.heating", "heat")
        hall.answer = {"ok": False, "error": {"code": "BUSY", "message": "The burner is being cleaned"}}
        with pytest.raises(HomeAssistantError, match="The burner is being cleaned"):
            await hass.services.async_call(
                "climate", "set_temperature", {"entity_id": watch.id("climate.hall.heating"), "temperature": 22}, blocking=True
            )
        hall.answer = {"ok": False, "error": {"code": "INVALID_PARAMETER", "message": "Only whole degrees"}}
        with pytest.raises(ServiceValidationError, match="Only whole degrees"):
            await hass.services.async_call(
                "climate", "set_temperature", {"entity_id": watch.id("climate.hall.heating"), "temperature": 22.5}, blocking=True
            )
        assert [command["params"] for command in hall.commands] == [{"temperature": 22.0}, {"temperature": 22.5}]


async def test_a_sleeping_device_stays_available_and_its_command_fails_with_a_message(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    async with RealDevice(real.nats_url, "cell", "leaf", PLUG, when_offline="assumed", lease_seconds=5, name="Leaf") as leaf:
        await leaf.publish("plug", "on")
        await watch.becomes("cell.leaf.plug", "on")
    async with RealDevice(real.nats_url, "cell", "wired", PLUG) as wired:
        await wired.publish("plug", "on")
        await watch.becomes("cell.wired.plug", "on")
    await watch.becomes("cell.wired.plug", "unavailable", 40)
    await until(lambda: (asleep := watch("cell.leaf.plug")) and asleep.attributes.get("assumed_state"), 40)
    await watch.becomes("cell.leaf.plug", "on")
    with pytest.raises(HomeAssistantError, match=r"^Leaf is offline$"):
        await hass.services.async_call("switch", "turn_off", {"entity_id": watch.id("cell.leaf.plug")}, blocking=True)


async def test_home_assistants_own_changes_reach_nats(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    async with RealDevice(real.nats_url, "plug", "desk", PLUG) as plug, real.operator() as operator:
        published = await operator.subscribe("home.events.state_changed.>")
        await plug.publish("plug", "on")
        await watch.becomes("plug.desk.plug", "on")
        hass.states.async_set("sun.sun", "above_horizon", {"elevation": 12.5})
        await until(lambda: published, 20)
        assert [event["entity_id"] for event in published] == ["sun.sun"]
        assert published[0]["attributes"] == {"elevation": 12.5}
        await until(lambda: home.runtime_data.reporter.waiting == 0)


@pytest.mark.parametrize("real", ["oldest", "newest"], indirect=True)
async def test_killing_the_sidecar_and_the_server_loses_no_state_and_no_identity(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    async with RealDevice(real.nats_url, "plug", "desk", PLUG, POWER) as plug:
        await plug.publish("plug", "off")
        await plug.publish("power", 1)
        await watch.becomes("plug.desk.power", "1")
        identity = watch.id("plug.desk.power")
        await real.kill()
        # The server still runs: states that are published meanwhile are not lost.
        await plug.publish("power", 2)
        await real.start()
        await watch.becomes("plug.desk.power", "2")
        await plug.publish("power", 3)
        await watch.becomes("plug.desk.power", "3")
        real.kill_nats_server()
        await until(lambda: plug.reconnects, 40)
        await plug.announce()
        await plug.publish("power", 4)
        await watch.becomes("plug.desk.power", "4", 30)
        await hass.services.async_call("switch", "turn_on", {"entity_id": watch.id("plug.desk.plug")}, blocking=True)
        assert [command["action"] for command in plug.commands] == ["turn_on"]
        assert watch.id("plug.desk.power") == identity


async def test_a_restart_of_home_assistants_entry_needs_no_device(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    async with RealDevice(real.nats_url, "plug", "desk", PLUG, POWER) as plug:
        await plug.publish("power", 5)
        await watch.becomes("plug.desk.power", "5")
        await hass.config_entries.async_unload(home.entry_id)
        await plug.publish("power", 6)
        await set_up(hass, home)
        await watch.becomes("plug.desk.power", "6")


async def test_a_device_that_was_removed_while_the_entry_was_unloaded_is_removed_at_its_set_up(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    async with RealDevice(real.nats_url, "plug", "desk", PLUG) as plug, RealDevice(real.nats_url, "plug", "wall", PLUG) as other:
        await plug.publish("plug", "on")
        await other.publish("plug", "on")
        await watch.becomes("plug.desk.plug", "on")
        await watch.becomes("plug.wall.plug", "on")
        await hass.config_entries.async_unload(home.entry_id)
        await plug.remove()
        await set_up(hass, home)
        await until(lambda: not watch.id("plug.desk.plug"))
        await watch.becomes("plug.wall.plug", "on")


@pytest.mark.parametrize("real", ["oldest", "newest"], indirect=True)
@pytest.mark.parametrize("online", [True, False], ids=["online", "gone for good"])
async def test_a_device_that_a_person_deletes_is_forgotten_until_it_announces_itself_again(
    hass: HomeAssistant,
    real: RealSidecar,
    home: MockConfigEntry,
    watch: Watcher,
    hass_ws_client: WebSocketGenerator,
    online: bool,
) -> None:
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    registry, identifier = dr.async_get(hass), (DOMAIN, f"{home.unique_id}.plug.desk")
    child = RealDevice(real.nats_url, "outlet", "one", PLUG, parent_device="plug.desk")
    behind = RealDevice(real.nats_url, "plug", "behind", PLUG, via_device="plug.desk")
    async with real.operator() as operator, behind, child:
        async with RealDevice(real.nats_url, "plug", "desk", PLUG, POWER) as plug:
            for one in (behind, child, plug):
                await one.publish("plug", "on")
            for one in ("plug.behind", "outlet.one", "plug.desk"):
                await watch.becomes(f"{one}.plug", "on")
            if not online:
                await plug.leave()
                await watch.becomes("plug.desk.plug", "unavailable", 40)
            desk = registry.async_get_device_by_identifier(identifier, home.entry_id)
            assert desk is not None
            await client.send_json_auto_id(
                {"type": "config/device_registry/remove_config_entry", "config_entry_id": home.entry_id, "device_id": desk.id}
            )
            answer = await client.receive_json()
            assert answer["success"], answer
            assert registry.async_get_device_by_identifier(identifier, home.entry_id) is None
            assert not watch.id("plug.desk.plug")
            # The sidecar has forgotten it too, also after a restart, and nothing that stands behind it.
            assert await operator.registered() == {"plug.behind", "outlet.one"}
            await real.kill()
            await real.start()
            await until(lambda: home.runtime_data.home.connection is not None, 20)
            assert await operator.registered() == {"plug.behind", "outlet.one"}
            await watch.becomes("plug.behind.plug", "on")
            await watch.becomes("outlet.one.plug", "on")
            assert not watch.id("plug.desk.plug")
        async with RealDevice(real.nats_url, "plug", "desk", PLUG, POWER) as plug:
            # It begins without its old state.
            await watch.becomes("plug.desk.plug", "unknown")
            await plug.publish("plug", "off")
            await watch.becomes("plug.desk.plug", "off")


async def test_a_device_cannot_be_deleted_without_the_sidecar(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    async with RealDevice(real.nats_url, "plug", "desk", PLUG) as plug:
        await plug.publish("plug", "on")
        await watch.becomes("plug.desk.plug", "on")
        desk = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{home.unique_id}.plug.desk"), home.entry_id)
        assert desk is not None
        await real.kill()
        await until(lambda: home.runtime_data.home.connection is None)
        await client.send_json_auto_id({"type": "config/device_registry/remove", "device_id": desk.id})
        answer = await client.receive_json()
        assert "not connected to the sidecar" in answer["error"]["message"]
        await real.start()
        await watch.becomes("plug.desk.plug", "on")


@pytest.mark.parametrize("real", ["oldest", "newest"], indirect=True)
async def test_no_new_entity_is_unavailable_before_it_has_its_value(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    written: dict[str, list[str]] = {}

    @callback
    def record(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            written.setdefault(event.data["entity_id"], []).append(state.state)

    def first(bridge_id: str) -> list[str]:
        return written[watch.id(bridge_id)]

    hass.bus.async_listen(EVENT_STATE_CHANGED, record)
    # New devices: one that publishes after its announcement, one that has published before it.
    async with RealDevice(real.nats_url, "plug", "desk", PLUG) as plug:
        await plug.publish("plug", "on")
        await watch.becomes("plug.desk.plug", "on")
        assert first("plug.desk.plug") in (["on"], ["unknown", "on"])
        await plug.publish_as("plug.early.state.plug", "on")
        await plug.publish_as("plug.early.state.power", 7)
        async with RealDevice(real.nats_url, "plug", "early", PLUG, POWER):
            await watch.becomes("plug.early.plug", "on")
            await watch.becomes("plug.early.power", "7")
            assert first("plug.early.plug") == ["on"]
            assert first("plug.early.power") == ["7"]
        # New entities of a device that is online, and of one that was updated while it was away.
        plug.description["entities"] = [PLUG, POWER]
        await plug.announce()
        await watch.becomes("plug.desk.power", "unknown")
        await plug.publish("power", 5)
        await watch.becomes("plug.desk.power", "5")
        assert first("plug.desk.power") == ["unknown", "5"]
    await watch.becomes("plug.desk.plug", "unavailable", 40)
    async with RealDevice(real.nats_url, "plug", "desk", PLUG, POWER, LAMP) as plug:
        await plug.publish("lamp", {"state": "off"})
        await watch.becomes("plug.desk.lamp", "off")
        assert first("plug.desk.lamp") in (["off"], ["unknown", "off"])
        # After a restart of Home Assistant's side, with a device that is new to it; the other goes to its value.
        await hass.config_entries.async_unload(home.entry_id)
        await plug.publish("lamp", {"state": "on", "color_mode": "hs", "brightness": 10, "hs_color": [1, 1]})
        written.clear()
        async with RealDevice(real.nats_url, "plug", "hall", PLUG) as hall:
            await hall.publish("plug", "on")
            await set_up(hass, home)
            await watch.becomes("plug.hall.plug", "on")
            await watch.becomes("plug.desk.lamp", "on")
            assert first("plug.hall.plug") in (["on"], ["unknown", "on"])
            assert first("plug.desk.lamp") == ["on"]


async def test_reauthentication_with_a_new_token_restores_everything(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    async with RealDevice(real.nats_url, "plug", "desk", PLUG) as plug:
        await plug.publish("plug", "on")
        await watch.becomes("plug.desk.plug", "on")
        await real.kill()
        (real.data / "token").write_text("another-token-of-forty-three-characters-xyz\n", encoding="utf-8")
        await real.start()
        flows = await until(hass.config_entries.flow.async_progress, 20)
        assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
        done = await hass.config_entries.flow.async_configure(flows[0]["flow_id"], {CONF_TOKEN: real.token})
        assert done["type"] is FlowResultType.ABORT
        assert done["reason"] == "reauth_successful"
        await hass.async_block_till_done()
        await watch.becomes("plug.desk.plug", "on", 30)
