"""Repair issues: the sidecar's, which it raises and clears, and our own."""

from __future__ import annotations

from collections.abc import Iterable
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN, MAX_ENTITIES

_LOGGER = logging.getLogger(__name__)

#: Issues of the sidecar whose text we have, and what the text names beside `details`; any other has the general text.
KNOWN: Final[dict[str, tuple[str, ...]]] = {
    "bucket_settings": ("bucket", "settings"),
    "duplicate_device": ("device",),
    "entities_left_out": ("device", "name", "problems"),
    "entity_cap": (),
    "foreign_stream": ("stream", "has", "wanted", "subjects"),
    "no_room": ("needed", "reason"),
    "other_home": ("expected", "found"),
    "rejected_announcement": ("device",),
    "schema_gap": ("device",),
    "store_lost": (),
    "stream_nearly_full": ("stream",),
    "stream_on_set": ("streams",),
}
#: Issues that the integration raises itself: no snapshot of the sidecar clears them.
OWN: Final = frozenset({"reserved_attributes", "too_many_entities", "unsupported_version", "wrong_bridge"})
#: Devices that an issue names; it stands for the others too.
_MOST_DEVICES: Final = 20
_SEVERITIES: Final = {
    "critical": ir.IssueSeverity.CRITICAL,
    "error": ir.IssueSeverity.ERROR,
    "warning": ir.IssueSeverity.WARNING,
}


class Issues:
    """The issues of one config entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """What an earlier set-up of the entry has raised still stands."""
        self._hass = hass
        self._prefix = f"{entry_id}."
        #: Home Assistant's own attributes that devices send, by device.
        self._reserved: dict[str, set[str]] = {}

    @callback
    def apply(self, record: Any) -> str | None:
        """Raise or clear what the sidecar says; returns its id, or None for what is not an issue."""
        if not isinstance(record, dict) or not isinstance(record.get("id"), str):
            return None
        issue_id: str = record["id"]
        if record.get("active") is False:
            ir.async_delete_issue(self._hass, DOMAIN, self._prefix + issue_id)
            return issue_id
        key = str(record.get("key"))
        raw = record.get("placeholders")
        told = {str(name): str(value) for name, value in raw.items()} if isinstance(raw, dict) else {}
        # Home Assistant shows no text at all when a placeholder is missing.
        placeholders = {name: told.get(name, "-") for name in KNOWN.get(key, ())}
        placeholders["details"] = ", ".join(f"{name}: {value}" for name, value in told.items()) or "-"
        if key not in KNOWN:
            placeholders["key"] = key
            key = "other"
        self._create(issue_id, key, _SEVERITIES.get(str(record.get("severity")), ir.IssueSeverity.WARNING), placeholders)
        return issue_id

    @callback
    def clear_untold(self, told: set[str]) -> None:
        """After a full snapshot: what was not told no longer stands, whoever raised it."""
        for issue_id in self._standing() - told - OWN:
            ir.async_delete_issue(self._hass, DOMAIN, self._prefix + issue_id)

    @callback
    def reserved(self, device_id: str, attributes: Iterable[str]) -> None:
        """Say once of each device that it sends attributes which are Home Assistant's own; called for every such state."""
        told = self._reserved.get(device_id)
        if told is None:
            if len(self._reserved) >= _MOST_DEVICES:
                return
            told = self._reserved[device_id] = set()
        if told.issuperset(attributes):
            return
        told.update(attributes)
        _LOGGER.warning(
            "%s sends attributes that are Home Assistant's own; they are left out: %s", device_id, ", ".join(sorted(told))
        )
        self._show_reserved()

    @callback
    def forget_reserved(self, device_id: str) -> None:
        """A device has gone or describes itself anew: it is told of again if it goes on."""
        if self._reserved.pop(device_id, None) is not None:
            self._show_reserved()

    def _show_reserved(self) -> None:
        if self._reserved:
            devices = "; ".join(f"{device}: {', '.join(sorted(names))}" for device, names in self._reserved.items())
            self._create("reserved_attributes", "reserved_attributes", ir.IssueSeverity.WARNING, {"devices": devices})
        else:
            self.clear_own("reserved_attributes")

    @callback
    def check_cap(self, wanted: int) -> None:
        """Say it when the home has more entities than Home Assistant takes."""
        if wanted > MAX_ENTITIES:
            self._create(
                "too_many_entities",
                "too_many_entities",
                ir.IssueSeverity.ERROR,
                {"wanted": str(wanted), "limit": str(MAX_ENTITIES)},
            )
        else:
            self.clear_own("too_many_entities")

    @callback
    def raise_own(self, key: str, **placeholders: str) -> None:
        """Raise one of our own issues."""
        self._create(key, key, ir.IssueSeverity.ERROR, placeholders)

    @callback
    def clear_own(self, key: str) -> None:
        """Clear one of our own issues."""
        ir.async_delete_issue(self._hass, DOMAIN, self._prefix + key)

    @callback
    def clear(self) -> None:
        """Clear everything that was ever raised for this entry."""
        for issue_id in self._standing():
            ir.async_delete_issue(self._hass, DOMAIN, self._prefix + issue_id)

    def _standing(self) -> set[str]:
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
            translation_placeholders=placeholders,
        )
