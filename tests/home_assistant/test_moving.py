"""Moving from Home Assistant's own mqtt: the steps of docs/moving-from-mqtt.md, with a real broker and a real sidecar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
import json
from pathlib import Path
import stat

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up_real
from custom_components.nats_bridge.const import DOMAIN
from support.home import until
from support.moving import PASSWORD, USER, Broker
from support.real import RealSidecar, sidecar_program

pytestmark = pytest.mark.timeout(240)

#: A device of each program that the page names.
RECORDS = [
    "zigbee2mqtt/006_Nous-D4Z-M",
    "products/001_tasmota_plug",
    "products/004_esphome_node",
    "products/014_shelly_rgbw_template",
]

#: What some of their entities show.
STATES = {
    "sensor.0x54ef441000001006_power": "12.5",
    "switch.washer_plug_relay": "unavailable",
    "select.cellar_cellar_node_mode": "Manual",
    "light.cupboard_rgbw": "on",
}


@pytest.fixture(autouse=True)
def empty_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand for an empty configuration.yaml, which Home Assistant's mqtt reads."""
    monkeypatch.setattr("homeassistant.config.load_yaml_config_file", lambda *_: {})


@pytest.fixture
async def broker(tmp_path: Path, socket_enabled: None) -> AsyncIterator[Broker]:
    """A broker without messages."""
    broker = Broker(tmp_path / "mosquitto")
    await broker.start()
    yield broker
    await broker.stop()


async def look(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command in a folder of its own; its exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        str(sidecar_program()), "mqtt", "import", "--data", str(folder / "data"), *arguments,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def set_up_mqtt(hass: HomeAssistant, broker: Broker) -> MockConfigEntry:
    """Set up Home Assistant's own mqtt."""
    data = {"broker": "127.0.0.1", "port": broker.port, "protocol": "5", "username": USER, "password": PASSWORD}
    entry = MockConfigEntry(domain="mqtt", data=data, options={"discovery": True}, version=2, minor_version=1)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    return entry


def ids_of(hass: HomeAssistant, platform: str) -> set[str]:
    """Return the entity ids of an integration."""
    return {entry.entity_id for entry in er.async_get(hass).entities.values() if entry.platform == platform}


def states_of(hass: HomeAssistant, ids: Iterable[str]) -> dict[str, str]:
    """Return the states of those that have one."""
    return {one: state.state for one in ids if (state := hass.states.get(one)) is not None}


async def test_entity_ids_are_the_same_after_the_move_and_after_the_way_back(
    hass: HomeAssistant, tmp_path: Path, broker: Broker
) -> None:
    await broker.publish(*RECORDS)
    code, output, errors = await look(tmp_path, "--mqtt", broker.url, "--json")
    assert code == 0, errors
    wanted = {entity["entity_id"] for device in json.loads(output)["devices"] for entity in device["entities"]}
    assert len(wanted) > 40
    assert json.loads(output)["not_used"] == []
    assert not (tmp_path / "data").exists()

    mqtt = await set_up_mqtt(hass, broker)
    await until(lambda: ids_of(hass, "mqtt") >= wanted, 40)
    before = ids_of(hass, "mqtt")
    assert before == wanted
    enabled = {one for one in before if er.async_get(hass).entities[one].disabled_by is None}
    assert Template("{{ integration_entities('mqtt') | sort | join(',') }}", hass).async_render() == ",".join(sorted(enabled))
    await until(lambda: states_of(hass, STATES) == STATES)

    # Deleting the entry frees the entity ids, and leaves the messages on the broker.
    await hass.config_entries.async_remove(mqtt.entry_id)
    await hass.async_block_till_done()
    assert ids_of(hass, "mqtt") == set()
    code, output, errors = await look(tmp_path, "--mqtt", broker.url, "--apply")
    assert code == 0, errors
    file = tmp_path / "data" / "bridge.yaml"
    assert file.read_text(encoding="utf-8") == f"mqtt:\n  brokers:\n    - '{broker.url}'\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Next: ./bridge run" in output

    sidecar = RealSidecar(tmp_path, "newest")
    await sidecar.start()
    try:
        home = await set_up_real(hass, sidecar)
        await until(lambda: ids_of(hass, DOMAIN) >= before, 60)
        assert ids_of(hass, DOMAIN) == before
        await until(lambda: states_of(hass, STATES) == STATES, 40)
        # A sidecar that runs has to be restarted for a second broker.
        code, output, errors = await look(tmp_path, "--mqtt", f"{broker.url}?name=again&type=again", "--apply")
        assert code == 0, errors
        assert "Next: restart the sidecar" in output
        await hass.config_entries.async_remove(home.entry_id)
        await hass.async_block_till_done()
    finally:
        await sidecar.stop()
    assert ids_of(hass, DOMAIN) == set()

    mqtt = await set_up_mqtt(hass, broker)
    await until(lambda: ids_of(hass, "mqtt") >= before, 40)
    assert ids_of(hass, "mqtt") == before
    await until(lambda: states_of(hass, STATES) == STATES)
    await hass.config_entries.async_unload(mqtt.entry_id)


async def test_disabling_the_entry_does_not_free_the_entity_ids(hass: HomeAssistant, broker: Broker) -> None:
    await broker.publish("products/001_tasmota_plug")
    mqtt = await set_up_mqtt(hass, broker)
    await until(lambda: "switch.washer_plug_relay" in ids_of(hass, "mqtt"), 40)
    await hass.config_entries.async_set_disabled_by(mqtt.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert mqtt.state is ConfigEntryState.NOT_LOADED
    assert "switch.washer_plug_relay" in ids_of(hass, "mqtt")
    assert er.async_get(hass).async_generate_entity_id("switch", "washer_plug_relay") == "switch.washer_plug_relay_2"


async def test_what_is_wrong_is_one_message(tmp_path: Path, broker: Broker) -> None:
    here = f"127.0.0.1:{broker.port}"
    for address, message in (
        (f"mqtt://{here}", "wants a user"),
        (f"mqtt://{USER}:wrong@{here}", f"refuses the user {USER}"),
        ("mqtt://127.0.0.1:1", "No connection to the MQTT broker 127.0.0.1:1"),
        (f"mqtts://{here}", f"No connection to the MQTT broker {here}"),
        (broker.url, "No device announces itself below homeassistant/"),
    ):
        code, output, errors = await look(tmp_path, "--mqtt", address, "--apply")
        assert code == 1, output
        assert message in errors
        assert "wrong@" not in errors
        assert "   at " not in errors
    assert not (tmp_path / "data").exists()


async def test_people_read_a_table_and_why_something_is_not_used(tmp_path: Path, broker: Broker) -> None:
    await broker.publish("products/001_tasmota_plug", "products/046_device_rejected")
    settings = tmp_path / "data" / "bridge.yaml"
    settings.parent.mkdir()
    settings.write_text(
        "# Ours\nprefix: house  # of NATS\nmqtt:\n  brokers:\n    - mqtt://127.0.0.1:1  # other\n", encoding="utf-8"
    )
    code, output, errors = await look(tmp_path, "--mqtt", broker.url, "--apply")
    assert code == 0, errors
    lines = [line.rstrip() for line in output.splitlines()]
    assert "Washer plug  Tasmota  Gosund SP111" in lines
    assert any(line.split() == ["switch", "switch.washer_plug_relay", "*", "unavailable"] for line in lines)
    at = lines.index("  homeassistant/device/dd_bad3/config")
    assert lines[at + 1] == "    toaster is no component of Home Assistant's mqtt"
    assert any("2 not used" in line for line in lines)
    added = f"    - '{broker.url}'\n"
    assert settings.read_text(encoding="utf-8") == (
        f"# Ours\nprefix: house  # of NATS\nmqtt:\n  brokers:\n    - mqtt://127.0.0.1:1  # other\n{added}"
    )
    code, output, errors = await look(tmp_path, "--mqtt", broker.url, "--apply")
    assert (code, "has this broker already" in output) == (0, True), errors
    code, output, errors = await look(tmp_path, "--mqtt", f"{broker.url}?clean=false", "--apply")
    assert code == 2
    assert "already, with another address" in errors
