"""Somebody on loopback without the token learns nothing; somebody with it who sends rubbish disturbs nobody else."""

from collections.abc import AsyncIterator
import contextlib
import json

import aiohttp
import pytest

from support.world import World

PATHS = [
    "/metrics", "/api/diagnostics", "/api/devices", "/hub", "/hub/negotiate", "/api/image/lamp.victim.x",
    "/api/pictures/lamp/victim/x", "/api/health/", "/api",
    "/assets/../token", "/assets/..%2f..%2ftoken", "//token", "/%2e%2e/token", "/token", "/bridge.yaml", "/nats/users.conf",
]  # fmt: skip
RUBBISH = [
    b"\x1e",
    b"not json\x1e",
    b'{"type": 1}\x1e',
    b'{"type": 1, "target": "Nothing", "arguments": [], "invocationId": "1"}\x1e',
    b'{"type": 1, "target": "Command", "arguments": [{"entity": "lamp.victim.lamp"}], "invocationId": "1"}\x1e',
    b'{"type": 4, "target": "Listen", "arguments": [null], "invocationId": "1"}\x1e',
    b"[" * 10_000 + b"\x1e",
    b"\xff\xfe\x1e",
    b"x" * 3_000_000,
]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_read_without_the_token(world: World, session: aiohttp.ClientSession, path: str) -> None:
    token = world.home.sidecar.token
    for headers in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Bearer {token}x"},
        {"Authorization": f"Bearer {token.swapcase()}"},
        {"Authorization": f"Basic {token}"},
        {"Cookie": f"access_token={token}"},
        {"X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/"},
    ):
        async with session.get(f"{world.home.sidecar.url}{path}", headers=headers) as answer:
            assert answer.status in {401, 404}, headers
            assert await answer.read() == b""
    assert token not in (world.home.folder / "sidecar.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["/", "/api/health", "/metrics", "/hub", "/hub/negotiate", "/nothing", "/assets/nothing.js"])
async def test_every_response_tells_browsers_to_keep_and_run_nothing(
    world: World, session: aiohttp.ClientSession, path: str
) -> None:
    for headers in ({}, {"Authorization": f"Bearer {world.home.sidecar.token}"}):
        async with session.get(f"{world.home.sidecar.url}{path}", headers=headers) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "no-store" in answer.headers["Cache-Control"]
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_the_token_in_an_address_opens_the_web_socket_alone(world: World, session: aiohttp.ClientSession) -> None:
    query = {"access_token": world.home.sidecar.token}
    for path in ("/api/health", "/metrics", "/api/diagnostics", "/hub/negotiate"):
        async with session.get(f"{world.home.sidecar.url}{path}", params=query) as answer:
            body = await answer.text()
            assert answer.status in {401, 404} or set(json.loads(body)) == {"status"}, path
    async with session.post(f"{world.home.sidecar.url}/hub/negotiate", params=query) as answer:
        assert answer.status == 401
    async with session.ws_connect(f"{world.home.sidecar.url.replace('http', 'ws', 1)}/hub", params=query) as socket:
        assert not socket.closed


async def test_health_without_the_token_is_one_word(world: World, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{world.home.sidecar.url}/api/health") as answer:
        assert set(await answer.json()) == {"status"}


@pytest.mark.parametrize("frame", RUBBISH, ids=range(len(RUBBISH)))
async def test_rubbish_on_the_hub_ends_at_most_its_own_connection(
    world: World, session: aiohttp.ClientSession, frame: bytes
) -> None:
    headers = {"Authorization": f"Bearer {world.home.sidecar.token}"}
    url = f"{world.home.sidecar.url.replace('http', 'ws', 1)}/hub"
    async with session.ws_connect(url, headers=headers, max_msg_size=0) as socket:
        await socket.send_bytes(b'{"protocol": "json", "version": 1}\x1e')
        await socket.receive(timeout=10)
        await socket.send_bytes(frame)
        # Whatever it thinks of that: it answers a later call, or has closed the connection.
        for _ in range(20):
            with contextlib.suppress(aiohttp.ClientError):
                await socket.send_bytes(b'\x1e{"type": 1, "target": "Nothing", "arguments": [], "invocationId": "9"}\x1e')
            with contextlib.suppress(TimeoutError):
                await socket.receive(timeout=1)
                break
        else:
            pytest.fail("no answer, and no end of the connection")
    await world.is_well()


async def test_a_client_that_says_no_hello_gets_no_state(world: World, session: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {world.home.sidecar.token}"}
    url = f"{world.home.sidecar.url.replace('http', 'ws', 1)}/hub"
    async with session.ws_connect(url, headers=headers) as socket:
        listen = {"type": 4, "target": "Listen", "arguments": [{"epoch": None, "since": 0}], "invocationId": "1"}
        await socket.send_bytes(json.dumps(listen).encode() + b"\x1e")
        message = await socket.receive(timeout=20)
        assert "victim" not in str(message.data)
