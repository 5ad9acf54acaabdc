"""Devices that bridge.yaml describes, with the real sidecar: the examples of docs/subjects.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
import re

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import nats
from nats.aio.msg import Msg
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from support.home import Watcher, until
from support.real import ROOT, RealSidecar


def examples(page: str) -> list[str]:
    """Return the blocks of YAML of a page in docs/."""
    return re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> str:
    """Return the bridge.yaml of the test."""
    return str(request.param)


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
        await program.flush()

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
    await program.flush()
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
