"""Messages on NATS that automations subscribe to (contract/protocol.md, "Messages").

One stream of the sidecar for each subject, shared by all automations of an entry. The listeners survive a reload of the entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass, field
import logging
from typing import Any, Final, Self

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import json_dumps
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import json_loads

from .client import BridgeConnection
from .const import DOMAIN
from .errors import BridgeError, ConnectionLost, RemoteError

_LOGGER = logging.getLogger(__name__)

#: Seconds for which a new listener waits until its subscription has begun.
_BEGIN_TIMEOUT: Final = 3.0
#: Seconds until a subscription is made again that the sidecar ended.
_RETRY_DELAY: Final = 5.0

_MISSING: Final = object()

_DATA: HassKey[dict[str, Messages]] = HassKey(f"{DOMAIN}.messages")


@dataclass(frozen=True, slots=True)
class Message:
    """A message. `payload` is None where it is no text or too large to be sent."""

    subject: str
    payload: str | None
    headers: dict[str, str]

    @classmethod
    def read(cls, item: Any) -> Self | None:
        """Read a message of the sidecar; None for anything else."""
        if not isinstance(item, dict) or not isinstance(subject := item.get("subject"), str):
            return None
        payload, headers = item.get("payload"), item.get("headers")
        return cls(subject, payload if isinstance(payload, str) else None, headers if isinstance(headers, dict) else {})

    @property
    def json(self) -> Any:
        """Return the payload as JSON; None where it is not JSON."""
        return None if (value := self._parse()) is _MISSING else value

    def matches(self, wanted: Any, member: str | None = None) -> bool:
        """Whether the payload, or a member of its JSON (`battery.level`), is `wanted`.

        A text is compared with the payload, and with the text of a JSON value: `"true"`, `"21.5"`. Other values are compared with
        the JSON value.
        """
        if member is None and isinstance(wanted, str) and self.payload == wanted:
            return True
        value = self._parse()
        for name in member.split(".") if member is not None else ():
            if isinstance(value, dict):
                value = value.get(name, _MISSING)
            elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            else:
                return False
        if value is _MISSING:
            return False
        if isinstance(wanted, str) and not isinstance(value, str):
            return json_dumps(value) == wanted
        if isinstance(wanted, bool) or isinstance(value, bool):
            return value is wanted
        return bool(value == wanted)

    def _parse(self) -> Any:
        if self.payload is None:
            return _MISSING
        try:
            return json_loads(self.payload)
        except ValueError:
            return _MISSING


def matched_tokens(pattern: str, subject: str) -> list[str]:
    """Return what the wildcards of a subject matched; `>` is one text with all the rest."""
    names = subject.split(".")
    return [
        ".".join(names[place:]) if token == ">" else names[place]
        for place, token in enumerate(pattern.split("."))
        if token in ("*", ">") and place < len(names)
    ]


@dataclass(slots=True)
class Subscription:
    """One subject of an entry. `last` is the newest message; None: there is none, or messages may have been missed."""

    subject: str
    last: Message | None = None
    error: RemoteError | None = None
    #: Set when the subscription has begun, or the sidecar has refused it.
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    users: int = 0
    on_message: list[Callable[[Message], None]] = field(default_factory=list)
    #: Called when `last` has changed.
    on_change: list[Callable[[], None]] = field(default_factory=list)
    stream: str | None = None
    retry: asyncio.TimerHandle | None = None


class Messages:
    """The subscriptions of one entry. The hub says when there is a connection."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialise without a connection."""
        self._hass = hass
        self._connection: BridgeConnection | None = None
        self._subscriptions: dict[str, Subscription] = {}

    async def async_connected(self, connection: BridgeConnection) -> None:
        """Subscribe to all subjects on a new connection."""
        self._connection = connection
        for subscription in list(self._subscriptions.values()):
            await self._async_open(subscription)

    @callback
    def disconnected(self) -> None:
        """Forget the last messages: nobody knows what is published meanwhile."""
        self._connection = None
        for subscription in self._subscriptions.values():
            subscription.stream = None
            subscription.begun.clear()
            self._cancel_retry(subscription)
            self._set_last(subscription, None)

    async def async_subscribe(
        self, subject: str, on_message: Callable[[Message], None] | None = None
    ) -> tuple[Subscription, CALLBACK_TYPE]:
        """Subscribe; returns the subscription and a function that ends it. `on_message` gets each message.

        Raises HomeAssistantError where the sidecar refuses the subject. Without a connection the subscription begins when there
        is one.
        """
        new = subject not in self._subscriptions
        subscription = self._subscriptions.setdefault(subject, Subscription(subject))
        subscription.users += 1
        if on_message is not None:
            subscription.on_message.append(on_message)

        @callback
        def stop() -> None:
            if on_message is not None:
                subscription.on_message.remove(on_message)
            subscription.users -= 1
            if not subscription.users:
                self._remove(subscription)

        if self._connection is not None:
            if new:
                with contextlib.suppress(ConnectionLost):
                    await self._async_open(subscription)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BEGIN_TIMEOUT):
                    await subscription.begun.wait()
            if subscription.error is not None and not subscription.error.retryable:
                stop()
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="not_subscribed",
                    translation_placeholders={"subject": subject, "message": subscription.error.message},
                )
        return subscription, stop

    def _remove(self, subscription: Subscription) -> None:
        if self._subscriptions.get(subscription.subject) is not subscription:
            return
        del self._subscriptions[subscription.subject]
        self._cancel_retry(subscription)
        if subscription.stream is not None and (connection := self._connection) is not None:
            self._hass.async_create_background_task(
                _close(connection, subscription.stream), f"{DOMAIN} unsubscribe {subscription.subject}"
            )

    async def _async_open(self, subscription: Subscription) -> None:
        if (connection := self._connection) is None:
            return
        subscription.error = None
        stream = await connection.open_stream("Subscribe", subscription.subject, lambda item: self._received(subscription, item))
        if self._subscriptions.get(subscription.subject) is subscription:
            subscription.stream = stream
        else:
            await connection.close_stream(stream)

    @callback
    def _received(self, subscription: Subscription, item: Any) -> None:
        """Handle an item of a stream; None is its end."""
        if self._subscriptions.get(subscription.subject) is not subscription:
            return
        match item:
            case {"t": "begin"}:
                subscription.begun.set()
                self._set_last(subscription, Message.read(item.get("last")))
            case {"t": "message"} if (message := Message.read(item)) is not None:
                for on_message in list(subscription.on_message):
                    _call(on_message, message)
                self._set_last(subscription, message)
            case {"t": "lost"}:
                self._set_last(subscription, None)
            case {"t": "dropped"}:
                _LOGGER.warning("%s messages on %s came too fast and were dropped", item.get("count"), subscription.subject)
            case {"t": "bye"}:
                subscription.error = RemoteError.from_record(item.get("error"))
                subscription.begun.set()
                self._set_last(subscription, None)
                if not subscription.error.retryable:
                    _LOGGER.warning("Messages on %s are not received: %s", subscription.subject, subscription.error.message)
            case None:
                subscription.stream = None
                if subscription.error is None or subscription.error.retryable:
                    self._cancel_retry(subscription)
                    subscription.retry = self._hass.loop.call_later(_RETRY_DELAY, self._retry, subscription)

    def _retry(self, subscription: Subscription) -> None:
        subscription.retry = None
        if self._connection is not None:
            self._hass.async_create_background_task(
                self._async_reopen(subscription), f"{DOMAIN} subscribe {subscription.subject}"
            )

    async def _async_reopen(self, subscription: Subscription) -> None:
        with contextlib.suppress(BridgeError):
            await self._async_open(subscription)

    @staticmethod
    def _set_last(subscription: Subscription, message: Message | None) -> None:
        if subscription.last is None and message is None:
            return
        subscription.last = message
        for on_change in list(subscription.on_change):
            _call(on_change)

    @staticmethod
    def _cancel_retry(subscription: Subscription) -> None:
        if subscription.retry is not None:
            subscription.retry.cancel()
            subscription.retry = None


def _call(listener: Callable[..., None], *arguments: Any) -> None:
    """Call a listener; its failure is not the others'."""
    try:
        listener(*arguments)
    except Exception:
        _LOGGER.exception("A message could not be handled")


async def _close(connection: BridgeConnection, stream: str) -> None:
    with contextlib.suppress(BridgeError):
        await connection.close_stream(stream)


@callback
def messages_of(hass: HomeAssistant, entry_id: str) -> Messages:
    """Return the subscriptions of an entry, whether it is loaded or not."""
    return hass.data.setdefault(_DATA, {}).setdefault(entry_id, Messages(hass))
