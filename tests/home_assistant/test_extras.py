"""Repairs, diagnostics, system health, device triggers."""

from __future__ import annotations

import re
from typing import Any

from homeassistant.components.device_automation import DeviceAutomationType, InvalidDeviceAutomationConfig
from homeassistant.components.event import ButtonEventType, DoorbellEventType
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_get_device_automations, get_system_health_info
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from conftest import set_up
from custom_components.nats_bridge.const import DOMAIN
from custom_components.nats_bridge.redaction import MASK
from support.home import device, entity, until
from support.scripted import BRIDGE_ID, TOKEN, ScriptedSidecar, snapshot

REMOTE = device(
    "remote",
    "sofa",
    entity("button", "event", device_class="button", event_types=["short", "long"]),
    serial_number="S-12345",
    connections=[["mac", "02:00:5e:10:00:01"]],
    triggers=[
        {"type": "button_short_press", "subtype": "button_1", "key": "button", "event_type": "short"},
        {"type": "own_press", "key": "button", "event_type": "long"},
        {"type": 5},
        None,
    ],
)


def _issue(issue_id: str, key: str, active: bool = True, severity: str = "warning", **placeholders: Any) -> dict[str, Any]:
    return {"id": issue_id, "key": key, "severity": severity, "placeholders": placeholders, "active": active}


async def test_issues_of_the_sidecar_become_repairs_and_are_cleared(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    sidecar.frames = snapshot(
        {
            "issues": [
                _issue("duplicate_device.a.b", "duplicate_device", device="a.b"),
                _issue("x", "stream_nearly_full", severity="error"),
            ]
        }
    )
    await set_up(hass, entry)

    def issue(issue_id: str) -> ir.IssueEntry | None:
        return issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.{issue_id}")

    duplicate = issue("duplicate_device.a.b")
    assert duplicate is not None
    assert (duplicate.translation_key, duplicate.severity) == ("duplicate_device", ir.IssueSeverity.WARNING)
    assert duplicate.translation_placeholders == {
        "device": r"a\.b",
        "details": r"device\: a\.b",
        "plain_device": "a.b",
        "plain_details": "device: a.b",
    }
    full = issue("x")
    assert full is not None
    assert full.severity is ir.IssueSeverity.ERROR
    assert full.translation_placeholders == {"stream": r"\-", "details": r"\-", "plain_stream": "-", "plain_details": "-"}
    await sidecar.push(
        {
            "t": "batch",
            "seq": 101,
            "issues": [_issue("x", "stream_nearly_full", active=False), _issue("new", "of_the_future", a=1)],
        }
    )
    await until(lambda: issue("new"))
    assert issue("x") is None
    unknown = issue("new")
    assert unknown is not None
    assert unknown.translation_key == "other"
    assert unknown.translation_placeholders is not None
    assert unknown.translation_placeholders["plain_key"] == "of_the_future"
    assert unknown.translation_placeholders["details"] == r"a\: 1"
    # A full snapshot clears the issues that it does not contain.
    sidecar.frames = snapshot({"issues": [_issue("new", "of_the_future")]}, epoch="another")
    await sidecar.cut()
    await until(lambda: issue("duplicate_device.a.b") is None)
    assert issue("new") is not None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("[click](http://evil.example)", "[click](http://evil.example)"),
        ("http://evil.example www.evil.example me@evil.example", "http://evil.example www.evil.example me@evil.example"),
        ("{x} {device} {{y}} %s {0}", "{x} {device} {{y}} %s {0}"),
        ("`code` **bold** _it_ ~~no~~ <b>b</b> <img src=x> &lt;", "`code` **bold** _it_ ~~no~~ <b>b</b> <img src=x> &lt;"),
        ("# a\n\n* b\r\n| c |\n---\n    d\u2028e\x00", "# a * b | c | --- d e"),
        ("1. one", "1. one"),
        ("a \\[x](y)", "a \\[x](y)"),
        ("\u202egnihton", "gnihton"),
        ("Küche °C 灯 🏠", "Küche °C 灯 🏠"),
    ],
)
async def test_a_name_in_a_repair_is_shown_literally(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry, name: str, shown: str
) -> None:
    issues = [_issue("x", "entities_left_out", device="a.b", name=name, problems=f"key: {name}".replace("\n", " "))]
    sidecar.frames = snapshot({"issues": issues})
    await set_up(hass, entry)
    await until(lambda: issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.x"))
    issue = issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.x")
    assert issue is not None
    words = issue.translation_placeholders or {}
    assert words["plain_name"] == shown
    # Every sign of ASCII is escaped, so Markdown finds nothing in it and shows it without the backslashes.
    assert not re.search(r"(?<!\\)(\\\\)*[!-/:-@\[\]^-`{-~]", words["name"])
    assert re.sub(r"\\(.)", r"\1", words["name"]) == shown
    assert re.sub(r"\\(.)", r"\1", words["problems"]) == f"key: {shown}"


async def test_several_problems_in_a_repair_are_a_list(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    problems = "a (entities[0].min): 1; 2\nb: <b>\nand 35 more"
    sidecar.frames = snapshot({"issues": [_issue("x", "entities_left_out", device="a.b", name="Hall\nlamp", problems=problems)]})
    await set_up(hass, entry)
    await until(lambda: issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.x"))
    issue = issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.x")
    assert issue is not None
    words = issue.translation_placeholders or {}
    assert words["problems"] == "* a \\(entities\\[0\\]\\.min\\)\\: 1\\; 2\n* b\\: \\<b\\>\n* and 35 more"
    assert words["name"] == "Hall lamp"


async def test_an_issue_that_ended_during_a_reload_is_cleared(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    sidecar.frames = snapshot({"issues": [_issue("x", "stream_nearly_full"), _issue("y", "stream_nearly_full")]})
    await set_up(hass, entry)
    ir.async_ignore_issue(hass, DOMAIN, f"{entry.entry_id}.y", True)
    sidecar.frames = snapshot({"issues": [_issue("y", "stream_nearly_full")]})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.x") is None)
    # What a person has chosen not to see stays unseen.
    ignored = issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.y")
    assert ignored is not None
    assert ignored.dismissed_version is not None


async def test_a_disabled_home_has_no_issues(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, issue_registry: ir.IssueRegistry
) -> None:
    sidecar.frames = snapshot({"issues": [_issue("x", "stream_nearly_full")]})
    await set_up(hass, entry)
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.x")
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.x") is None
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert issue_registry.async_get_issue(DOMAIN, f"{entry.entry_id}.x")


async def test_diagnostics_contain_no_values_of_password_fields(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    router = device("net", "router", entity("wifi", "text", mode="password"), entity("motto", "text"))
    values = [["net.router.wifi", "hunter2"], ["net.router.motto", "hello"]]
    sidecar.frames = snapshot({"devices": [router]}, {"states": values})
    await set_up(hass, entry)
    client = await hass_client()
    found = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.net.router"), entry.entry_id)
    assert found is not None
    whole = f"/api/diagnostics/config_entry/{entry.entry_id}"
    for url in (whole, f"{whole}/device/{found.id}"):
        text = await (await client.get(url)).text()
        assert "hello" in text
        assert "hunter2" not in text


async def test_diagnostics_leave_out_what_people_have_written(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    states = {
        "events": {"state": None, "message": "Doctor", "start_time": "2036-12-01", "end_time": "2036-12-02"},
        "list": {"state": None, "items": [{"uid": "1", "summary": "Pills"}]},
    }
    family = device("wall", "panel", entity("events", "calendar"), entity("list", "todo"))
    sidecar.frames = snapshot({"devices": [family]}, {"states": [[f"wall.panel.{key}", value] for key, value in states.items()]})
    await set_up(hass, entry)
    client = await hass_client()
    found = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.wall.panel"), entry.entry_id)
    assert found is not None
    whole = f"/api/diagnostics/config_entry/{entry.entry_id}"
    for url in (whole, f"{whole}/device/{found.id}"):
        text = await (await client.get(url)).text()
        sidecar.diagnostics = {"states": {key: {"value": value, "stream_sequence": 7} for key, value in states.items()}}
        assert "2036-12-01" in text
        assert "Doctor" not in text
        assert "Pills" not in text


async def test_diagnostics_contain_no_secret(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    sidecar.frames = snapshot({"devices": [REMOTE]})
    sidecar.diagnostics = {"version": "0.1.0", "nested": [{"password": "hunter2", "seed": "SUABC"}]}
    await set_up(hass, entry)
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    text = await answer.text()
    for secret in (TOKEN, "hunter2", "SUABC", "S-12345", "02:00:5e:10:00:01"):
        assert secret not in text
    data = (await answer.json())["data"]
    assert data["entry"]["data"]["token"] == MASK
    assert data["integration"]["connected"] is True
    assert "**" not in str(data["integration"]), "a count is no secret"
    assert data["integration"]["devices"] == 1
    assert data["sidecar"]["version"] == "0.1.0"
    assert data["devices"][0]["description"]["name"] == "remote sofa"
    found = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.remote.sofa"), entry.entry_id)
    assert found is not None
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}/device/{found.id}")
    text = await answer.text()
    assert "S-12345" not in text
    assert (await answer.json())["data"]["device"]["values"] == {"button": None}


@pytest.mark.parametrize("failure", ["unreachable", "wrong token"])
async def test_diagnostics_work_when_the_set_up_failed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    failure: str,
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    monkeypatch.setattr("custom_components.nats_bridge.hub.CONNECT_TIMEOUT", 0.1)
    if failure == "unreachable":
        await sidecar.stop()
    else:
        sidecar.token = "another"
    await set_up(hass, entry)
    assert entry.state is not ConfigEntryState.LOADED
    answer = await (await hass_client()).get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert answer.status == 200
    data = (await answer.json())["data"]
    assert data["entry"]["data"] == {"url": entry.data["url"], "token": MASK}
    assert data["entry"]["state"] == entry.state.value


async def test_diagnostics_work_without_a_connection(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    sidecar.frames = snapshot({"devices": [REMOTE]})
    await set_up(hass, entry)
    await sidecar.stop()
    await until(lambda: entry.runtime_data.home.connection is None)
    answer = await (await hass_client()).get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert (await answer.json())["data"]["sidecar"] == {"error": "not connected"}


async def test_system_health_shows_connection_and_counts(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    sidecar.frames = snapshot({"devices": [REMOTE]})
    await set_up(hass, entry)
    assert await get_system_health_info(hass, DOMAIN) == {
        "homes": 1,
        "connected": 1,
        "nats": "up",
        "sidecar_version": "0.1.0",
        "devices": 1,
        "entities": 1,
        "events_waiting": 0,
        "events_dropped": 0,
    }


@pytest.fixture
async def remote(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> dr.DeviceEntry:
    """A remote control that is set up."""
    sidecar.frames = snapshot({"devices": [REMOTE, device("plain", "one", entity("x", "sensor"))]})
    await set_up(hass, entry)
    found = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.remote.sofa"), entry.entry_id)
    assert found is not None
    return found


def _trigger(remote: dr.DeviceEntry, kind: str = "button_short_press", subtype: str = "button_1") -> dict[str, Any]:
    return {"platform": "device", "domain": DOMAIN, "device_id": remote.id, "type": kind, "subtype": subtype}


async def test_described_triggers_are_offered(hass: HomeAssistant, entry: MockConfigEntry, remote: dr.DeviceEntry) -> None:
    offered = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, remote.id)
    own = [{key: trigger[key] for key in ("type", "subtype")} for trigger in offered if trigger["domain"] == DOMAIN]
    assert own == [{"type": "button_short_press", "subtype": "button_1"}, {"type": "own_press", "subtype": "button"}]


@pytest.mark.parametrize("language", ["en", "de"])
async def test_triggers_have_readable_names(hass: HomeAssistant, remote: dr.DeviceEntry, language: str) -> None:
    texts = await async_get_translations(hass, language, "device_automation", {DOMAIN})
    path = f"component.{DOMAIN}.device_automation.trigger_type"
    for kind in (*ButtonEventType, DoorbellEventType.RING, "button_short_press", "button_long_press", "button_double_press"):
        assert "{subtype}" in texts[f"{path}.{kind}"]


async def test_a_trigger_fires_on_its_event_also_after_a_reload(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    remote: dr.DeviceEntry,
    service_calls: list[ServiceCall],
) -> None:
    automation = {
        "alias": "press",
        "trigger": _trigger(remote),
        "action": {"action": "test.automation", "data": {"what": "{{ trigger.event_type }} {{ trigger.attributes.n }}"}},
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    press = {"id": 1, "entity": "remote.sofa.button", "event_type": "short", "attributes": {"n": 1}, "at": "2026-11-21T10:00:00Z"}
    await sidecar.push({"t": "batch", "seq": 101, "events": [press, press | {"id": 2, "event_type": "long"}]})
    await until(lambda: service_calls)
    await hass.config_entries.async_reload(entry.entry_id)
    await sidecar.push({"t": "batch", "seq": 102, "events": [press | {"id": 3, "attributes": {"n": 3}}]})
    await until(lambda: len(service_calls) == 2)
    assert [call.data["what"] for call in service_calls] == ["short 1", "short 3"]
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.press"}, blocking=True)


async def test_a_trigger_works_as_soon_as_its_home_is_set_up_and_follows_the_description(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    remote: dr.DeviceEntry,
    service_calls: list[ServiceCall],
) -> None:
    # The home is set up after the automation, as with a token that is corrected later.
    assert await hass.config_entries.async_unload(entry.entry_id)
    automation = {"alias": "press", "trigger": _trigger(remote), "action": {"action": "test.automation"}}
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await set_up(hass, entry)
    press = {"id": 1, "entity": "remote.sofa.button", "event_type": "short", "attributes": {}, "at": "2026-11-21T10:00:00Z"}
    await sidecar.push({"t": "batch", "seq": 101, "events": [press]})
    await until(lambda: len(service_calls) == 1)
    turned = REMOTE | {"triggers": [REMOTE["triggers"][0] | {"event_type": "long"}]}
    await sidecar.push({"t": "batch", "seq": 102, "devices": [turned]})
    presses = [press | {"id": 2}, press | {"id": 3, "event_type": "long"}]
    await sidecar.push({"t": "batch", "seq": 103, "events": presses})
    await until(lambda: entry.runtime_data.cursor()["last_event"] == 3)
    await hass.async_block_till_done()
    assert len(service_calls) == 2
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.press"}, blocking=True)


async def test_a_trigger_that_the_device_does_not_describe_is_refused(hass: HomeAssistant, remote: dr.DeviceEntry) -> None:
    from custom_components.nats_bridge.device_trigger import async_attach_trigger, async_validate_trigger_config

    assert await async_validate_trigger_config(hass, _trigger(remote))
    for wrong in (_trigger(remote, kind="stare"), _trigger(remote, subtype="button_9")):
        with pytest.raises(InvalidDeviceAutomationConfig):
            await async_validate_trigger_config(hass, wrong)
    unknown = _trigger(remote) | {"device_id": "unknown"}
    assert await async_validate_trigger_config(hass, unknown)
    with pytest.raises(InvalidDeviceAutomationConfig):
        await async_attach_trigger(hass, unknown, lambda *_: None, {"trigger_data": {}})  # type: ignore[arg-type, typeddict-item]
    assert await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, remote.via_device_id or "") == []
