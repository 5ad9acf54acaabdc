"""Sends commands to devices, and removes devices."""

from __future__ import annotations

from collections.abc import Mapping
import re
from typing import Any, Final

from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import COMMAND_TIMEOUT, DOMAIN
from .context import HomeContext
from .errors import ConnectionLost, RemoteError
from .model import Description, Device

#: The sidecar answers at the deadline at the latest. Seconds after it until the answer counts as lost.
_ANSWER_DELAY: Final = 3.0
#: Seconds until the sidecar has answered a removal. It waits for JetStream less long.
_FORGET_TIMEOUT: Final = 15.0
#: The sidecar's reasons (contract/protocol.md, "Command") and codes that have a text of their own, with its placeholders beside
#: `device`. A device's own message has no reason.
REASONS: Final[dict[str, tuple[str, ...]]] = {
    "bad_answer": (),
    "busy": ("seconds",),
    "denied": (),
    "device_busy": (),
    "device_failed": (),
    "invalid_command": ("problem",),
    "invalid_parameter": ("parameter", "problem"),
    "link_lost": (),
    "no_answer": ("seconds",),
    "not_allowed": (),
    "not_finished": (),
    "not_linked": (),
    "not_listening": (),
    "not_ready": (),
    "not_sent": (),
    "offline": (),
    "queue_full": ("waiting",),
    "stopping": (),
    "too_large": (),
    "unknown_action": (),
    "unknown_entity": (),
    "unknown_value": (),
}


async def async_send_command(
    home: HomeContext,
    device: Device,
    name: str,
    entity: Description,
    action: str,
    params: dict[str, Any],
    context: Context | None,
) -> dict[str, Any]:
    """Send a command, wait for the device's answer and return it: `state` and `response`, each only if the device sent one.

    `name` is the device's name for people. Raises ServiceValidationError for a wrong parameter and HomeAssistantError for every
    other failure, both with the device's own message or the reason that the sidecar gives (docs/devices.md, "Commands").
    """
    home.counters.commands += 1
    try:
        return await _send(home, device, name, entity, action, params, context)
    except HomeAssistantError:
        home.counters.failed_commands += 1
        raise


async def _send(
    home: HomeContext,
    device: Device,
    name: str,
    entity: Description,
    action: str,
    params: dict[str, Any],
    context: Context | None,
) -> dict[str, Any]:
    connection = home.connection
    if connection is None or connection.closed:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="not_connected", translation_placeholders={"device": name}
        )
    command = {
        "entity": f"{device.id}.{entity['key']}",
        "action": action,
        "params": params,
        "id": None,
        "deadline_ms": None,
        "context": {
            "origin": "home_assistant",
            "id": context.id if context is not None else None,
            "user_id": context.user_id if context is not None else None,
        },
        "allow_retry": False,
    }
    timeout = float(entity.get("command_timeout") or COMMAND_TIMEOUT) + _ANSWER_DELAY
    try:
        outcome = await connection.invoke("Command", command, timeout=timeout)
    except RemoteError as err:
        key, placeholders = _text_of(err, name, device.name)
        raise (ServiceValidationError if err.code == "INVALID_PARAMETER" else HomeAssistantError)(
            translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
        ) from err
    except (ConnectionLost, TimeoutError) as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="unknown_outcome", translation_placeholders={"device": name}
        ) from err
    return outcome if isinstance(outcome, dict) else {}


def _text_of(err: RemoteError, name: str, announced: str) -> tuple[str, dict[str, str]]:
    """Return the key and the placeholders of the text that a person reads. It has the device's name once, and no code."""
    details: Mapping[str, Any] = err.details if isinstance(err.details, dict) else {}
    reason = str(details.get("reason", "not_ready" if err.code == "NOT_READY" else ""))
    wanted = REASONS.get(reason)
    if wanted is not None and all(word in details for word in wanted):
        return f"command_{reason}", {"device": name, **{word: str(details[word]) for word in wanted}}
    if re.search(rf"(?<!\w)({re.escape(name)}|{re.escape(announced)})(?!\w)", err.message, re.IGNORECASE):
        return "command_message", {"message": err.message}
    return "command_failed", {"device": name, "message": err.message}


async def async_forget(home: HomeContext, device_id: str, name: str) -> None:
    """Have the sidecar remove a device. It succeeds for one that the sidecar does not know.

    Raises HomeAssistantError with the reason (contract/protocol.md, "Forget").
    """
    connection = home.connection
    if connection is None or connection.closed:
        raise _not_deleted(name, translation_key="not_deleted_not_connected")
    try:
        await connection.invoke("Forget", device_id, timeout=_FORGET_TIMEOUT)
    except RemoteError as err:
        raise _not_deleted(name, translation_key="not_deleted", message=err.message) from err
    except (ConnectionLost, TimeoutError) as err:
        raise _not_deleted(name, translation_key="not_deleted_no_answer") from err


def _not_deleted(name: str, *, translation_key: str, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=translation_key, translation_placeholders={"device": name, **placeholders}
    )
