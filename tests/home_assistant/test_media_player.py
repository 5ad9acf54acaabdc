"""Media players: groups, artwork, and media of the device and of Home Assistant."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from conftest import set_up
from support.home import device, entity, entity_id_of, state_of, until
from support.scripted import ScriptedSidecar, snapshot

FEATURES = ["grouping", "play_media", "browse_media", "search_media"]
PLAYER = entity("x", "media_player", name=None, supported_features=FEATURES)
TRACK = {"title": "Blue", "media_class": "track", "media_content_type": "music", "media_content_id": "1", "can_play": True}
FOLDER = {"title": "Music", "media_class": "directory", "media_content_type": "library", "media_content_id": "root"}


async def start(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, *names: str, state: Any = "idle") -> None:
    """Set up players of these names; the first one has the state."""
    devices = [device("dev", name, PLAYER) for name in names]
    sidecar.frames = snapshot({"devices": devices}, {"states": [[f"dev.{names[0]}.x", state]]})
    await set_up(hass, entry)


def members(hass: HomeAssistant) -> list[str] | None:
    """Return the members of the first player's group."""
    state = state_of(hass, "dev.one.x")
    return None if state is None else state.attributes["group_members"]


async def call(hass: HomeAssistant, service: str, **data: Any) -> Any:
    """Call a service of the first player."""
    target = {"entity_id": entity_id_of(hass, "dev.one.x")}
    wants = service in ("browse_media", "search_media")
    return await hass.services.async_call("media_player", service, target | data, blocking=True, return_response=wants)


# Groups


async def test_members_of_a_group_are_entity_ids_in_home_assistant_and_names_of_the_home_at_the_device(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    state = {"state": "playing", "group_members": ["dev.two.x", "dev.one.x", "dev.gone.x"]}
    await start(hass, entry, sidecar, "one", "two", state=state)
    one, two = (entity_id_of(hass, f"dev.{name}.x") for name in ("one", "two"))
    assert members(hass) == [two, one]
    await call(hass, "join", group_members=[two])
    [command] = sidecar.calls
    assert (command["action"], command["params"]) == ("join", {"group_members": ["dev.two.x"]})


async def test_a_group_follows_members_that_come_are_renamed_and_go(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, entity_registry: er.EntityRegistry
) -> None:
    await start(hass, entry, sidecar, "one", state={"state": "playing", "group_members": ["dev.two.x"]})
    assert members(hass) == []
    await sidecar.push({"t": "batch", "seq": 101, "devices": [device("dev", "two", PLAYER)]})
    await until(lambda: members(hass) == ["media_player.dev_two"])
    entity_registry.async_update_entity("media_player.dev_two", new_entity_id="media_player.bath")
    await until(lambda: members(hass) == ["media_player.bath"])
    # It follows also after its own entity id has changed.
    entity_registry.async_update_entity(entity_id_of(hass, "dev.one.x") or "", new_entity_id="media_player.kitchen")
    await until(lambda: hass.states.get("media_player.kitchen") is not None)
    await sidecar.push({"t": "batch", "seq": 102, "removed": ["dev.two"]})
    await until(lambda: members(hass) == [])


@pytest.mark.parametrize("known", [True, False])
async def test_a_player_of_another_integration_cannot_be_grouped(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, entity_registry: er.EntityRegistry, known: bool
) -> None:
    await start(hass, entry, sidecar, "one")
    if known:
        entity_registry.async_get_or_create("media_player", "cast", "1", suggested_object_id="foreign")
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "join", group_members=["media_player.foreign"])
    assert raised.value.translation_key == "foreign_player"
    assert raised.value.translation_placeholders == {"player": "media_player.foreign", "device": "dev one"}
    assert sidecar.calls == []


# Artwork


async def test_home_assistant_never_loads_an_address_that_a_device_names(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_client: ClientSessionGenerator
) -> None:
    url = f"{sidecar.url}/artwork.jpg"
    await start(hass, entry, sidecar, "one", state={"state": "playing", "media_image_url": url})
    state = state_of(hass, "dev.one.x")
    assert state is not None
    assert state.attributes["entity_picture"] == url
    assert state.attributes["entity_picture_local"] is None
    client = await hass_client()
    answer = await client.get(f"/api/media_player_proxy/{state.entity_id}")
    assert answer.status == HTTPStatus.NOT_FOUND


# Position


async def test_a_position_without_a_time_has_the_time_of_its_message(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    def updated() -> Any:
        state = state_of(hass, "dev.one.x")
        return None if state is None else state.attributes.get("media_position_updated_at")

    before = dt_util.utcnow()
    await start(hass, entry, sidecar, "one", state={"state": "playing", "media_position": 10})
    first = updated()
    assert before <= first <= dt_util.utcnow() + timedelta(seconds=1)
    # A description that changes is no new position.
    changed = device("dev", "one", PLAYER | {"icon": "mdi:radio"})
    await sidecar.push({"t": "batch", "seq": 101, "devices": [changed]})
    await until(lambda: (state := state_of(hass, "dev.one.x")) and state.attributes.get("icon") == "mdi:radio")
    assert updated() == first
    await sidecar.push({"t": "batch", "seq": 102, "states": [["dev.one.x", {"state": "playing", "media_position": 20}]]})
    await until(lambda: updated() > first)
    at = "2026-11-21T10:00:00+00:00"
    told = {"state": "playing", "media_position": 30, "media_position_updated_at": at}
    await sidecar.push({"t": "batch", "seq": 103, "states": [["dev.one.x", told]]})
    await until(lambda: updated() == dt_util.parse_datetime(at))
    await sidecar.push({"t": "batch", "seq": 104, "states": [["dev.one.x", "idle"]]})
    await until(lambda: updated() is None)


# Media


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        (None, "response is no object"),
        ([], "response is no object"),
        (FOLDER | {"title": 5}, "response.title is no text"),
        ({key: value for key, value in FOLDER.items() if key != "media_class"}, "response.media_class is no text"),
        (FOLDER | {"children": {}}, None),
        (FOLDER | {"children": "many"}, "children is no list"),
        (FOLDER | {"children": [TRACK, "Blue"]}, "children[1] is no object"),
        (FOLDER | {"children": [TRACK | {"media_content_id": 7}]}, "children[0].media_content_id is no text"),
    ],
)
async def test_a_folder_that_cannot_be_shown_is_an_error_that_says_why(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, response: Any, problem: str | None
) -> None:
    await start(hass, entry, sidecar, "one")

    async def answer(_command: Any) -> Any:
        return {"ok": True, "response": response}

    sidecar.on_command = answer
    if problem is None:
        await call(hass, "browse_media")
        return
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "browse_media")
    assert raised.value.translation_key == "bad_media"
    assert raised.value.translation_placeholders == {"device": "dev one", "problem": problem}


async def test_a_person_reads_what_is_wrong_with_the_media(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, hass_ws_client: WebSocketGenerator
) -> None:
    await start(hass, entry, sidecar, "one")

    async def answer(_command: Any) -> Any:
        return {"ok": True, "response": {"result": [TRACK | {"title": None}]}}

    sidecar.on_command = answer
    client = await hass_ws_client(hass)
    target = {"entity_id": entity_id_of(hass, "dev.one.x")}
    for request, problem in (
        ({"type": "media_player/browse_media"}, "response.title is no text"),
        ({"type": "media_player/search_media", "search_query": "blue"}, "result[0].title is no text"),
    ):
        await client.send_json_auto_id(target | request)
        received = await client.receive_json()
        assert received["error"]["message"] == f"dev one has sent media that Home Assistant cannot show: {problem}"


async def test_only_addresses_of_the_web_are_thumbnails(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    await start(hass, entry, sidecar, "one")
    given = ["https://example.org/a.jpg", "/local/a.jpg", "javascript:alert(1)", "/api/hassio/logs", 7]

    async def answer(_command: Any) -> Any:
        return {"ok": True, "response": FOLDER | {"children": [TRACK | {"thumbnail": thumbnail} for thumbnail in given]}}

    sidecar.on_command = answer
    [folder] = (await call(hass, "browse_media")).values()
    assert [child.thumbnail for child in folder.children] == [*given[:2], None, None, None]


async def test_home_assistants_own_media_is_beside_the_devices_and_becomes_a_url(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, tmp_path: Path
) -> None:
    (tmp_path / "song.mp3").write_bytes(b"music")
    hass.config.media_dirs = {"local": str(tmp_path)}
    await hass.config.async_update(internal_url="http://192.0.2.1:8123")
    assert await async_setup_component(hass, "media_source", {})
    await hass.async_block_till_done()
    await start(hass, entry, sidecar, "one")

    async def answer(command: Any) -> Any:
        return {"ok": True, "response": FOLDER | {"children": [TRACK]}} if command["action"] == "browse_media" else {"ok": True}

    sidecar.on_command = answer
    [folder] = (await call(hass, "browse_media")).values()
    ids = [child.media_content_id for child in folder.children]
    assert ids[0] == "1"
    assert any(one.startswith("media-source://media_source") for one in ids[1:])
    sidecar.calls.clear()

    [own] = (
        await call(hass, "browse_media", media_content_type="", media_content_id="media-source://media_source/local")
    ).values()
    assert [child.title for child in own.children] == ["song.mp3"]
    assert sidecar.calls == []

    await call(hass, "play_media", media_content_type="music", media_content_id="media-source://media_source/local/song.mp3")
    [command] = sidecar.calls
    assert command["params"]["media_content_type"] == "audio/mpeg"
    assert command["params"]["media_content_id"].startswith("http://192.0.2.1:8123/media/local/song.mp3?authSig=")


async def test_media_of_home_assistant_that_is_not_there_is_an_error(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    await start(hass, entry, sidecar, "one")
    with pytest.raises(HomeAssistantError):
        await call(hass, "play_media", media_content_type="music", media_content_id="media-source://media_source/local/x.mp3")
    assert sidecar.calls == []
