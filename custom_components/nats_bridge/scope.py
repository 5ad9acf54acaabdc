"""Which devices of a home an entry shows. A home may have several entries: Home Assistant limits the entities of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import CONF_DEVICES, DOMAIN

#: A pattern of device ids `{type}.{id}`.
_PATTERN: Final = re.compile(r"[A-Za-z0-9_*?-]{1,64}\.[A-Za-z0-9_*?-]{1,64}")
#: Between the bridge's id and what makes the id of a further entry its own.
_SEPARATOR: Final = "/"


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the home that is one entry's."""

    #: Patterns of its devices; none: all that no other entry takes.
    devices: tuple[str, ...]
    #: The patterns of the other entries, where this one has none.
    others: tuple[str, ...]
    #: Whether it speaks for the home: it shows the sidecar's repairs and publishes Home Assistant's own events.
    leads: bool

    def takes(self, device_id: str) -> bool:
        """Whether a device `{type}.{id}` is shown by the entry."""
        if self.devices:
            return any(fnmatchcase(device_id, pattern) for pattern in self.devices)
        return not any(fnmatchcase(device_id, pattern) for pattern in self.others)

    def arguments(self) -> dict[str, list[str]]:
        """Return the part of Listen's argument (contract/protocol.md)."""
        given = {"devices": self.devices, "except": self.others}
        return {name: list(patterns) for name, patterns in given.items() if patterns}


def bridge_id_of(entry: ConfigEntry[Any]) -> str:
    """Return the id of the bridge that an entry belongs to."""
    return (entry.unique_id or "").partition(_SEPARATOR)[0]


def further_id(bridge_id: str, suffix: str) -> str:
    """Return the unique id of a further entry of a bridge."""
    return f"{bridge_id}{_SEPARATOR}{suffix}"


def patterns_of(entry: ConfigEntry[Any]) -> tuple[str, ...]:
    """Return the patterns of an entry's devices."""
    return tuple(entry.options.get(CONF_DEVICES) or ())


@callback
def entries_of(hass: HomeAssistant, bridge_id: str) -> list[ConfigEntry[Any]]:
    """Return all entries of a bridge, in the order in which they were made. A discovery that was ignored is none."""
    found = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return [entry for entry in found if bridge_id_of(entry) == bridge_id]


@callback
def scope_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Scope:
    """Return the part of the home that is an entry's now."""
    entries = entries_of(hass, bridge_id_of(entry))
    enabled = [one.entry_id for one in entries if one.disabled_by is None]
    devices = patterns_of(entry)
    # A disabled entry keeps its devices: they are not to appear elsewhere.
    others = () if devices else tuple(pattern for one in entries if one is not entry for pattern in patterns_of(one))
    return Scope(devices, others, enabled[:1] == [entry.entry_id])


def is_pattern(text: str) -> bool:
    """Whether a text is a pattern of device ids, such as `sensor.*` or `climate.hall-?`."""
    return _PATTERN.fullmatch(text) is not None


def overlap(first: Iterable[str], second: Iterable[str]) -> str | None:
    """Return a pattern of the first list that takes a device which one of the second list takes too; None: there is none."""
    others = list(second)
    return next((one for one in first if any(_meet(one, other) for other in others)), None)


def _meet(first: str, second: str) -> bool:
    """Whether some id fits both patterns. Neither `*` nor `?` stands for the dot."""
    pairs = zip(first.split("."), second.split("."), strict=True)
    return all(_parts_meet(one, other) for one, other in pairs)


def _parts_meet(first: str, second: str) -> bool:
    """Whether some text of at least one character fits both patterns: the pairs of positions that can be reached are marked."""
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        following: list[tuple[int, int]] = []
        one, other = first[i : i + 1], second[j : j + 1]
        if one == "*":
            following.append((i + 1, j))
            if other:
                following.append((i, j + 1))
        if other == "*":
            following.append((i, j + 1))
            if one:
                following.append((i + 1, j))
        if one and other and (one == other or "?" in (one, other)) and "*" not in (one, other):
            following.append((i + 1, j + 1))
        for pair in following:
            if pair not in reached:
                reached.add(pair)
                waiting.append(pair)
    return (len(first), len(second)) in reached
