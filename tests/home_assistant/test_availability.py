"""When devices and entities are available, and what is logged."""

from __future__ import annotations

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from conftest import set_up
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import ScriptedSidecar, snapshot

PLUG = entity("plug", "switch", name="Plug")
HOME = snapshot(
    {
        "devices": [
            device("plug", "desk", PLUG),
            device("plug", "away", PLUG, online=False),
            device("cell", "leaf", PLUG, online=False, when_offline="assumed"),
        ]
    },
    {"states": [["plug.desk.plug", "on"], ["plug.away.plug", "on"], ["cell.leaf.plug", "on"]]},
)


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the grace period."""
    monkeypatch.setattr("custom_components.nats_bridge.hub.GRACE", 0.3)


async def test_an_offline_device_is_unavailable_and_a_sleeping_one_assumed(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    await until_state(hass, "plug.desk.plug", "on")
    await until_state(hass, "plug.away.plug", "unavailable")
    asleep = state_of(hass, "cell.leaf.plug")
    assert asleep is not None
    assert (asleep.state, asleep.attributes["assumed_state"]) == ("on", True)
    changes = [
        {"device": "plug.desk", "online": False, "since": "2026-11-21T10:00:00Z", "why": "disconnected"},
        {"device": "plug.away", "online": True, "since": "2026-11-21T10:00:00Z", "why": "announced"},
        {"device": "cell.leaf", "online": True, "since": "2026-11-21T10:00:00Z", "why": "state"},
        {"device": "plug.never-was", "online": True},
        {"nonsense": 1},
        None,
    ]
    await sidecar.push({"t": "batch", "seq": 101, "availability": changes})
    await until_state(hass, "plug.desk.plug", "unavailable")
    await until_state(hass, "plug.away.plug", "on")
    await until(lambda: "assumed_state" not in state_of(hass, "cell.leaf.plug").attributes)  # type: ignore[union-attr]
    # A single change is applied without the backlog.
    await sidecar.push({"t": "batch", "seq": 102, "availability": [{"device": "plug.desk", "online": True}]})
    await until_state(hass, "plug.desk.plug", "on")


async def test_one_entity_may_be_unavailable_alone(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["plug.desk.plug", "unavailable"]]})
    await until_state(hass, "plug.desk.plug", "unavailable")
    await sidecar.push({"t": "batch", "seq": 102, "states": [["plug.desk.plug", None]]})
    await until_state(hass, "plug.desk.plug", "unknown")


async def test_while_nats_is_away_everything_is_unavailable(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    await sidecar.push({"t": "batch", "seq": 101, "links": {"nats": "down"}})
    await until_state(hass, "plug.desk.plug", "unavailable")
    await until_state(hass, "cell.leaf.plug", "unavailable")
    await sidecar.push({"t": "batch", "seq": 102, "links": {"nats": "up"}, "states": [["plug.desk.plug", "off"]]})
    await until_state(hass, "plug.desk.plug", "off")
    await until_state(hass, "cell.leaf.plug", "on")


async def test_a_short_interruption_changes_no_state(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.hub.GRACE", 60)
    sidecar.frames = HOME
    await set_up(hass, entry)
    entity_id = entity_id_of(hass, "plug.desk.plug")
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    sidecar.frames = snapshot({"states": [["plug.desk.plug", "off"]]}, full=False, seq=120)
    await sidecar.cut()
    await until(lambda: len(sidecar.listens) == 2)
    assert sidecar.listens[1] == {"epoch": "6f0e8d1c2b3a4f55", "since": 100, "last_event": None, "event_epoch": None}
    await until_state(hass, "plug.desk.plug", "off")
    assert [change.data["new_state"].state for change in changes if change.data["entity_id"] == entity_id] == ["off"]


async def test_a_long_interruption_makes_everything_unavailable_and_is_logged_once(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    await sidecar.stop()
    await until_state(hass, "plug.desk.plug", "unavailable")
    await until_state(hass, "cell.leaf.plug", "unavailable")
    await sidecar.start()
    await until_state(hass, "plug.desk.plug", "on")
    await until_state(hass, "cell.leaf.plug", "on")
    assert caplog.text.count("is lost; its entities are unavailable") == 1
    assert caplog.text.count("is connected again") == 1


async def test_the_delay_of_a_bye_is_respected(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    bye = {"t": "bye", "error": {"code": "SHUTDOWN", "message": "bye", "retryable": True, "details": {"retry_after": 0.1}}}
    await sidecar.push({"t": "batch", "seq": 101, "states": [["plug.desk.plug", "off"]]}, bye)
    await until(lambda: len(sidecar.listens) == 2)
    assert sidecar.listens[1]["since"] == 101


async def test_a_token_that_expires_later_starts_one_reauthentication(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.link._LONGEST_DELAY", 0.1)
    sidecar.frames = HOME
    await set_up(hass, entry)
    sidecar.token = "another"
    before = sidecar.connections
    await sidecar.cut()
    await until(lambda: sidecar.connections >= before + 2)
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    await until_state(hass, "plug.desk.plug", "unavailable")


async def test_an_entity_without_a_state_in_a_full_snapshot_is_unknown(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG)]}, epoch="another")
    await sidecar.cut()
    await until_state(hass, "plug.desk.plug", "unknown")


async def test_a_sidecar_that_is_unreachable_at_the_start_is_logged_once_and_its_return_too(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    sidecar.frames = snapshot({"devices": [device("dev", "one", entity("x", "sensor"))]})
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await sidecar.stop()
    caplog.clear()
    await set_up(hass, entry)
    await until(lambda: "cannot be reached" in caplog.text)
    await sidecar.start()
    await until_state(hass, "dev.one.x", "unknown")
    logged = [
        record.getMessage() for record in caplog.records if record.name.startswith("custom_components") and record.levelno >= 20
    ]
    assert len(logged) == 2
    assert "is connected again" in logged[1]
