"""Home Assistant's WebSocket API, as its own page uses it."""

import asyncio
from collections.abc import Callable
import contextlib
import itertools
from typing import Any, Self

import aiohttp

type Json = dict[str, Any]


class CallError(Exception):
    """What Home Assistant answered instead of a result: what a person would read."""

    def __init__(self, error: Json) -> None:
        super().__init__(str(error.get("message")))
        self.code = str(error.get("code"))


class SocketClient:
    """One authenticated connection; calls may overlap."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self._url = url.replace("http", "ws", 1) + "/api/websocket"
        self._token = token
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._listeners: dict[int, Callable[[Any], None]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._socket: aiohttp.ClientWebSocketResponse

    async def __aenter__(self) -> Self:
        """Connect and authenticate. CallError if refused, ConnectionError if Home Assistant is not there, or goes meanwhile."""
        try:
            self._socket = await self._session.ws_connect(self._url, max_msg_size=0, heartbeat=30)
        except aiohttp.ClientError as error:
            raise ConnectionError(f"Home Assistant is not there: {error}") from error
        try:
            await self._authenticate()
        except BaseException:
            await self._socket.close()
            raise
        self._reader = asyncio.create_task(self._read())
        return self

    async def _authenticate(self) -> None:
        await self._hear()
        await self._socket.send_json({"type": "auth", "access_token": self._token})
        answer = await self._hear()
        if answer["type"] != "auth_ok":
            raise CallError(answer)

    async def _hear(self) -> Json:
        """The next message, before there is a reader."""
        message = await self._socket.receive(timeout=30)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError("Home Assistant has gone")
        return dict(message.json())

    async def __aexit__(self, *_: object) -> None:
        if self._reader:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        await self._socket.close()

    @property
    def closed(self) -> bool:
        """Whether Home Assistant has gone."""
        return self._socket.closed or self._reader is None or self._reader.done()

    async def call(self, kind: str, seconds: float = 30, **fields: Any) -> Any:
        """Send one message and return its result. CallError, or ConnectionError when Home Assistant goes away meanwhile."""
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            if self.closed:
                raise ConnectionError("Home Assistant has gone")
            await self._socket.send_json({"id": number, "type": kind, **fields})
            async with asyncio.timeout(seconds):
                return await future
        finally:
            self._waiting.pop(number, None)

    async def subscribe(self, listener: Callable[[Any], None], kind: str, **fields: Any) -> None:
        """Subscribe, and hand every event of it to the listener."""
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number], self._listeners[number] = future, listener
        await self._socket.send_json({"id": number, "type": kind, **fields})
        async with asyncio.timeout(30):
            await future

    async def act(self, domain: str, service: str, entity_id: str, **data: Any) -> Any:
        """Perform an action on an entity; returns when the device has answered."""
        return await self.call("call_service", domain=domain, service=service, service_data=data, target={"entity_id": entity_id})

    async def states(self) -> dict[str, Json]:
        """Every entity's state, by entity id."""
        return {state["entity_id"]: state for state in await self.call("get_states")}

    async def entity_ids(self, platform: str = "nats_bridge") -> dict[str, str]:
        """The registry's entities of one integration: unique id → entity id."""
        entries = await self.call("config/entity_registry/list")
        return {entry["unique_id"]: entry["entity_id"] for entry in entries if entry["platform"] == platform}

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                for record in many if isinstance(many := message.json(), list) else [many]:
                    self._take(record)
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("Home Assistant has gone"))

    def _take(self, record: Json) -> None:
        if record["type"] == "event":
            if listener := self._listeners.get(record["id"]):
                listener(record["event"])
            return
        future = self._waiting.get(record["id"])
        if future is None or future.done():
            return
        if record.get("success", True):
            future.set_result(record.get("result"))
        else:
            future.set_exception(CallError(record["error"]))
