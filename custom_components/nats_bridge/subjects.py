"""What automations and actions enter about messages: a subject, and the home. The sidecar has the rules of subjects."""

from __future__ import annotations

from typing import Any, Final

import probatio

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, CONF_OPTIONS
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN

CONF_SUBJECT: Final = "subject"


def subject_with_wildcards(value: Any) -> str:
    """Check that a text may be a subject."""
    subject = cv.string(value)
    if not subject or any(not token or token.split() != [token] for token in subject.split(".")):
        raise probatio.Invalid(f"'{subject}' is no subject: it consists of words with dots between them, without spaces")
    if subject[0] in "$_*>":
        raise probatio.Invalid(f"'{subject}': a subject here does not begin with $, _ or a wildcard")
    return subject


def subject_without_wildcards(value: Any) -> str:
    """Check that a text may be a subject of one kind of message."""
    subject = subject_with_wildcards(value)
    if "*" in subject or ">" in subject:
        raise probatio.Invalid(f"'{subject}': wildcards are not possible here")
    return subject


@callback
def validate_config(hass: HomeAssistant, schema: probatio.Schema, config: ConfigType) -> ConfigType:
    """Check the options of a trigger or condition, and which home is meant."""
    checked: ConfigType = schema(config)
    validate_entry(hass, checked[CONF_OPTIONS].get(ATTR_CONFIG_ENTRY_ID))
    return checked


@callback
def validate_entry(hass: HomeAssistant, entry_id: str | None) -> str:
    """Return the id of the entry that is meant, loaded or not; without an id there must be exactly one."""
    ids = [entry.entry_id for entry in hass.config_entries.async_entries(DOMAIN)]
    if entry_id is not None:
        if entry_id not in ids:
            raise probatio.Invalid(f"'{entry_id}' is no home of HaNatsBridge")
        return entry_id
    if len(ids) != 1:
        raise probatio.Invalid("Choose one of the homes" if ids else "HaNatsBridge is not set up")
    return ids[0]
