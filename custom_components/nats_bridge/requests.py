"""Answers requests of programs on NATS: calls actions, reads states (docs/home-assistant.md, "Home Assistant from NATS")."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
import logging
from typing import Any, Final

import probatio

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError, ServiceNotFound, ServiceValidationError, Unauthorized
from homeassistant.helpers.json import json_bytes
from homeassistant.util.hass_dict import HassKey

from .client import MAX_ARGUMENTS, BridgeConnection
from .const import ACTIONS, DOMAIN, STATES
from .errors import BridgeError

_LOGGER = logging.getLogger(__name__)

#: In whose name actions are called. Not an administrator: what Home Assistant allows only to those, it refuses.
USER_NAME: Final = "HaNatsBridge (NATS)"

#: Actions that run at once, also those whose callers wait no longer. Further ones are refused.
LIMIT: Final = 64
#: Seconds until the sidecar has answered Take or Answer.
_TIMEOUT: Final = 10.0
#: Members of a target.
_IDS: Final = frozenset({"entity_id", "device_id", "area_id", "floor_id", "label_id"})
#: A page of states has at most this many bytes, unless a single state alone is larger.
_MAX_PAGE: Final = 512 * 1024

_DATA_LOCK: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}.user_lock")

type _Answer = dict[str, Any]


def capabilities_of(entry: ConfigEntry[Any]) -> frozenset[str]:
    """Return the requests that the options of an entry allow to programs on NATS."""
    return frozenset(name for name in (ACTIONS, STATES) if entry.options.get(name) is True)


class RequestHandler:
    """Takes what the sidecar asks, does it and answers."""

    def __init__(self, hass: HomeAssistant, capabilities: frozenset[str], wanted: Callable[[str], bool]) -> None:
        """Initialise. States of entities that `wanted` does not accept cannot be read."""
        self._hass = hass
        self._capabilities = capabilities
        self._wanted = wanted
        self._running = 0

    @callback
    def received(self, connection: BridgeConnection, frame: Mapping[str, Any]) -> None:
        """Handle a frame `request`. What has begun goes on when the connection ends or the entry is unloaded."""
        if isinstance(request_id := frame.get("id"), str):
            self._hass.async_create_background_task(self._async_handle(connection, request_id), f"{DOMAIN} request")

    async def _async_handle(self, connection: BridgeConnection, request_id: str) -> None:
        loop = self._hass.loop
        began = loop.time()
        self._running += 1
        try:
            request = await connection.invoke("Take", request_id, timeout=_TIMEOUT)
            if self._running > LIMIT:
                answer = _failed("RATE_LIMITED", f"{LIMIT} requests are running in Home Assistant; this one was not executed")
            elif loop.time() - began >= request["deadline_ms"] / 1000:
                # Measured from before the sidecar measured it: whoever asked has not been told yet that it failed.
                answer = _failed("TIMEOUT", "Home Assistant was busy until the deadline; it was not executed")
            else:
                answer = await self._async_answer(request)
            await connection.invoke_raw("Answer", _arguments(request_id, answer), timeout=_TIMEOUT)
        except (BridgeError, TimeoutError) as err:
            _LOGGER.debug("Request %s: %s", request_id, err)
        finally:
            self._running -= 1

    async def _async_answer(self, request: Mapping[str, Any]) -> _Answer:
        kind = request["kind"]
        if (ACTIONS if kind == "action" else STATES) not in self._capabilities:
            return _failed("UNAUTHORIZED", "the options of the integration do not allow this to NATS clients")
        if kind == "action":
            return await self._async_call(request)
        if kind == "states":
            return self._page(request.get("after"), int(request["limit"]))
        entity_id = str(request["entity_id"])
        state = self._hass.states.get(entity_id)
        if state is None or not self._wanted(state.entity_id):
            return _failed("NOT_FOUND", f"there is no entity {entity_id}")
        return {"ok": True, "state": state.as_dict()}

    # Actions

    async def _async_call(self, request: Mapping[str, Any]) -> _Answer:
        domain, service = str(request["domain"]), str(request["service"])
        target: dict[str, Any] | None = request.get("target")
        if wrong := _wrong_id(target, request.get("data")):
            # Home Assistant would fail with a traceback.
            return _failed("INVALID_PARAMETER", f"{wrong}: expected a text or a list of texts; nothing was executed")
        if unknown := self._unknown_entity(target):
            # Home Assistant would log a warning and report success.
            return _failed("NOT_FOUND", f"there is no entity {unknown}; nothing was executed")
        context = Context(user_id=(await async_get_user(self._hass)).id)
        try:
            response = await self._hass.services.async_call(
                domain,
                service,
                request.get("data"),
                blocking=True,
                context=context,
                target=target,
                return_response=request.get("return_response") is True,
            )
        except Exception as err:  # noqa: BLE001
            return {**_failed(*_reason(err, domain, service)), "context": context.as_dict()}
        return {"ok": True, "response": response, "context": context.as_dict()}

    def _unknown_entity(self, target: Mapping[str, Any] | None) -> str | None:
        """Return an entity id of the target that does not exist. What is no entity id is left to Home Assistant."""
        given = (target or {}).get("entity_id")
        for item in given if isinstance(given, list) else [given]:
            for entity_id in item.split(",") if isinstance(item, str) else ():
                if "." in entity_id and self._hass.states.get(entity_id.strip()) is None:
                    return entity_id.strip()
        return None

    # States

    def _page(self, after: str | None, limit: int) -> _Answer:
        """Return the states after an entity id, in the order of the ids, and where the next page begins."""
        page: list[State] = []
        size = 0
        states = sorted(self._hass.states.async_all(), key=lambda state: state.entity_id)
        for state in states:
            if (after is not None and state.entity_id <= after) or not self._wanted(state.entity_id):
                continue
            size += len(state.as_dict_json)
            if len(page) == limit or (page and size > _MAX_PAGE):
                return {"ok": True, "states": [one.as_dict() for one in page], "next": page[-1].entity_id}
            page.append(state)
        return {"ok": True, "states": [one.as_dict() for one in page], "next": None}


async def async_get_user(hass: HomeAssistant) -> User:
    """Return the user in whose name NATS clients call actions; made when it is needed first."""
    async with hass.data.setdefault(_DATA_LOCK, asyncio.Lock()):
        if (user := await _async_find_user(hass)) is None:
            user = await hass.auth.async_create_system_user(USER_NAME, group_ids=[GROUP_ID_USER])
        return user


async def async_remove_user(hass: HomeAssistant) -> None:
    """Remove that user."""
    if (user := await _async_find_user(hass)) is not None:
        await hass.auth.async_remove_user(user)


async def _async_find_user(hass: HomeAssistant) -> User | None:
    users = await hass.auth.async_get_users()
    return next((user for user in users if user.system_generated and user.name == USER_NAME), None)


def _reason(err: Exception, domain: str, service: str) -> tuple[str, str]:
    """Return code and message of an action that failed, with Home Assistant's own message."""
    text = str(err) or type(err).__name__
    match err:
        case ServiceNotFound(domain=err_domain, service=err_service) if (err_domain, err_service) == (domain, service):
            return "NOT_FOUND", text
        case ServiceNotFound():
            return "ACTION_FAILED", text
        case probatio.Invalid() | ServiceValidationError():
            return "INVALID_PARAMETER", text
        case Unauthorized():
            return "UNAUTHORIZED", f"Home Assistant allows {domain}.{service} to administrators only, and NATS clients are none"
        case HomeAssistantError():
            return "ACTION_FAILED", text
    _LOGGER.error("Unexpected error of %s.%s, called by a NATS client", domain, service, exc_info=err)
    return "INTERNAL_ERROR", text


def _failed(code: str, message: str) -> _Answer:
    return {"ok": False, "error": {"code": code, "message": message}}


def _wrong_id(target: Any, data: Any) -> str | None:
    """Return the path of what cannot be ids: of entities, devices, areas, floors or labels."""
    for name, given, members in (("target", target, _IDS), ("data", data, {"entity_id"})):
        for member in sorted(members.intersection(given if isinstance(given, dict) else ())):
            ids = given[member]
            if not all(isinstance(one, str) for one in (ids if isinstance(ids, list) else [ids])):
                return f"{name}.{member}"
    return None


def _arguments(request_id: str, answer: _Answer) -> bytes:
    """Return the arguments of Answer, also for an answer that cannot be sent."""
    try:
        arguments = json_bytes([request_id, answer])
    except (TypeError, ValueError, RecursionError) as err:
        return json_bytes([request_id, _failed("INTERNAL_ERROR", f"executed, but the response cannot be written as JSON: {err}")])
    if len(arguments) <= MAX_ARGUMENTS:
        return arguments
    return json_bytes([request_id, _failed("TOO_LARGE", "executed, but the response is too large to be sent")])
