"""Repair issues: those that the sidecar raises and clears, and those of the integration itself."""

from __future__ import annotations

from collections.abc import Iterable
import logging
import re
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN, MANY_ENTITIES, MAX_ENTITIES

_LOGGER = logging.getLogger(__name__)

#: Keys of the sidecar's issues that have a translation, with its placeholders beside `details`. Others use a general text.
KNOWN: Final[dict[str, tuple[str, ...]]] = {
    "acknowledging_stream": ("stream",),
    "bucket_settings": ("bucket", "settings"),
    "damaged_entry": ("device", "reason"),
    "duplicate_device": ("device",),
    "entities_kept": ("device", "name", "problems"),
    "entities_left_out": ("device", "name", "problems"),
    "entity_cap": (),
    "foreign_stream": ("stream", "has", "wanted", "subjects"),
    "nameless_announcement": ("subject", "problem", "since", "stream"),
    "no_room": ("wanted", "setting", "reason"),
    "no_room_for_devices": ("limits",),
    "old_server": ("version", "missing"),
    "orphan_states": ("subjects",),
    "rejected_announcement": ("device", "problems"),
    "rejected_change": ("device", "name", "problems"),
    "schema_gap": ("device", "problems"),
    "state_budget": ("device", "reason"),
    "state_too_large": ("device", "subject", "bytes"),
    "store_exchanged": ("change",),
    "stream_nearly_full": ("stream",),
    "stream_on_set": ("streams", "subject"),
}
#: Issues of the integration itself. Snapshots do not clear them.
OWN: Final = frozenset(
    {"no_rest", "reserved_attributes", "many_entities", "too_many_entities", "unsupported_version", "wrong_bridge"}
)
#: The number of devices that one issue lists.
_MAX_DEVICES: Final = 20
#: Placeholders with a line for each of several things.
_LISTS: Final = frozenset({"devices", "problems"})
#: Placeholders of titles, which are no Markdown, begin with it.
_PLAIN: Final = "plain_"
#: Markdown gives a meaning to some of these signs. A backslash before any of them makes it an ordinary one (CommonMark 2.4).
_SIGNS: Final = re.compile(r"[!-/:-@\[-`{-~]")
#: Line ends and other control characters, and those that turn the direction of writing.
_CONTROLS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_SEVERITIES: Final = {
    "critical": ir.IssueSeverity.CRITICAL,
    "error": ir.IssueSeverity.ERROR,
    "warning": ir.IssueSeverity.WARNING,
}


class Issues:
    """The issues of one config entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str, *, leads: bool = True) -> None:
        """Initialise. Issues of an earlier set-up of the entry stay active. The sidecar's are shown by one entry, which leads."""
        self._leads = leads
        self._hass = hass
        self._prefix = f"{entry_id}."
        #: Attributes reserved by Home Assistant that devices send, by device.
        self._reserved: dict[str, set[str]] = {}

    @callback
    def apply(self, record: Any) -> str | None:
        """Raise or clear an issue of the sidecar; returns its id, or None when the record is malformed."""
        if not isinstance(record, dict) or not isinstance(record.get("id"), str):
            return None
        issue_id: str = record["id"]
        if record.get("active") is False or not self._leads:
            ir.async_delete_issue(self._hass, DOMAIN, self._prefix + issue_id)
            return issue_id
        key = str(record.get("key"))
        raw = record.get("placeholders")
        given = {str(name): str(value) for name, value in raw.items()} if isinstance(raw, dict) else {}
        # Home Assistant shows no text at all when a placeholder is missing.
        placeholders = {name: given.get(name, "-") for name in KNOWN.get(key, ())}
        placeholders["details"] = ", ".join(f"{name}: {value}" for name, value in given.items()) or "-"
        if key not in KNOWN:
            placeholders["key"] = key
            key = "other"
        self._create(issue_id, key, _SEVERITIES.get(str(record.get("severity")), ir.IssueSeverity.WARNING), placeholders)
        return issue_id

    @callback
    def clear_except(self, issue_ids: set[str]) -> None:
        """Clear the sidecar's issues that a full snapshot does not contain, also those of an earlier set-up."""
        for issue_id in self._active() - issue_ids - OWN:
            ir.async_delete_issue(self._hass, DOMAIN, self._prefix + issue_id)

    @callback
    def report_reserved(self, device_id: str, attributes: Iterable[str]) -> None:
        """Report attributes of a device that Home Assistant sets itself. Called for each such state; logs each attribute once."""
        reported = self._reserved.get(device_id)
        if reported is None:
            if len(self._reserved) >= _MAX_DEVICES:
                return
            reported = self._reserved[device_id] = set()
        if reported.issuperset(attributes):
            return
        reported.update(attributes)
        _LOGGER.warning(
            "%s sends attributes that Home Assistant sets itself; they are left out: %s", device_id, ", ".join(sorted(reported))
        )
        self._show_reserved()

    @callback
    def clear_reserved(self, device_id: str) -> None:
        """Clear the report of a device that was removed or has a new description."""
        if self._reserved.pop(device_id, None) is not None:
            self._show_reserved()

    def _show_reserved(self) -> None:
        if self._reserved:
            devices = "\n".join(f"{device}: {', '.join(sorted(names))}" for device, names in self._reserved.items())
            self._create("reserved_attributes", "reserved_attributes", ir.IssueSeverity.WARNING, {"devices": devices})
        else:
            self.clear_own("reserved_attributes")

    @callback
    def check_entity_count(self, wanted: int) -> None:
        """Raise or clear the issue that the home has more entities than Home Assistant adds."""
        counts = {"wanted": str(wanted), "limit": str(MAX_ENTITIES)}
        if wanted > MAX_ENTITIES:
            self.raise_own("too_many_entities", **counts)
        else:
            self.clear_own("too_many_entities")
        if MANY_ENTITIES < wanted <= MAX_ENTITIES:
            self.warn_own("many_entities", **counts)
        else:
            self.clear_own("many_entities")

    @callback
    def raise_own(self, key: str, **placeholders: str) -> None:
        """Raise an issue of the integration itself."""
        self._create(key, key, ir.IssueSeverity.ERROR, placeholders)

    @callback
    def warn_own(self, key: str, **placeholders: str) -> None:
        """Raise an issue of the integration itself that stops nothing."""
        self._create(key, key, ir.IssueSeverity.WARNING, placeholders)

    @callback
    def clear_own(self, key: str) -> None:
        """Clear an issue of the integration itself."""
        ir.async_delete_issue(self._hass, DOMAIN, self._prefix + key)

    @callback
    def clear(self) -> None:
        """Clear all issues of this entry."""
        for issue_id in self._active():
            ir.async_delete_issue(self._hass, DOMAIN, self._prefix + issue_id)

    def _active(self) -> set[str]:
        return {
            issue_id.removeprefix(self._prefix)
            for domain, issue_id in ir.async_get(self._hass).issues
            if domain == DOMAIN and issue_id.startswith(self._prefix)
        }

    def _create(self, issue_id: str, key: str, severity: ir.IssueSeverity, placeholders: dict[str, str]) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._prefix + issue_id,
            is_fixable=False,
            severity=severity,
            translation_key=key,
            translation_placeholders=_for_text(placeholders),
        )


def _for_text(placeholders: dict[str, str]) -> dict[str, str]:
    """Return placeholders that are shown literally: escaped ones for the description, and plain ones for the title.

    Home Assistant fills them in once, so braces in a value are no placeholders.
    """
    plain = {name: _CONTROLS.sub(" ", value).strip() for name, value in placeholders.items()}
    escaped = {name: _listed(placeholders[name]) if name in _LISTS else _escaped(value) for name, value in plain.items()}
    return escaped | {f"{_PLAIN}{name}": value for name, value in plain.items()}


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", text)


def _listed(value: str) -> str:
    """Return several lines as a list, and one line as it is."""
    lines = [_escaped(text) for line in value.split("\n") if (text := _CONTROLS.sub(" ", line).strip())]
    return "\n".join(f"* {line}" for line in lines) if len(lines) > 1 else "".join(lines)
