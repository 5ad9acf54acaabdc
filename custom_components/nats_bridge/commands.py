"""Commands to devices, and their failures as people read them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import COMMAND_TIMEOUT, DOMAIN
from .errors import ConnectionLost, RemoteError

if TYPE_CHECKING:
    from .entity import BridgeEntity
    from .hub import Hub

_LOGGER = logging.getLogger(__name__)

#: The sidecar answers when the deadline is over; this much later it has not answered at all.
_SLACK: Final = 3.0


async def async_command(hub: Hub, entity: BridgeEntity, action: str, params: dict[str, Any], context: Context | None) -> Any:
    """Send a command and wait for the device's answer; returns its response data.

    Raises ServiceValidationError for a wrong parameter and HomeAssistantError for every other failure, both with the device's
    own message (contract.md, "Command").
    """
    name = entity.device.name
    hub.counters.commands += 1
    connection = hub.connection
    if connection is None or connection.closed:
        hub.counters.failed_commands += 1
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="not_connected", translation_placeholders={"device": name}
        )
    timeout = float(entity.description.get("command_timeout") or COMMAND_TIMEOUT)
    serial = entity.serial
    command = {
        "entity": entity.bridge_id,
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
    try:
        outcome = await connection.invoke("Command", command, timeout=timeout + _SLACK)
    except RemoteError as err:
        hub.counters.failed_commands += 1
        wrong = err.code == "INVALID_PARAMETER"
        raise (ServiceValidationError if wrong else HomeAssistantError)(
            translation_domain=DOMAIN,
            translation_key="invalid_parameter" if wrong else "command_failed",
            translation_placeholders={"device": name, "message": err.message, "code": err.code},
        ) from err
    except (ConnectionLost, TimeoutError) as err:
        hub.counters.failed_commands += 1
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="unknown_outcome", translation_placeholders={"device": name}
        ) from err
    if not isinstance(outcome, dict):
        return None
    if "state" in outcome and entity.serial == serial:
        entity.async_take(outcome["state"])
    return outcome.get("response")
