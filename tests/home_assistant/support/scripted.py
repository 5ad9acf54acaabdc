"""A scripted sidecar, for golden frames and for what the real one cannot be made to do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import json
import ssl
from typing import Any, Self

from aiohttp import WSMsgType, web
from real_home.ports import free_port

TOKEN = "a-token-that-is-long-enough"
BRIDGE_ID = "k3v9x2qa"
SEPARATOR = "\x1e"

type Frame = dict[str, Any]
type Call = dict[str, Any]


def hello_result(**changes: Any) -> dict[str, Any]:
    """Return a Hello result as contract/protocol.md has it."""
    return {
        "server": {"name": "hanatsbridge", "version": "0.1.0"},
        "bridge_id": BRIDGE_ID,
        "schema": {"min": 1, "max": 1},
        "capabilities": ["commands", "events", "report", "diagnostics", "forget", "publish", "request", "subscribe", "take"],
        "epoch": "6f0e8d1c2b3a4f55",
        "links": {"nats": "up"},
    } | changes


def snapshot(
    *batches: Frame, full: bool = True, seq: int = 100, epoch: str = "6f0e8d1c2b3a4f55", begin: Frame | None = None
) -> list[Frame]:
    """Return the frames of a snapshot that consists of `batches`."""
    return [
        {"t": "begin", "epoch": epoch, "seq": seq, "full": full, "links": {"nats": "up"}} | (begin or {}),
        *({"t": "batch", "seq": seq} | batch for batch in batches),
        {"t": "end", "seq": seq},
    ]


class ScriptedSidecar:
    """One aiohttp server with one hub."""

    def __init__(self) -> None:
        """Initialise with ordinary answers; a test changes the attributes."""
        self.token = TOKEN
        self.hello: Any = hello_result()
        self.hello_completion: dict[str, Any] | None = None
        self.frames: list[Frame] = snapshot()
        self.handshake = "{}"
        self.status: int | None = None
        self.silent = False
        self.tls: ssl.SSLContext | None = None
        self.port = free_port()
        self.calls: list[Call] = []
        self.listens: list[dict[str, Any]] = []
        self.hellos: list[dict[str, Any]] = []
        self.reports: list[tuple[int, list[Any]]] = []
        self.diagnostics: Any = {"version": "0.1.0", "token": "never shown"}
        self.on_command: Callable[[Call], Awaitable[Any]] = self._done
        self.forgotten: list[Any] = []
        self.on_forget: Callable[[Any], Awaitable[Any]] = self._forgotten
        self.on_report: Callable[[int, list[Any]], Awaitable[Any]] = self._stored
        #: Requests of programs on NATS: what Take gives, and what was answered.
        self.on_take: Callable[[Any], Awaitable[Any]] = self._unknown_request
        self.answers: dict[Any, Any] = {}
        self.messages: list[Any] = []
        self.on_message: Callable[[Any], Awaitable[Any]] = self._sent
        #: What a Subscribe begins with.
        self.items: list[Any] = [{"t": "begin", "last": None}]
        self.subscribed: list[Any] = []
        self._streams: list[tuple[web.WebSocketResponse, str]] = []
        self.connections = 0
        self.pings = 0
        self.cancelled = 0
        self.records: list[Call] = []
        self._sockets: list[tuple[web.WebSocketResponse, str]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self.listening = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Self:
        """Listen, at the same port as before."""
        app = web.Application()
        app.router.add_get("/hub", self._hub)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True, ssl_context=self.tls)
        await site.start()
        return self

    async def stop(self) -> None:
        """Cut every connection and stop listening."""
        await self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def cut(self) -> None:
        """Cut every connection without a bye."""
        for task in list(self._tasks):
            task.cancel()
        for socket, _ in self._sockets:
            with suppress(Exception):
                if socket._req is not None and socket._req.transport is not None:
                    socket._req.transport.abort()
        self._sockets.clear()
        self.listening.clear()

    async def push(self, *frames: Frame) -> None:
        """Send frames to all streams."""
        for socket, stream in self._sockets:
            for frame in frames:
                await self._send(socket, {"type": 2, "invocationId": stream, "item": frame})

    async def push_item(self, item: Any) -> None:
        """Send an item to all subscriptions."""
        for socket, stream in self._streams:
            await self._send(socket, {"type": 2, "invocationId": stream, "item": item})

    async def end_items(self) -> None:
        """End all subscriptions."""
        streams, self._streams = self._streams, []
        for socket, stream in streams:
            await self._send(socket, {"type": 3, "invocationId": stream})

    async def push_raw(self, text: str) -> None:
        """Send a text as it is."""
        for socket, _ in self._sockets:
            await socket.send_str(text)

    async def _hub(self, request: web.Request) -> web.StreamResponse:
        self.connections += 1
        if self.status is not None:
            return web.Response(status=self.status)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        socket = web.WebSocketResponse(max_msg_size=2 * 1024 * 1024)
        await socket.prepare(request)
        rest = ""
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            *records, rest = (rest + message.data).split(SEPARATOR)
            for text in records:
                await self._record(socket, json.loads(text))
        self._sockets = [pair for pair in self._sockets if pair[0] is not socket]
        return socket

    async def _record(self, socket: web.WebSocketResponse, record: Call) -> None:
        if self.silent:
            return
        if "protocol" in record:
            assert record == {"protocol": "json", "version": 1}
            await socket.send_str(self.handshake + SEPARATOR)
            return
        if record["type"] in (5, 6):
            self.pings += record["type"] == 6
            self.cancelled += record["type"] == 5
            return
        self.records.append(record)
        match record["target"], record["arguments"]:
            case "Hello", [client]:
                self.hellos.append(client)
                completion = self.hello_completion or {"result": self.hello}
                await self._complete(socket, record, completion)
            case ("Listen" | "Subscribe") as target, [argument]:
                await self._stream(socket, record["invocationId"], target, argument)
            case ("Command" | "Report" | "Forget" | "Publish" | "Request" | "Take" | "Answer") as target, arguments:
                self._answer(socket, record, self._called(target, arguments))
            case "Diagnostics", [_]:
                await self._complete(socket, record, {"result": self.diagnostics})

    async def _stream(self, socket: web.WebSocketResponse, stream: str, target: str, argument: Any) -> None:
        listens = target == "Listen"
        (self.listens if listens else self.subscribed).append(argument)
        (self._sockets if listens else self._streams).append((socket, stream))
        for item in list(self.frames if listens else self.items):
            await self._send(socket, {"type": 2, "invocationId": stream, "item": item})
        if listens:
            self.listening.set()

    def _called(self, target: str, arguments: list[Any]) -> Awaitable[Any]:
        match target, arguments:
            case "Command", [command]:
                self.calls.append(command)
                return self.on_command(command)
            case "Report", [number, batch]:
                self.reports.append((number, batch))
                return self.on_report(number, batch)
            case "Forget", [device]:
                self.forgotten.append(device)
                return self.on_forget(device)
            case (("Publish" | "Request"), [message]):
                self.messages.append(message)
                return self.on_message(message)
            case "Take", [request]:
                return self.on_take(request)
            case "Answer", [request, answer]:
                self.answers[request] = answer
                return self._sent(answer)
        raise AssertionError(f"{target} with {arguments}")

    def _answer(self, socket: web.WebSocketResponse, record: Call, work: Awaitable[Any]) -> None:
        async def answer() -> None:
            result = await work
            if result is not None:
                await self._complete(socket, record, {"result": result})

        task = asyncio.create_task(answer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _complete(self, socket: web.WebSocketResponse, record: Call, rest: dict[str, Any]) -> None:
        await self._send(socket, {"type": 3, "invocationId": record["invocationId"]} | rest)

    async def _send(self, socket: web.WebSocketResponse, record: Any) -> None:
        with suppress(ConnectionError):
            await socket.send_str(json.dumps(record) + SEPARATOR)

    async def _done(self, command: Call) -> Any:
        return {"id": "01JC", "ms": 1.0}

    async def _forgotten(self, device: Any) -> Any:
        return {"removed": True}

    async def _unknown_request(self, request: Any) -> Any:
        return {"error": {"code": "NOT_FOUND", "message": "no such request", "retryable": False, "details": None}}

    async def _sent(self, message: Any) -> Any:
        return {"sent": True}

    async def _stored(self, number: int, batch: list[Any]) -> Any:
        return {"stored": number + len(batch) - 1}
