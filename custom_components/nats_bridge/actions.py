"""The actions `nats_bridge.publish` and `nats_bridge.request` (docs/home-assistant.md, "Actions")."""

from __future__ import annotations

from collections.abc import Mapping
import contextlib
from typing import Any, Final

import probatio

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service
from homeassistant.util.json import json_loads

from .const import DOMAIN
from .errors import ConnectionLost, RemoteError
from .hub import NatsBridgeConfigEntry
from .subjects import CONF_SUBJECT

SERVICE_PUBLISH: Final = "publish"
SERVICE_REQUEST: Final = "request"

ATTR_PAYLOAD: Final = "payload"
ATTR_HEADERS: Final = "headers"
ATTR_TIMEOUT: Final = "timeout"

#: Seconds until the sidecar has answered a publish, and after the timeout of a request. It gives up earlier.
_PUBLISH_TIMEOUT: Final = 8.0
_ANSWER_DELAY: Final = 3.0
#: Default seconds until a request must have been answered.
_REQUEST_TIMEOUT: Final = 5.0

#: The sidecar's reasons (contract/protocol.md, "Messages") that have a text of their own, with its placeholders.
REASONS: Final[dict[str, tuple[str, ...]]] = {
    "bridge_subject": ("subject",),
    "denied": (),
    "device_subject": ("subject",),
    "invalid_header": ("header", "problem"),
    "invalid_subject": ("subject",),
    "link_lost": (),
    "no_answer": ("subject", "seconds"),
    "no_responders": ("subject",),
    "not_linked": (),
    "reserved_subject": ("subject",),
    "too_large": (),
}
#: Those that only another input helps with.
_WRONG_INPUT: Final = frozenset(
    {"bridge_subject", "device_subject", "invalid_header", "invalid_subject", "reserved_subject", "too_large"}
)

_PUBLISH_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_SUBJECT): cv.string,
        probatio.Optional(ATTR_PAYLOAD): object,
        probatio.Optional(ATTR_HEADERS, default=dict): {cv.string: cv.string},
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
    }
)
_REQUEST_SCHEMA: Final = _PUBLISH_SCHEMA.extend(
    {
        probatio.Optional(ATTR_TIMEOUT, default=_REQUEST_TIMEOUT): probatio.All(
            probatio.Coerce(float), probatio.Range(min=0.1, max=60)
        )
    }
)


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Register the actions. Only administrators and automations may call them, as with Home Assistant's `mqtt.publish`."""
    async_register_admin_service(hass, DOMAIN, SERVICE_PUBLISH, _async_publish, _PUBLISH_SCHEMA)
    async_register_admin_service(hass, DOMAIN, SERVICE_REQUEST, _async_request, _REQUEST_SCHEMA, SupportsResponse.OPTIONAL)


async def _async_publish(call: ServiceCall) -> None:
    """Publish a message; returns when the NATS server has it."""
    await _send(call, "Publish", _message_of(call), _PUBLISH_TIMEOUT)


async def _async_request(call: ServiceCall) -> ServiceResponse:
    """Publish a message and return the first answer: `payload` (JSON where it is JSON, else text) and `headers`."""
    timeout: float = call.data[ATTR_TIMEOUT]
    message = _message_of(call) | {"timeout_ms": round(timeout * 1000)}
    answer = await _send(call, "Request", message, timeout + _ANSWER_DELAY)
    payload = answer.get(ATTR_PAYLOAD)
    if isinstance(payload, str):
        # Else it is a text.
        with contextlib.suppress(ValueError):
            payload = json_loads(payload)
    return {ATTR_PAYLOAD: payload, ATTR_HEADERS: answer.get(ATTR_HEADERS, {})}


def _message_of(call: ServiceCall) -> dict[str, Any]:
    payload = call.data.get(ATTR_PAYLOAD)
    if payload is None:
        text = ""
    elif isinstance(payload, str):
        text = payload
    else:
        try:
            text = json_dumps(payload)
        except (TypeError, ValueError) as err:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="message_not_json", translation_placeholders={"problem": str(err)}
            ) from err
    return {"subject": call.data[CONF_SUBJECT], "payload": text, "headers": call.data[ATTR_HEADERS]}


async def _send(call: ServiceCall, method: str, message: dict[str, Any], timeout: float) -> dict[str, Any]:
    entry: NatsBridgeConfigEntry = async_get_config_entry(call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID))
    connection = entry.runtime_data.home.connection
    if connection is None or connection.closed:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="message_not_connected")
    try:
        result = await connection.invoke(method, message, timeout=timeout)
    except RemoteError as err:
        raise _error_of(err) from err
    except (ConnectionLost, TimeoutError) as err:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="message_unknown_outcome") from err
    return result if isinstance(result, dict) else {}


def _error_of(err: RemoteError) -> HomeAssistantError:
    """Return the error that a person reads."""
    details: Mapping[str, Any] = err.details if isinstance(err.details, dict) else {}
    reason = str(details.get("reason", ""))
    wanted = REASONS.get(reason)
    if wanted is None or any(word not in details for word in wanted):
        return HomeAssistantError(
            translation_domain=DOMAIN, translation_key="message_failed", translation_placeholders={"message": err.message}
        )
    return (ServiceValidationError if reason in _WRONG_INPUT else HomeAssistantError)(
        translation_domain=DOMAIN,
        translation_key=f"message_{reason}",
        translation_placeholders={word: str(details[word]) for word in wanted},
    )
