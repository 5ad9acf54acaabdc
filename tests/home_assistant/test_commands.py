"""What a person reads when a command fails, and what is shown when it succeeds."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from conftest import set_up
from custom_components.nats_bridge.commands import REASONS
from custom_components.nats_bridge.const import DOMAIN
from support.home import device, entity, entity_id_of, state_of, until, until_state
from support.scripted import BRIDGE_ID, ScriptedSidecar, snapshot

LANGUAGES = ("en", "de")
PLUG = entity("plug", "switch", name="Plug")
HOME = snapshot(
    {
        "devices": [
            device("plug", "desk", PLUG, name="Desk"),
            device("cell", "leaf", PLUG, name="Leaf", online=False, when_offline="assumed"),
        ]
    },
    {"states": [["plug.desk.plug", "off"], ["cell.leaf.plug", "off"]]},
)


async def _turn_on(hass: HomeAssistant, bridge_id: str = "plug.desk.plug", context: Context | None = None) -> None:
    target = {"entity_id": entity_id_of(hass, bridge_id)}
    await hass.services.async_call("switch", "turn_on", target, blocking=True, context=context)


def _failure(code: str, message: str, **details: Any) -> Any:
    error = {"code": code, "message": message, "retryable": False, "details": details or None}

    async def answer(_command: Any) -> Any:
        return {"id": "01JC", "ms": 3.0, "error": error}

    return answer


@pytest.mark.parametrize(
    "code",
    [
        "DEVICE_OFFLINE",
        "INVALID_COMMAND",
        "UNAUTHORIZED",
        "TIMEOUT",
        "INTERNAL_ERROR",
        "BUSY",
        "NO_RESPONDERS",
        "RATE_LIMITED",
        "UNKNOWN_OUTCOME",
    ],
)
async def test_a_failure_has_the_message_of_the_device(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, code: str
) -> None:
    sidecar.frames = HOME
    sidecar.on_command = _failure(code, "the fuse is out")
    await set_up(hass, entry)
    with pytest.raises(HomeAssistantError, match="Desk: the fuse is out") as caught:
        await _turn_on(hass)
    assert not isinstance(caught.value, ServiceValidationError)
    assert caught.value.translation_key == "command_failed"
    assert caught.value.translation_placeholders == {"device": "Desk", "message": "the fuse is out"}
    assert entry.runtime_data.home.counters.failed_commands == 1


async def test_a_wrong_parameter_is_a_validation_error(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    sidecar.on_command = _failure("INVALID_PARAMETER", "brightness: 300 is too much")
    await set_up(hass, entry)
    with pytest.raises(ServiceValidationError, match="Desk: brightness: 300 is too much"):
        await _turn_on(hass)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", REASONS)
async def test_a_person_reads_what_happened_without_a_code_and_the_name_once(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, reason: str, language: str
) -> None:
    words = {"seconds": 5, "waiting": 1024, "parameter": "temperature", "problem": "expected a number from 5 to 30"}
    sidecar.frames = HOME
    sidecar.on_command = _failure("SOME_CODE", "Desk: some words of the sidecar", reason=reason, **words)
    await set_up(hass, entry)
    with pytest.raises(HomeAssistantError) as caught:
        await _turn_on(hass)
    # As the page does it.
    text = await _shown(hass, caught.value, language)
    assert text.endswith(".")
    assert text.count("Desk") == 1
    assert not re.search(r"[A-Z_]{4,}|{|}|some words", text.replace("NATS", ""))
    assert all(str(words[word]) in text for word in REASONS[reason])


async def _shown(hass: HomeAssistant, error: HomeAssistantError, language: str) -> str:
    texts = await async_get_translations(hass, language, "exceptions", [DOMAIN])
    text = texts[f"component.{DOMAIN}.exceptions.{error.translation_key}.message"]
    return text.format(**error.translation_placeholders or {})


@pytest.mark.parametrize(
    ("code", "message", "details", "expected"),
    [
        ("DEVICE_OFFLINE", "Desk is offline.", {"reason": "offline"}, "Desk is offline."),
        ("DEVICE_OFFLINE", "desk is asleep", {}, "desk is asleep"),
        ("BUSY", "I am washing", {}, "Desk: I am washing"),
        ("BUSY", "The desktop is washed", {}, "Desk: The desktop is washed"),
        # A sidecar that is newer than the integration.
        ("TIMEOUT", "Desk dreams.", {"reason": "dreams"}, "Desk dreams."),
        ("TIMEOUT", "Desk did not answer", {"reason": "no_answer"}, "Desk did not answer"),
        (
            "NOT_READY",
            "not yet",
            {"retry_after": 1},
            "The command was not sent to Desk: the bridge has just started. Try again in a moment.",
        ),
    ],
)
async def test_the_name_of_the_device_is_never_twice_in_a_message(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sidecar: ScriptedSidecar,
    code: str,
    message: str,
    details: dict[str, Any],
    expected: str,
) -> None:
    sidecar.frames = HOME
    sidecar.on_command = _failure(code, message, **details)
    await set_up(hass, entry)
    with pytest.raises(HomeAssistantError) as caught:
        await _turn_on(hass)
    assert await _shown(hass, caught.value, "en") == expected


async def test_a_message_has_the_name_that_a_person_gave(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, device_registry: dr.DeviceRegistry
) -> None:
    sidecar.frames = HOME
    sidecar.on_command = _failure("DEVICE_OFFLINE", "Desk is offline.", reason="offline")
    await set_up(hass, entry)
    found = device_registry.async_get_device_by_identifier((DOMAIN, f"{BRIDGE_ID}.plug.desk"), entry.entry_id)
    assert found is not None
    device_registry.async_update_device(found.id, name_by_user="Writing table")
    await hass.async_block_till_done()
    with pytest.raises(HomeAssistantError, match=r"^Writing table is offline$"):
        await _turn_on(hass)


async def test_a_command_to_a_sleeping_device_fails_with_a_message(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    sidecar.on_command = _failure("DEVICE_OFFLINE", "Leaf is asleep")
    await set_up(hass, entry)
    with pytest.raises(HomeAssistantError, match="Leaf is asleep"):
        await _turn_on(hass, "cell.leaf.plug")


async def test_a_command_without_a_connection_fails_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    await sidecar.stop()
    await until(lambda: entry.runtime_data.home.connection is None)
    with pytest.raises(HomeAssistantError, match="Desk cannot be reached: Home Assistant is not connected"):
        await _turn_on(hass)


async def test_the_outcome_is_unknown_when_the_connection_is_lost_before_the_answer(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME

    async def cut(_command: Any) -> Any:
        asyncio.get_running_loop().create_task(sidecar.cut())

    sidecar.on_command = cut
    await set_up(hass, entry)
    with pytest.raises(HomeAssistantError, match="It is not known whether Desk executed the command"):
        await _turn_on(hass)


async def test_a_command_that_is_never_answered_times_out(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.commands._ANSWER_DELAY", 0.05)
    sidecar.frames = snapshot({"devices": [device("plug", "desk", PLUG | {"command_timeout": 0.05}, name="Desk")]})

    async def never(_command: Any) -> Any:
        return None

    sidecar.on_command = never
    await set_up(hass, entry)
    with pytest.raises(HomeAssistantError, match="not known"):
        await _turn_on(hass)


async def test_many_commands_run_at_once(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    sidecar.frames = HOME
    slow = asyncio.Event()

    async def answer(command: Any) -> Any:
        if command["entity"] == "cell.leaf.plug":
            await slow.wait()
        return {"id": "01JC", "ms": 1.0}

    sidecar.on_command = answer
    await set_up(hass, entry)
    sleeping = hass.async_create_task(_turn_on(hass, "cell.leaf.plug"))
    await _turn_on(hass)
    assert not sleeping.done()
    slow.set()
    await sleeping


async def test_the_state_in_an_answer_is_shown_early(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME

    async def preview(_command: Any) -> Any:
        return {"id": "01JC", "ms": 1.0, "state": "on"}

    sidecar.on_command = preview
    await set_up(hass, entry)
    await _turn_on(hass)
    state = state_of(hass, "plug.desk.plug")
    assert state is not None
    assert state.state == "on"


async def test_an_early_display_never_replaces_a_newer_state(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME

    async def late_preview(_command: Any) -> Any:
        await sidecar.push({"t": "batch", "seq": 101, "states": [["plug.desk.plug", "off"]]})
        return {"id": "01JC", "ms": 1.0, "state": "on"}

    sidecar.on_command = late_preview
    await set_up(hass, entry)
    await _turn_on(hass)
    await until_state(hass, "plug.desk.plug", "off")


async def test_the_context_reaches_the_device_and_the_next_state(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_admin_user: MockUser
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    context = Context(user_id=hass_admin_user.id)
    await _turn_on(hass, context=context)
    assert sidecar.calls[0]["context"] == {"origin": "home_assistant", "id": context.id, "user_id": hass_admin_user.id}
    await sidecar.push({"t": "batch", "seq": 101, "states": [["plug.desk.plug", "on"]]})
    await until_state(hass, "plug.desk.plug", "on")
    state = state_of(hass, "plug.desk.plug")
    assert state is not None
    assert state.context.user_id == hass_admin_user.id
