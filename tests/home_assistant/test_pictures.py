"""Pictures of cameras, images and media players, with devices on NATS and the real sidecar."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from homeassistant.components import camera, image
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from real_home.ports import free_port

from conftest import set_up
from custom_components.nats_bridge.pictures import MAX_PICTURE, async_fetch_picture
from support.fixtures import examples
from support.home import device, entity, entity_id_of, state_of, until
from support.real import RealDevice, RealSidecar
from support.scripted import ScriptedSidecar, snapshot

pytestmark = pytest.mark.timeout(120)

PNG = base64.b64decode(examples()["image"]["steps"][0]["image"]["visitor"]["base64"])
OTHER_PNG = base64.b64decode(examples()["image"]["steps"][1]["image"]["visitor"]["base64"])
JPEG = b"\xff\xd8\xff\xe0 no more than its beginning"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
ENTITIES = (
    entity("porch", "camera", name="Porch"),
    entity("yard", "camera", name="Yard", on_demand=True, command_timeout=2),
    entity("visitor", "image", name="Visitor"),
)


async def shown(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> tuple[bytes, str] | None:
    """Return what Home Assistant shows of `camera.house.{key}`."""
    entity_id = entity_id_of(hass, f"camera.house.{key}", str(entry.unique_id))
    assert entity_id is not None
    module = {"camera": camera, "image": image}[entity_id.split(".")[0]]
    with suppress(HomeAssistantError):
        picture = await module.async_get_image(hass, entity_id)
        return picture.content, picture.content_type
    return None


async def until_shown(hass: HomeAssistant, entry: MockConfigEntry, key: str, expected: tuple[bytes, str] | None) -> None:
    """Wait until Home Assistant shows that."""
    for _ in range(100):
        if (now := await shown(hass, entry, key)) == expected:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{key}: {now} is not {expected}")


def house(real: RealSidecar) -> RealDevice:
    """Return a device with cameras and an image."""
    return RealDevice(real.nats_url, "camera", "house", *ENTITIES)


async def until_there(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Wait until all entities are there."""
    ids = [f"camera.house.{part['key']}" for part in ENTITIES]
    await until(lambda: all(state_of(hass, wire_id, str(entry.unique_id)) is not None for wire_id in ids), 20)


async def test_an_image_has_the_time_of_its_last_picture_also_after_a_restart(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = str(home.unique_id)

    def time() -> datetime | None:
        state = state_of(hass, "camera.house.visitor", bridge)
        return dt_util.parse_datetime(state.state) if state is not None else None

    async with house(real) as device:
        await until_there(hass, home)
        assert time() is None
        assert await shown(hass, home, "visitor") is None
        before = dt_util.utcnow()
        await device.show("visitor", PNG, "image/png")
        await until(lambda: time() is not None, 10)
        first = time()
        assert first is not None
        assert abs((first - before).total_seconds()) < 60
        assert await shown(hass, home, "visitor") == (PNG, "image/png")
        await device.show("visitor", JPEG, "image/jpeg")
        await until(lambda: (now := time()) is not None and now > first, 10)
        second = time()
        assert await shown(hass, home, "visitor") == (JPEG, "image/jpeg")

        await hass.config_entries.async_reload(home.entry_id)
        await until(lambda: time() == second, 10)
        await real.kill()
        assert await shown(hass, home, "visitor") is None
        await real.start()
        await until_shown(hass, home, "visitor", (JPEG, "image/jpeg"))
        assert time() == second
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_new_image_begins_with_the_picture_that_is_there(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry
) -> None:
    async with house(real) as device:
        await until_there(hass, home)
        await device.show("gate", PNG, "image/png")
        states: list[Any] = []
        hass.bus.async_listen("state_changed", lambda event: states.append(event.data))
        device.description["entities"].append(entity("gate", "image", name="Gate"))
        await device.announce()
        await until(lambda: state_of(hass, "camera.house.gate", str(home.unique_id)) is not None, 10)
        entity_id = entity_id_of(hass, "camera.house.gate", str(home.unique_id))
        await until(lambda: any(data["entity_id"] == entity_id for data in states), 10)
        first = next(data["new_state"] for data in states if data["entity_id"] == entity_id)
        assert dt_util.parse_datetime(first.state) is not None, first


async def test_home_assistant_serves_the_picture_with_its_type(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    async with house(real) as device:
        await until_there(hass, home)
        client = await hass_client()
        await device.show("porch", PNG, "image/png")
        await device.show("visitor", JPEG, "image/jpeg")
        await until_shown(hass, home, "porch", (PNG, "image/png"))
        await until_shown(hass, home, "visitor", (JPEG, "image/jpeg"))
        for key, content, content_type in (("porch", PNG, "image/png"), ("visitor", JPEG, "image/jpeg")):
            state = state_of(hass, f"camera.house.{key}", str(home.unique_id))
            assert state is not None
            answer = await client.get(state.attributes["entity_picture"])
            assert (answer.status, answer.content_type, await answer.read()) == (HTTPStatus.OK, content_type, content)


async def test_a_picture_is_requested_and_a_refusal_or_silence_shows_none(
    hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    answer = {"image": {"base64": base64.b64encode(PNG).decode(), "content_type": "image/png"}}
    async with house(real) as device:
        await until_there(hass, home)
        device.script = {"answers": answer}
        shows = await asyncio.gather(*(shown(hass, home, "yard") for _ in range(5)))
        assert shows == [(PNG, "image/png")] * 5
        assert {command["action"] for command in device.commands} == {"get_image"}
        device.script = {"answers": {"ok": False, "error": {"code": "BUSY", "message": "The lens is being cleaned"}}}
        assert await shown(hass, home, "yard") is None
        device.script = {"answers": {"ok": True}}
        assert await shown(hass, home, "yard") is None
        device.script = device.answer = None
        assert await shown(hass, home, "yard") is None
        assert await async_fetch_picture(home.runtime_data.home, "camera.house.unknown") is None
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert [record.name for record in caplog.records if record.levelname == "WARNING" and "nats_bridge" in record.name] == []


async def test_what_is_no_picture_is_not_shown(hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry) -> None:
    async with house(real) as device:
        await until_there(hass, home)
        await device.show("porch", PNG, "image/png")
        await until_shown(hass, home, "porch", (PNG, "image/png"))
        await device.show("porch", SVG, "image/svg+xml")
        await until_shown(hass, home, "porch", None)
        await device.show("porch", OTHER_PNG, "image/png")
        await until_shown(hass, home, "porch", (OTHER_PNG, "image/png"))
        await device.show("porch", SVG, "image/png")
        await until_shown(hass, home, "porch", None)


async def test_a_removed_device_begins_without_a_picture(hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry) -> None:
    async with house(real) as device:
        await until_there(hass, home)
        await device.show("visitor", PNG, "image/png")
        await until_shown(hass, home, "visitor", (PNG, "image/png"))
        await device.remove()
        await until(lambda: state_of(hass, "camera.house.visitor", str(home.unique_id)) is None, 20)
        assert home.runtime_data.home.pictures == {}
        await device.announce()
        await until_there(hass, home)
        state = state_of(hass, "camera.house.visitor", str(home.unique_id))
        assert state is not None
        assert state.state == "unknown"
        await until_shown(hass, home, "visitor", None)


async def test_a_camera_is_off_and_has_a_stream(hass: HomeAssistant, real: RealSidecar, home: MockConfigEntry) -> None:
    part = entity("porch", "camera", name="Porch", supported_features=["on_off", "stream"])
    async with RealDevice(real.nats_url, "camera", "house", part) as device:
        await device.publish("porch", {"state": "idle", "is_on": False, "stream_source": "rtsp://192.0.2.1/live"})
        await until(lambda: entity_id_of(hass, "camera.house.porch", str(home.unique_id)) is not None, 20)
        porch = home.runtime_data.population.entities["camera.house.porch"]
        await until(lambda: not porch.is_on, 10)
        assert await porch.stream_source() == "rtsp://192.0.2.1/live"
        state = state_of(hass, "camera.house.porch", str(home.unique_id))
        assert state is not None
        assert "rtsp" not in str(state.attributes)


async def test_an_image_at_an_address_is_loaded_by_home_assistant_only_if_it_is_a_picture(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    pages = {"/a.png": (PNG, "image/png"), "/a.svg": (SVG, "image/svg+xml"), "/large": (b"x" * (MAX_PICTURE + 1), "image/png")}

    async def serve(request: web.Request) -> web.Response:
        if request.path not in pages:
            return web.Response(status=404)
        body, content_type = pages[request.path]
        return web.Response(body=body, content_type=content_type)

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
    sidecar.frames = snapshot({"devices": [device("camera", "house", entity("map", "image"))]})
    await set_up(hass, entry)
    expected = {"/a.png": (PNG, "image/png"), "/a.svg": None, "/large": None, "/missing": None}
    for number, (path, picture) in enumerate(expected.items()):
        url = f"http://127.0.0.1:{port}{path}"
        state = {"state": f"2026-11-21T10:00:0{number}+00:00", "image_url": url}
        await sidecar.push({"t": "batch", "seq": 101 + number, "states": [["camera.house.map", state]]})
        await until(lambda at=state["state"]: (now := state_of(hass, "camera.house.map")) is not None and now.state == at)
        assert await shown(hass, entry, "map") == picture
    await runner.cleanup()


async def test_pictures_that_a_snapshot_does_not_name_are_gone_and_malformed_ones_are_counted(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    described = device("camera", "house", entity("map", "image"), entity("door", "image"))
    at = "2026-11-21T10:00:00.123Z"
    names = [{"entity": f"camera.house.{key}", "at": at, "content_type": "image/png"} for key in ("map", "door")]
    sidecar.frames = snapshot({"devices": [described], "pictures": names})
    await set_up(hass, entry)
    for key in ("map", "door"):
        state = state_of(hass, f"camera.house.{key}")
        assert state is not None
        assert state.state == "2026-11-21T10:00:00.123000+00:00"
    malformed: list[Any] = [{}, {"entity": "camera.house.map", "at": 5}, {"entity": "camera.house.map", "at": "now"}, 7]
    await sidecar.push({"t": "batch", "seq": 101, "pictures": malformed})
    await until(lambda: entry.runtime_data.home.counters.malformed == len(malformed))
    sidecar.frames = snapshot({"devices": [described], "pictures": names[:1]}, epoch="another")
    await sidecar.cut()
    await until(lambda: (now := state_of(hass, "camera.house.door")) is not None and now.state == "unknown")
    assert entry.runtime_data.home.pictures.keys() == {"camera.house.map"}
    await sidecar.push({"t": "batch", "seq": 102, "pictures": [{"entity": "camera.house.map", "at": None}]})
    await until(lambda: entry.runtime_data.home.pictures == {})
