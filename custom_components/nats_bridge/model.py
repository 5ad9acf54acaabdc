"""Devices as the sidecar describes them. Independent of Home Assistant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

#: A description, as the sidecar sends it. Never changed in place: a new one replaces it.
type Description = dict[str, Any]


@dataclass(slots=True)
class Device:
    """One announced device."""

    #: `{type}.{id}`
    id: str
    description: Description
    #: The descriptions of its entities by key.
    parts: dict[str, Description] = field(default_factory=dict)
    online: bool = False
    #: The revision of its registration. One that was removed and announced again has another.
    revision: int = 0
    #: Whether the last full snapshot did not name it. It was not removed, so it stays, unavailable.
    missing: bool = False

    @property
    def name(self) -> str:
        """The name that people read."""
        return str(self.description.get("name") or self.id)

    @property
    def assumed(self) -> bool:
        """Whether its entities stay available while it is offline (docs/devices.md, "Online or offline")."""
        return self.description.get("when_offline") == "assumed"

    @property
    def reachable(self) -> bool:
        """Whether its entities are available while the sidecar is connected."""
        return not self.missing and (self.online or self.assumed)

    @property
    def gateway(self) -> str | None:
        """The id of the device through which it is reached."""
        return self.description.get("via_device")

    @property
    def parent(self) -> str | None:
        """The id of the device that it is a part of."""
        return self.description.get("parent_device")


#: The types of pictures that the sidecar sends. No SVG and no HTML: a browser would execute what is in them.
CONTENT_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/bmp"})


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of an entity's newest picture without its bytes."""

    at: datetime
    #: What the device says that it is.
    content_type: str | None

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Picture | None:
        """Read a picture of a batch; None when it was removed. Raises KeyError, TypeError or ValueError for a malformed one."""
        if raw["at"] is None:
            return None
        at = datetime.fromisoformat(raw["at"])
        if at.tzinfo is None:
            raise ValueError("a time without offset")
        content_type = raw.get("content_type")
        return cls(at, content_type if content_type in CONTENT_TYPES else None)


#: Members of a batch's device that are status, not description.
_STATUS = frozenset({"revision", "online", "since", "why"})


def read_device(raw: Any) -> Device | None:
    """Read a device of a batch or of the store; None when it has no identity."""
    if not isinstance(raw, dict):
        return None
    kind, name = raw.get("type"), raw.get("id")
    if not isinstance(kind, str) or not isinstance(name, str) or not kind or not name:
        return None
    description = {key: value for key, value in raw.items() if key not in _STATUS}
    parts = {
        entity["key"]: entity
        for entity in raw.get("entities") or ()
        if isinstance(entity, dict) and isinstance(entity.get("key"), str) and isinstance(entity.get("platform"), str)
    }
    revision = raw.get("revision")
    return Device(f"{kind}.{name}", description, parts, raw.get("online") is True, revision if isinstance(revision, int) else 0)


def parents_first(devices: Iterable[Device]) -> Iterator[Device]:
    """Order devices so that each comes after its gateway or parent. A circle is cut where it is entered."""
    by_id = {device.id: device for device in devices}
    done: set[str] = set()
    for device in by_id.values():
        chain: list[Device] = []
        current: Device | None = device
        entered: set[str] = set()
        while current is not None and current.id not in done and current.id not in entered:
            entered.add(current.id)
            chain.append(current)
            current = by_id.get(current.parent or current.gateway or "")
        for member in reversed(chain):
            done.add(member.id)
            yield member
