"""Media that a device offers, and media that it is to play (docs/devices.md, "Media players")."""

from __future__ import annotations

from typing import Any

from homeassistant.components.media_player import BrowseMedia, MediaClass, SearchMedia, async_process_play_media_url
from homeassistant.core import HomeAssistant

#: A browser loads a thumbnail.
_PICTURES = ("https://", "http://", "/local/")


class InvalidMedia(Exception):
    """The answer cannot be shown; the message says why."""


def read_folder(response: Any) -> BrowseMedia:
    """Read a folder with its children; raises InvalidMedia with what is wrong."""
    folder = _read_item(response, "response")
    children = response.get("children") or []
    if not isinstance(children, list):
        raise InvalidMedia("children is no list")
    folder.children = [_read_item(child, f"children[{number}]") for number, child in enumerate(children)]
    return folder


def read_results(response: Any) -> SearchMedia:
    """Read what a search has found; raises InvalidMedia with what is wrong."""
    results = response.get("result") if isinstance(response, dict) else None
    if not isinstance(results, list):
        raise InvalidMedia("result is no list")
    return SearchMedia(result=[_read_item(item, f"result[{number}]") for number, item in enumerate(results)])


def playable(hass: HomeAssistant, media_id: str) -> str:
    """Return an address of Home Assistant's own with its host and a signature, and every other id unchanged."""
    try:
        return async_process_play_media_url(hass, media_id) if media_id else media_id
    except ValueError:
        # No URL, although it looks like one.
        return media_id


def _read_item(raw: Any, path: str) -> BrowseMedia:
    if not isinstance(raw, dict):
        raise InvalidMedia(f"{path} is no object")
    for name in ("title", "media_class", "media_content_type", "media_content_id"):
        if not isinstance(raw.get(name), str):
            raise InvalidMedia(f"{path}.{name} is no text")
    thumbnail, classes = raw.get("thumbnail"), raw.get("search_media_classes")
    not_shown, children_class = raw.get("not_shown"), raw.get("children_media_class")
    return BrowseMedia(
        title=raw["title"],
        media_class=raw["media_class"],
        media_content_type=raw["media_content_type"],
        media_content_id=raw["media_content_id"],
        can_play=raw.get("can_play") is True,
        can_expand=raw.get("can_expand") is True,
        can_search=raw.get("can_search") is True,
        children_media_class=children_class if isinstance(children_class, str) else None,
        not_shown=not_shown if isinstance(not_shown, int) else 0,
        search_media_classes=[MediaClass(one) for one in classes if one in MediaClass] if isinstance(classes, list) else None,
        thumbnail=thumbnail if isinstance(thumbnail, str) and thumbnail.startswith(_PICTURES) else None,
    )
