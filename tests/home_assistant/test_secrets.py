"""A run with secrets of every kind, and then a search for them in everything that it left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
import json
import logging
from pathlib import Path

from aiohttp import ClientSession, web
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from real_home.ports import free_port

from custom_components.nats_bridge.const import DOMAIN
from support.home import entity, entity_id_of, state_of, until
from support.real import RealDevice, RealSidecar, sidecar_program

pytestmark = pytest.mark.timeout(150)

#: Codes and passwords: none may be anywhere but at the device and, for a state, in Home Assistant.
SECRETS = {
    "code": "739155",
    "wrong code": "739156789",
    "code in an unknown parameter": "739157",
    "password set": "hunter2-set",
    "password too long": "hunter2-long",
    "password as a state": "hunter2-state",
    "password as a wrong state": "hunter2-wrong",
    "pin": "846201",
    "wifi password": "hunter2-wifi",
    "api key": "hunter2-api",
    "attribute of an event": "hunter2-event",
    "wrong value": "hunter2-value",
    "broken JSON": "hunter2-broken",
    "configuration URL": "hunter2-url",
    "URL as a value": "hunter2-text",
    "URL in a description": "hunter2-class",
    "field of an announcement": "hunter2-field",
    "rejected announcement": "hunter2-rejected",
    "broken announcement": "hunter2-cut",
}
#: What devices publish as states and events is stored as it is; nothing else is.
PUBLISHED = ("HOME_TELEMETRY", "HOME_STATE", "HOME_DEVICE_EVENTS")

LOCK = entity("door", "lock", code_format=r"^\d{6}$")
WIFI = entity("wifi", "text", mode="password", max=20)
LEVEL = entity("level", "number", min=0, max=10)
NOTE = entity("note", "sensor")
BELL = entity("bell", "event", event_types=["ring"])
WRONG = entity("wrong", "sensor", device_class=f"http://me:{SECRETS['URL in a description']}@cam.example/")


@pytest.fixture
async def traces(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[bytes]]:
    """What a receiver of traces and metrics (OTLP) gets from the sidecar, which logs everything."""
    received: list[bytes] = []

    async def receive(request: web.Request) -> web.Response:
        received.append(request.path.encode() + await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/{path:.*}", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "500")
    monkeypatch.setenv("Bridge__LogLevel", "debug")
    yield received
    await runner.cleanup()


@pytest.fixture
async def real(traces: list[bytes], tmp_path: Path) -> AsyncIterator[RealSidecar]:
    """A sidecar with its own nats-server."""
    sidecar = RealSidecar(tmp_path, "newest")
    await sidecar.start()
    yield sidecar
    await sidecar.stop()


@pytest.fixture
async def home(hass: HomeAssistant, real: RealSidecar) -> AsyncIterator[MockConfigEntry]:
    """The entry that the config flow makes for it."""
    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: real.listen, CONF_TOKEN: real.token})
    await hass.async_block_till_done()
    yield done["result"]
    await hass.config_entries.async_unload(done["result"].entry_id)


async def test_no_artefact_of_a_run_has_a_secret(
    hass: HomeAssistant,
    traces: list[bytes],
    real: RealSidecar,
    home: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.nats_bridge")
    assert await async_setup_component(hass, "diagnostics", {})
    seen: dict[str, str | bytes] = {}
    credentials = {
        "seed": await _bridge(real, "device", "add", "lamp", "desk", "--out", str(real.data.parent / "seed")),
        "password": await _bridge(
            real, "device", "add", "lamp", "wall", "--password", "--out", str(real.data.parent / "password")
        ),
    }
    minted = [
        word for name in credentials for word in (real.data.parent / name).read_text(encoding="utf-8").split() if len(word) > 25
    ]
    assert len(minted) >= 2
    secrets = [*SECRETS.values(), *minted, real.token]
    url = f"http://admin:{SECRETS['configuration URL']}@cam.example:8080/"
    async with RealDevice(real.nats_url, "door", "front", LOCK, WIFI, LEVEL, NOTE, BELL, configuration_url=url) as device:
        await _use(hass, home, device, seen)
        await _announce_wrongly(device)
        await until(lambda: issue_registry.async_get_issue(DOMAIN, f"{home.entry_id}.entities_left_out.door.front"), 20)
        await _collect(hass, home, real, hass_client, seen)
        state = state_of(hass, "door.front.wifi", str(home.unique_id))
        assert state is not None
        assert state.state == SECRETS["password as a state"]
        # The device got what a person entered.
        sent = str([command["params"] for command in device.commands])
        assert all(SECRETS[name] in sent for name in ("code", "password set"))
        await until(lambda: any(b"/v1/traces" in body for body in traces), 20)
    seen["issues"] = str([issue.translation_placeholders for issue in issue_registry.issues.values()])
    seen["log of the integration"] = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("custom_components.nats_bridge")
    )
    await real.stop()
    seen["traces and metrics"] = b"\n".join(traces)
    for path in (real.log, *real.data.rglob("*")):
        if path.is_file() and path.name != "token" and not any(stream in path.parts for stream in PUBLISHED):
            seen[str(path.relative_to(real.data.parent))] = path.read_bytes()
    assert any("HOME_AUDIT" in name for name in seen)
    found = {
        f"{secret!r} in {name}"
        for name, content in seen.items()
        for secret in secrets
        if secret.encode() in (content if isinstance(content, bytes) else content.encode())
    }
    assert not found
    # They are masked, not missing.
    for name in ("sidecar.log", "answers", "device diagnostics", "home diagnostics"):
        content = seen[name]
        assert b"***" in (content if isinstance(content, bytes) else content.encode()), name
    audit = b"".join(content for name, content in seen.items() if "HOME_AUDIT" in name and isinstance(content, bytes))
    assert audit.count(b'"code":"***"') >= 2
    assert audit.count(b'"value":"***"') >= 2
    rejected = b"".join(content for name, content in seen.items() if "HOME_DLQ" in name and isinstance(content, bytes))
    assert b"***" in rejected


async def _use(hass: HomeAssistant, home: MockConfigEntry, device: RealDevice, seen: dict[str, str | bytes]) -> None:
    """Publish secrets as states and events, right ones and wrong ones, and have a person enter some."""
    bridge = str(home.unique_id)
    await device.publish("door", {"state": "locked", "pin": SECRETS["pin"]})
    await device.publish(
        "note", {"state": f"http://me:{SECRETS['URL as a value']}@cam.example/", "wifi_password": SECRETS["wifi password"]}
    )
    await device.publish("level", {"state": {"api_key": SECRETS["api key"]}})
    await device.publish("level", f"token={SECRETS['wrong value']}")
    await device.publish_bytes("home.devices.door.front.state.level", b'{"pin": "' + SECRETS["broken JSON"].encode())
    await device.publish("wifi", SECRETS["password as a wrong state"] * 3)
    await device.fire("bell", {"event_type": "ring", "secret": SECRETS["attribute of an event"]})
    await device.fire("bell", {"event_type": f"pin={SECRETS['wrong value']}"})
    await device.publish("wifi", SECRETS["password as a state"])
    await until(lambda: getattr(state_of(hass, "door.front.wifi", bridge), "state", "") == SECRETS["password as a state"], 20)
    await until(lambda: getattr(state_of(hass, "door.front.door", bridge), "state", "") == "locked", 20)
    messages = []
    for name, domain, action, data in (
        ("door", "lock", "unlock", {"code": SECRETS["code"]}),
        ("wifi", "text", "set_value", {"value": SECRETS["password set"]}),
    ):
        # The device repeats what it got.
        device.answer = {"ok": False, "error": {"code": "INVALID_PARAMETER", "message": f"{data} is not right"}}
        target = {"entity_id": entity_id_of(hass, f"door.front.{name}", bridge)}
        with pytest.raises(HomeAssistantError) as caught:
            await hass.services.async_call(domain, action, target | data, blocking=True)
        messages.append(str(caught.value))
    # What Home Assistant itself would have refused.
    for key, action, params in (
        ("door", "unlock", {"code": SECRETS["wrong code"]}),
        ("door", "unlock", {"pin": SECRETS["code in an unknown parameter"]}),
        ("wifi", "set_value", {"value": SECRETS["password too long"] * 3}),
        ("gone", "set_value", {"value": SECRETS["password set"]}),
    ):
        connection = home.runtime_data.home.connection
        command = {"entity": f"door.front.{key}", "action": action, "params": params, "context": {"origin": "test"}}
        with pytest.raises(Exception) as refused:  # noqa: PT011
            await connection.invoke("Command", command, timeout=10)
        messages.append(str(refused.value))
    seen["answers"] = "\n".join(messages)


async def _announce_wrongly(device: RealDevice) -> None:
    """Announce what is refused: in part, whole, and without a reply."""
    refused = {"schema": 1, "type": "door", "id": "*", "api_key": SECRETS["rejected announcement"]}
    await device.publish_bytes("home.discovery.announce", json.dumps(refused).encode())
    cut = b'{"schema": 1, "type": "door", "wifi_password": "' + SECRETS["broken announcement"].encode()
    await device.publish_bytes("home.discovery.announce", cut)
    device.description["entities"].append(WRONG)
    device.description["client_secret"] = SECRETS["field of an announcement"]
    await device.announce()


async def _collect(
    hass: HomeAssistant,
    home: MockConfigEntry,
    real: RealSidecar,
    hass_client: ClientSessionGenerator,
    seen: dict[str, str | bytes],
) -> None:
    """Ask for everything that can be asked for."""
    async with ClientSession(headers={"Authorization": f"Bearer {real.token}"}) as session:
        for path in ("/api/health", "/metrics", "/"):
            async with session.get(real.url + path) as answer:
                seen[path] = await answer.read()
    seen["doctor"] = await _bridge(real, "doctor")
    seen["device list"] = await _bridge(real, "device", "list")
    client = await hass_client()
    whole = f"/api/diagnostics/config_entry/{home.entry_id}"
    seen["home diagnostics"] = await (await client.get(whole)).text()
    found = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{home.unique_id}.door.front"), home.entry_id)
    assert found is not None
    assert found.configuration_url == "http://cam.example:8080/"
    seen["device diagnostics"] = await (await client.get(f"{whole}/device/{found.id}")).text()
    assert '"wrong_values"' in seen["device diagnostics"]


async def _bridge(real: RealSidecar, *arguments: str) -> str:
    """Run a command of the sidecar's program on its data folder; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        str(sidecar_program()), *arguments, "--data", str(real.data),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return output.decode()
