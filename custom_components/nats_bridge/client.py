"""The client of the local protocol: SignalR's JSON hub protocol, version 1, over one WebSocket.

contract/protocol.md is the specification.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
import logging
from typing import Any, Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
    WSServerHandshakeError,
)
from yarl import URL

from homeassistant.const import __version__ as HA_VERSION
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.json import json_bytes
from homeassistant.loader import async_get_integration
from homeassistant.util.json import json_loads

from .const import DOMAIN
from .errors import BridgeError, CannotConnect, ConnectionLost, InvalidAuth, InvalidCertificate, RemoteError, UnsupportedVersion
from .hello import Hello, Identity

_LOGGER = logging.getLogger(__name__)

_SEPARATOR: Final = b"\x1e"
_PING: Final = b'{"type":6}\x1e'

# Message types of the hub protocol.
_INVOCATION: Final = 1
_STREAM_ITEM: Final = 2
_COMPLETION: Final = 3
_STREAM_INVOCATION: Final = 4
_CANCEL_INVOCATION: Final = 5
_CLOSE: Final = 7

PING_INTERVAL: Final = 10.0
SILENCE_TIMEOUT: Final = 30.0
HANDSHAKE_TIMEOUT: Final = 8.0
#: The largest message. A frame of 1,000 descriptions may be large; a larger one is a fault or an attack.
MAX_MESSAGE: Final = 64 * 1024 * 1024
#: Closing waits this long for the other side, because a killed sidecar never answers.
_CLOSE_TIMEOUT: Final = ClientWSTimeout(ws_close=2.0)
#: The size of a record that the server accepts (contract/protocol.md, "Connecting"), less the envelope.
MAX_ARGUMENTS: Final = 1024 * 1024 - 4096


def normalise_url(text: str) -> str:
    """Return a sidecar's base URL in the form in which it is stored; raises ValueError for an invalid one."""
    text = text.strip()
    if "://" not in text:
        text = f"http://{text}"
    url = URL(text)
    scheme = {"ws": "http", "wss": "https"}.get(url.scheme, url.scheme)
    if scheme not in ("http", "https") or not url.host:
        raise ValueError(f"not the URL of a sidecar: {text}")
    path = url.path.rstrip("/").removesuffix("/hub")
    return str(URL.build(scheme=scheme, host=url.host, port=url.explicit_port, path=path)).rstrip("/")


class BridgeClient:
    """Opens connections to one sidecar."""

    def __init__(self, session: ClientSession, url: str, token: str, identity: Identity) -> None:
        """Initialise without connecting. `url` is in the form that normalise_url returns."""
        self.url = url
        self.identity = identity
        self.session = session
        #: The token, for every request.
        self.headers = {"Authorization": f"Bearer {token}"}

    async def connect(self) -> BridgeConnection:
        """Open a connection and call Hello; raises CannotConnect, InvalidAuth or UnsupportedVersion."""
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT):
                websocket = await self._open()
                connection = BridgeConnection(websocket)
                try:
                    await connection.handshake(self.identity)
                except BaseException:
                    await websocket.close()
                    raise
                return connection
        except TimeoutError as err:
            raise CannotConnect(f"{self.url} did not answer within {HANDSHAKE_TIMEOUT:g} s") from err
        except (ConnectionLost, RemoteError) as err:
            raise CannotConnect(str(err)) from err

    async def _open(self) -> ClientWebSocketResponse[Any]:
        try:
            return await self.session.ws_connect(
                f"{self.url}/hub",
                headers=self.headers,
                max_msg_size=MAX_MESSAGE,
                autoping=True,
                decode_text=False,
                timeout=_CLOSE_TIMEOUT,
            )
        except WSServerHandshakeError as err:
            if err.status in (401, 403):
                raise InvalidAuth(f"the sidecar answered {err.status}") from err
            raise CannotConnect(f"{self.url} answered {err.status}") from err
        except ClientConnectorCertificateError as err:
            raise InvalidCertificate(str(err)) from err
        except (ClientError, OSError, ValueError) as err:
            raise CannotConnect(str(err) or type(err).__name__) from err


async def async_make_client(
    hass: HomeAssistant, url: str, token: str, instance: str, capabilities: frozenset[str] = frozenset()
) -> BridgeClient:
    """Return a client that uses Home Assistant's own session."""
    integration = await async_get_integration(hass, DOMAIN)
    identity = Identity(str(integration.version), HA_VERSION, instance, capabilities)
    return BridgeClient(async_get_clientsession(hass), url, token, identity)


class BridgeConnection:
    """One connection, from the handshake to its end. Exactly one task reads it."""

    def __init__(self, websocket: ClientWebSocketResponse[Any]) -> None:
        """Initialise with an open WebSocket."""
        self.hello: Hello
        self._websocket = websocket
        self._loop = asyncio.get_running_loop()
        self._calls: dict[str, asyncio.Future[Any]] = {}
        self._streams: dict[str, Callable[[Any], None]] = {}
        self._last_id = 0
        #: Messages received, which shows that the sidecar is alive.
        self._received = 0
        self._remainder = b""
        self._busy = False
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether calls can no longer be sent."""
        return self._closed or self._websocket.closed

    async def handshake(self, identity: Identity) -> None:
        """Perform the handshake and call Hello."""
        await self._send(b'{"protocol":"json","version":1}\x1e')
        records = await self._receive()
        if not records:
            raise CannotConnect("no handshake answer")
        if error := records[0].get("error"):
            raise CannotConnect(f"the handshake was refused: {error}")
        for record in records[1:]:
            self._dispatch(record)
        call = self._call("Hello", [identity.as_argument()])
        await self._send(call[1])
        while not call[0].done():
            for record in await self._receive():
                self._dispatch(record)
        try:
            result = _unwrap(call[0].result())
        except RemoteError as err:
            if err.code == "UNSUPPORTED_SCHEMA":
                raise UnsupportedVersion(err.message) from err
            raise
        self.hello = Hello.from_result(result)

    async def frames(self, cursor: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Yield Listen's frames until the connection ends, which raises ConnectionLost.

        The same task dispatches the answers to calls, so `invoke` works only during the iteration.
        """
        self._last_id += 1
        stream = str(self._last_id)
        await self._send(_record({"type": _STREAM_INVOCATION, "invocationId": stream, "target": "Listen", "arguments": [cursor]}))
        while True:
            for record in await self._receive():
                if record.get("type") == _STREAM_ITEM and record.get("invocationId") == stream:
                    item = record.get("item")
                    if isinstance(item, dict):
                        self._busy = True
                        yield item
                        self._busy = False
                        self._received += 1
                elif record.get("type") == _COMPLETION and record.get("invocationId") == stream:
                    raise ConnectionLost(f"the stream ended: {record.get('error') or 'by the sidecar'}")
                else:
                    self._dispatch(record)
            if self._streams:
                # A flood of messages must not stop the event loop.
                await asyncio.sleep(0)

    async def open_stream(self, method: str, argument: Any, on_item: Callable[[Any], None]) -> str:
        """Start a stream beside Listen and return its id. `on_item` gets its items, and None at its end; it must not raise."""
        self._last_id += 1
        stream = str(self._last_id)
        self._streams[stream] = on_item
        record = {"type": _STREAM_INVOCATION, "invocationId": stream, "target": method, "arguments": [argument]}
        await self._send(_record(record))
        return stream

    async def close_stream(self, stream: str) -> None:
        """End a stream; nothing more is delivered."""
        if self._streams.pop(stream, None) is not None and not self.closed:
            await self._send(_record({"type": _CANCEL_INVOCATION, "invocationId": stream}))

    async def invoke(self, method: str, *arguments: Any, timeout: float) -> Any:
        """Call a method and return its result; raises RemoteError, ConnectionLost or TimeoutError (after `timeout` seconds).

        Arguments that cannot be sent are a RemoteError too: integers beyond 64 bits, half surrogate pairs, or too many bytes, for
        which the sidecar would close the connection.
        """
        try:
            sent = json_bytes(list(arguments))
        except (TypeError, ValueError, RecursionError) as err:
            raise RemoteError("INVALID_PARAMETER", f"It cannot be written as JSON: {err}") from err
        if len(sent) > MAX_ARGUMENTS:
            details = {"reason": "too_large"}
            raise RemoteError("INVALID_PARAMETER", f"{len(sent)} bytes; at most {MAX_ARGUMENTS} can be sent", details=details)
        return await self.invoke_raw(method, sent, timeout=timeout)

    async def invoke_raw(self, method: str, arguments: bytes, *, timeout: float) -> Any:
        """Call a method like invoke, with the arguments as a JSON array."""
        if self.closed:
            raise ConnectionLost("not connected")
        future, call_id = self._register()
        try:
            async with asyncio.timeout(timeout):
                await self._send(
                    b'{"type":1,"invocationId":"%b","target":"%b","arguments":%b}\x1e'
                    % (call_id.encode(), method.encode(), arguments)
                )
                return _unwrap(await future)
        finally:
            self._calls.pop(call_id, None)

    async def keep_alive(self) -> None:
        """Ping until the connection ends; close it when the sidecar has sent nothing for too long.

        Silence is counted in intervals without a message, not by the clock: while the event loop or the machine stands still,
        messages wait unread.
        """
        received, silent = self._received, 0.0
        while not self.closed:
            await asyncio.sleep(PING_INTERVAL)
            if self._busy or received != self._received:
                received, silent = self._received, 0.0
            else:
                silent += PING_INTERVAL
            if silent >= SILENCE_TIMEOUT:
                _LOGGER.debug("The sidecar has sent nothing for %g s", SILENCE_TIMEOUT)
                await self.close()
                return
            with contextlib.suppress(ConnectionLost):
                await self._send(_PING)

    async def close(self) -> None:
        """Close the connection; calls in progress raise ConnectionLost."""
        self._closed = True
        self._fail_calls(ConnectionLost("the connection was closed"))
        with contextlib.suppress(ClientError, OSError, RuntimeError, TimeoutError):
            await self._websocket.close()

    def _register(self) -> tuple[asyncio.Future[Any], str]:
        self._last_id += 1
        call_id = str(self._last_id)
        future: asyncio.Future[Any] = self._loop.create_future()
        self._calls[call_id] = future
        return future, call_id

    def _call(self, method: str, arguments: list[Any]) -> tuple[asyncio.Future[Any], bytes]:
        future, call_id = self._register()
        return future, _record({"type": _INVOCATION, "invocationId": call_id, "target": method, "arguments": arguments})

    def _fail_calls(self, error: BridgeError) -> None:
        calls, self._calls = self._calls, {}
        for future in calls.values():
            if not future.done():
                future.set_exception(error)
                # Marks the exception as retrieved; the caller may be gone.
                future.exception()

    def _dispatch(self, record: dict[str, Any]) -> None:
        """Handle a record that is not a frame of the stream."""
        kind = record.get("type")
        invocation = str(record.get("invocationId"))
        if kind == _STREAM_ITEM and (on_item := self._streams.get(invocation)) and isinstance(item := record.get("item"), dict):
            on_item(item)
        elif kind == _COMPLETION and (on_item := self._streams.pop(invocation, None)) is not None:
            on_item(None)
        elif kind == _COMPLETION:
            future = self._calls.pop(invocation, None)
            if future is None or future.done():
                return
            if (error := record.get("error")) is not None:
                future.set_exception(RemoteError("INTERNAL_ERROR", str(error)))
            else:
                future.set_result(record.get("result"))
        elif kind == _CLOSE:
            raise ConnectionLost(f"closed by the sidecar: {record.get('error') or 'no reason given'}")

    async def _send(self, data: bytes) -> None:
        try:
            await self._websocket.send_frame(data, WSMsgType.TEXT)
        except (ClientError, OSError, RuntimeError) as err:
            raise ConnectionLost(str(err) or type(err).__name__) from err

    async def _receive(self) -> list[dict[str, Any]]:
        """Wait for the next message and return its records; raises ConnectionLost."""
        try:
            message = await self._websocket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                raise ConnectionLost(f"the WebSocket ended ({message.type.name}, {message.extra or message.data})")
            self._received += 1
            return self._split(message.data)
        except (ClientError, OSError, RuntimeError) as err:
            self._lost(ConnectionLost(str(err) or type(err).__name__))
            raise ConnectionLost(str(err) or type(err).__name__) from err
        except ConnectionLost as err:
            self._lost(err)
            raise

    def _lost(self, error: ConnectionLost) -> None:
        self._closed = True
        self._fail_calls(error)

    def _split(self, data: bytes) -> list[dict[str, Any]]:
        """Split a message into records. An incomplete one is completed by the next message."""
        if self._remainder:
            data = self._remainder + data
            self._remainder = b""
        parts = data.split(_SEPARATOR)
        if rest := parts.pop():
            if len(rest) > MAX_MESSAGE:
                raise ConnectionLost("a record has no end")
            self._remainder = rest
        records: list[dict[str, Any]] = []
        for part in parts:
            try:
                record = json_loads(part)
            except ValueError as err:
                raise ConnectionLost(f"a record is not JSON: {err}") from err
            if not isinstance(record, dict):
                raise ConnectionLost("a record is not an object")
            records.append(record)
        return records


def _record(message: dict[str, Any]) -> bytes:
    return json_bytes(message) + _SEPARATOR


def _unwrap(result: Any) -> Any:
    """Return a call's result; raises RemoteError when it is an error record."""
    if isinstance(result, dict) and (error := result.get("error")) is not None:
        raise RemoteError.from_record(error)
    return result
