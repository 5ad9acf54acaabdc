"""Devices that bridge.yaml describes, with the real sidecar: the examples of docs/subjects.md and docs/http.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
import re

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import nats
from nats.aio.msg import Msg
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from real_home.waiting import flushed

from support.home import Watcher, until
from support.real import ROOT, RealSidecar


def examples(page: str) -> list[str]:
    """Return the blocks of YAML of a page in docs/."""
    return re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


class Boiler:
    """A device that speaks HTTP."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.pump = False
        self.breaks = False

    def server(self) -> TestServer:
        """Return its web server."""
        app = web.Application()
        app.router.add_get("/status", self._status)
        app.router.add_post("/pump", self._pump)
        app.router.add_put("/target/{value}", self._target)
        return TestServer(app)

    async def _status(self, _: web.Request) -> web.Response:
        if self.breaks:
            return web.Response(status=500)
        return web.json_response({"water": {"temperature": 61.5}, "pump": self.pump, "target": 50})

    async def _pump(self, request: web.Request) -> web.Response:
        self.pump = (await request.json())["on"]
        return web.Response()

    async def _target(self, _: web.Request) -> web.Response:
        return web.json_response({"error": "The boiler is too hot"}, status=409)


@pytest.fixture
def boiler() -> Boiler:
    """A boiler; it runs where the settings name it."""
    return Boiler()


@pytest.fixture
async def settings(request: pytest.FixtureRequest, boiler: Boiler, socket_enabled: None) -> AsyncIterator[str]:
    """The bridge.yaml of the test."""
    server = boiler.server()
    await server.start_server()
    yield str(request.param).replace("192.168.1.50", f"127.0.0.1:{server.port}").replace("interval: 10s", "interval: 1s")
    await server.close()


@pytest.fixture
async def real(settings: str, tmp_path: Path, socket_enabled: None) -> AsyncIterator[RealSidecar]:
    """A sidecar with these settings."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "bridge.yaml").write_text(settings, encoding="utf-8")
    sidecar = RealSidecar(tmp_path, "newest")
    await sidecar.start()
    yield sidecar
    await sidecar.stop()


@pytest.mark.parametrize("settings", [examples("subjects.md")[0]], indirect=True)
async def test_a_program_that_only_publishes_is_an_entity(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher, device_registry: dr.DeviceRegistry
) -> None:
    program = await nats.connect(real.nats_url)

    async def heard() -> None:
        await program.publish("plant.kitchen.moisture", b"41.5")
        await flushed(program)

    await heard()
    await watch.becomes("plant.kitchen.moisture", "41.5")
    state = watch("plant.kitchen.moisture")
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "%"
    assert state.attributes["friendly_name"] == "Kitchen Moisture"

    await real.kill()
    await real.start()
    await watch.becomes("plant.kitchen.moisture", "41.5")
    await program.publish("plant.kitchen.moisture", b"40")
    await watch.becomes("plant.kitchen.moisture", "40")
    await program.close()


@pytest.mark.parametrize("settings", [examples("subjects.md")[3]], indirect=True)
async def test_a_person_reads_the_programs_answer(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    program = await nats.connect(real.nats_url)
    asked: list[bytes] = []

    async def answer(message: Msg) -> None:
        asked.append(message.data)
        await message.respond(b'{"error": "The pump is hot"}' if len(asked) > 1 else b"")

    await program.subscribe("pump.cellar.set_speed", cb=answer)
    await program.subscribe("pump.cellar.set", cb=answer)
    await flushed(program)
    await watch.becomes("pump.cellar.speed", "unknown")
    number = watch.id("pump.cellar.speed")
    await hass.services.async_call("number", "set_value", {"entity_id": number, "value": 1200}, blocking=True)
    with pytest.raises(HomeAssistantError, match="The pump is hot"):
        await hass.services.async_call("number", "set_value", {"entity_id": number, "value": 2900}, blocking=True)
    assert asked == [b"1200", b"2900"]
    await hass.services.async_call("switch", "turn_on", {"entity_id": watch.id("pump.cellar.running")}, blocking=True)
    await until(lambda: asked[-1] == b"1")
    with pytest.raises(HomeAssistantError, match="No program listens"):
        await hass.services.async_call("button", "press", {"entity_id": watch.id("gate.front.open")}, blocking=True)
    await program.close()


@pytest.mark.parametrize("settings", [examples("http.md")[0]], indirect=True)
async def test_a_device_that_speaks_http(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher, boiler: Boiler
) -> None:
    await watch.becomes("http.boiler.temperature", "61.5")
    await watch.becomes("http.boiler.pump", "off")
    await hass.services.async_call("switch", "turn_on", {"entity_id": watch.id("http.boiler.pump")}, blocking=True)
    assert boiler.pump
    await watch.becomes("http.boiler.pump", "on")
    with pytest.raises(HomeAssistantError, match="The boiler is too hot"):
        await hass.services.async_call(
            "number", "set_value", {"entity_id": watch.id("http.boiler.target"), "value": 66}, blocking=True
        )
    boiler.breaks = True
    await watch.becomes("http.boiler.temperature", "unavailable")
    boiler.breaks = False
    await watch.becomes("http.boiler.temperature", "61.5", 40)


@pytest.mark.parametrize("settings", [examples("http.md")[1]], indirect=True)
async def test_a_device_that_sends_requests(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, watch: Watcher
) -> None:
    await watch.becomes("webhook.mailbox.battery", "unknown")
    async with ClientSession() as session:
        url = f"{real.url}/api/webhook/3f1c9a7be5d2486f90c1"
        async with session.post(url, data='{"lid": "opened", "battery": 87}') as answer:
            assert answer.status == 200
    await watch.becomes("webhook.mailbox.battery", "87")

    def opened() -> bool:
        lid = watch("webhook.mailbox.lid")
        return lid is not None and lid.attributes.get("event_type") == "opened"

    await until(opened)
