"""Our platforms beside Home Assistant's own modules: what is missing, what is new. Run with each supported release."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
import importlib
import json
from pathlib import Path
from typing import Any

from homeassistant import components
from homeassistant.const import Platform
import pytest
import yaml

from custom_components.nats_bridge.const import PLATFORMS

CONTRACT = Path(__file__).resolve().parents[2] / "contract"
COMPONENTS = Path(next(iter(components.__path__)))

#: Platforms that no device can offer, and why.
NO_DEVICE = {
    "ai_task": "a language model, no device",
    "air_quality": "legacy; sensors replace it",
    "assist_satellite": "continuous audio both ways; Wyoming and ESPHome have it",
    "conversation": "a language model, no device",
    "geo_location": "passing events on a map, without a registry; device_tracker replaces it",
    "image_processing": "legacy; sensors and an image replace it",
    "stt": "continuous audio",
    "tts": "continuous audio",
    "wake_word": "continuous audio",
}

#: Services that Home Assistant turns into others, or executes without the device.
HOME_ASSISTANTS_OWN_SERVICES: dict[str, dict[str, str]] = {
    "camera": dict.fromkeys(("play_stream", "record", "snapshot"), "with the picture or video that it fetches"),
    "climate": {"toggle": "becomes turn_on or turn_off"},
    "cover": {"toggle": "becomes open_cover or close_cover", "toggle_cover_tilt": "becomes open or close"},
    "device_tracker": {"see": "for trackers of device_tracker's own older kind"},
    "fan": {
        "toggle": "becomes turn_on or turn_off",
        "increase_speed": "becomes set_percentage",
        "decrease_speed": "becomes set_percentage",
    },
    "humidifier": {"toggle": "becomes turn_on or turn_off"},
    "image": {"snapshot": "with the picture that it fetches"},
    "light": {"toggle": "becomes turn_on or turn_off"},
    "media_player": {"media_play_pause": "becomes media_play or media_pause", "toggle": "becomes turn_on or turn_off"},
    "select": dict.fromkeys(("select_first", "select_last", "select_next", "select_previous"), "becomes select_option"),
    "notify": dict.fromkeys(("notify", "persistent_notification"), "older services without an entity"),
    "remote": {"toggle": "becomes turn_on or turn_off"},
    "scene": dict.fromkeys(("apply", "create", "delete", "reload"), "for scenes that Home Assistant keeps"),
    "siren": {"toggle": "becomes turn_on or turn_off"},
    "switch": {"toggle": "becomes turn_on or turn_off"},
    "todo": {"get_items": "answered from the state", "remove_completed_items": "becomes remove_item"},
    "update": dict.fromkeys(("skip", "clear_skipped"), "remembered by Home Assistant"),
    "vacuum": dict.fromkeys(("start_pause", "toggle", "turn_off", "turn_on"), "described in 2026.10, but not registered"),
    "valve": {"toggle": "becomes open_valve or close_valve"},
    "weather": {"get_forecast": "described in 2026.10, but not registered"},
}

#: Actions that Home Assistant asks for by other ways than a service.
ASKED_OTHERWISE: dict[str, dict[str, str]] = {
    "calendar": dict.fromkeys(("delete_event", "update_event"), "the page of the calendar"),
    "camera": {"get_image": "whoever looks at the picture"},
    "image": {"get_image": "whoever looks at the picture"},
    "infrared": {"send_command": "other integrations"},
    "media_player": {"get_image": "whoever looks at the artwork"},
    "radio_frequency": {"send_command": "other integrations"},
    "todo": {"move_item": "the page of the list"},
    "update": {"release_notes": "the dialog of the update"},
}

#: Fields of services that Home Assistant resolves before the device is called.
RESOLVED_FIELDS: dict[str, dict[str, str]] = {
    "calendar": {"duration": "becomes end_date_time", "in": "becomes start_date and end_date"},
    "light": dict.fromkeys(
        ("brightness_pct", "brightness_step", "brightness_step_pct", "color_name", "profile"),
        "becomes brightness or a colour",
    ),
    "media_player": {"media": "becomes media_content_type and media_content_id"},
    "vacuum": {"cleaning_area_id": "becomes segment_ids"},
}

#: State attributes that Home Assistant derives.
DERIVED_ATTRIBUTES: dict[str, dict[str, str]] = {
    "alarm_control_panel": dict.fromkeys(("code_format", "code_arm_required"), "a field of the description"),
    "camera": {"access_token": "Home Assistant's own"} | dict.fromkeys(("brand", "model_name"), "a field of the description"),
    "climate": {"temperature_unit": "a field of the description (2026.11)"},
    "cover": {"is_closed": "follows from the state"},
    "device_tracker": {"source_type": "a field of the description"},
    "event": {"event_type": "sent on .event"},
    "image": {"access_token": "Home Assistant's own"},
    "fan": {"percentage_step": "a field of the description"},
    "update": {
        "display_precision": "a field of the description",
        "skipped_version": "remembered by Home Assistant",
        "title": "a field of the description",
    },
    "valve": {"is_closed": "follows from the state"},
    "lock": {"code_format": "a field of the description"},
    "media_player": {"entity_picture_local": "Home Assistant's own address of the artwork"},
    "remote": {"activity_list": "a field of the description"},
    "scene": dict.fromkeys(("entity_id", "id"), "of scenes that Home Assistant keeps (2026.11)"),
    "water_heater": {"operation_mode": "is the state", "temperature_unit": "a field of the description (2026.11)"},
    "weather": dict.fromkeys(
        ("precipitation_unit", "pressure_unit", "temperature_unit", "visibility_unit", "wind_speed_unit"),
        "a field of the description",
    ),
}

#: Attributes of ours that are none of Home Assistant's, but properties of its entities.
PROPERTIES: dict[str, dict[str, str]] = {
    "camera": dict.fromkeys(("is_on", "stream_source"), "a property"),
    "image": {"image_url": "where the picture is loaded"},
    "media_player": {"media_image_url": "becomes entity_picture"},
    "todo": {"items": "the list itself"},
}

#: Features without a meaning: Home Assistant has no action for them any more.
DEPRECATED_FEATURES: dict[str, dict[str, str]] = {
    "vacuum": dict.fromkeys(("status", "turn_off", "turn_on"), "not supported by StateVacuumEntity"),
}

#: Device classes that the older of the supported releases does not have.
NEW_DEVICE_CLASSES: dict[str, set[str]] = {"radio_frequency": {"receiver", "transmitter"}}

#: Capability attributes with another name in a description, or none.
OTHER_FIELDS: dict[str, dict[str, str]] = {
    "device_tracker": {"tracking_type": "follows from source_type"},
}


def our(platform: str) -> dict[str, Any]:
    """Return the definitions of a platform's schema."""
    definitions: dict[str, Any] = json.loads((CONTRACT / f"schemas/platforms/{platform}.schema.json").read_text("utf-8"))["$defs"]
    return definitions


def enums(platform: str, *endings: str) -> Iterator[Enum]:
    """Yield the members of Home Assistant's enums of a platform whose names end so."""
    seen: set[type[Enum]] = set()
    for name in (f"homeassistant.components.{platform}", f"homeassistant.components.{platform}.const"):
        for found in vars(importlib.import_module(name)).values():
            is_ours = isinstance(found, type) and issubclass(found, Enum) and found.__name__.endswith(endings)
            if is_ours and found not in seen and found.__module__.startswith(f"homeassistant.components.{platform}"):
                seen.add(found)
                yield from found


def services(platform: str) -> dict[str, set[str]]:
    """Return Home Assistant's services of a platform and the fields of each."""
    file = COMPONENTS / platform / "services.yaml"
    found = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
    return {name: set(_fields(service or {})) for name, service in (found or {}).items() if not name.startswith(".")}


def _fields(service: dict[str, Any]) -> Iterator[str]:
    """Yield the names of a service's fields, also of those in a section of its form."""
    for name, field in (service.get("fields") or {}).items():
        if "fields" in (field or {}):
            yield from _fields(field)
        else:
            yield name


def differences(ours: set[str], theirs: set[str], excused: dict[str, str]) -> dict[str, set[str]]:
    """Return what only one of the two has, without what is excused."""
    return {
        kind: found
        for kind, found in (("missing", theirs - ours - excused.keys()), ("unknown to Home Assistant", ours - theirs))
        if found
    }


def test_every_platform_is_ours_or_left_out_for_a_reason() -> None:
    assert {str(platform) for platform in Platform} - PLATFORMS == NO_DEVICE.keys()


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_the_features_are_home_assistants(platform: str) -> None:
    theirs = {member.name.lower() for member in enums(platform, "EntityFeature")}
    features = our(platform)["description"]["properties"].get("supported_features")
    ours = set(features["anyOf"][0]["items"]["enum"]) if features else set()
    assert differences(ours, theirs, DEPRECATED_FEATURES.get(platform, {})) == {}


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_the_attributes_are_home_assistants(platform: str) -> None:
    theirs = {str(member.value) for member in enums(platform, "EntityStateAttribute", "WaterHeaterStateAttribute")}
    state = our(platform)["state"]
    ours = set(state["anyOf"][1]["properties"]) - {"state"} if "anyOf" in state else set()
    ours -= PROPERTIES.get(platform, {}).keys()
    assert differences(ours, theirs, DERIVED_ATTRIBUTES.get(platform, {})) == {}


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_every_capability_is_a_field_of_the_description(platform: str) -> None:
    theirs = {str(member.value) for member in enums(platform, "EntityCapabilityAttribute", "WaterHeaterCapabilityAttribute")}
    fields = set(our(platform)["description"]["properties"])
    assert theirs - fields - OTHER_FIELDS.get(platform, {}).keys() == set()


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_the_actions_are_home_assistants_services(platform: str) -> None:
    theirs = services(platform)
    actions = {
        action["properties"]["action"]["const"]: set(action["properties"]["params"]["properties"])
        for action in our(platform)["command"].get("anyOf", ())
    }
    assert (
        differences(
            set(actions) - ASKED_OTHERWISE.get(platform, {}).keys(), set(theirs), HOME_ASSISTANTS_OWN_SERVICES.get(platform, {})
        )
        == {}
    )
    resolved = RESOLVED_FIELDS.get(platform, {}).keys()
    missing = {name: fields - actions[name] - resolved for name, fields in theirs.items() if name in actions}
    assert {name: fields for name, fields in missing.items() if fields} == {}


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_the_device_classes_are_home_assistants(platform: str) -> None:
    theirs = {str(member.value) for member in enums(platform, "DeviceClass")}
    field = our(platform)["description"]["properties"].get("device_class")
    # A class is taken whatever its case, so beside the known ones the schema has a text.
    classes = field["anyOf"][0] if field else {"enum": ()}
    ours = set(classes.get("anyOf", [classes])[0]["enum"])
    missing = NEW_DEVICE_CLASSES.get(platform, set()) if not theirs else set()
    assert differences(ours - missing, theirs, {}) == {}
