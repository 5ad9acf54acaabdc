"""The condition of automations for the last message on NATS (docs/home-assistant.md, "Conditions")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Unpack, override

import probatio

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import Condition, ConditionCheckParams, ConditionConfig
from homeassistant.helpers.typing import ConfigType

from .messages import Subscription, messages_of
from .subjects import CONF_SUBJECT, subject_without_wildcards, validate_config, validate_entry

CONF_MEMBER: Final = "member"
CONF_VALUE: Final = "value"

_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_OPTIONS): {
            probatio.Required(CONF_SUBJECT): subject_without_wildcards,
            probatio.Optional(CONF_MEMBER): cv.string,
            probatio.Required(CONF_VALUE): object,
            probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        }
    }
)


class LastMessageCondition(Condition):
    """The last message on a subject, or a member of its JSON, has a value."""

    _stop: CALLBACK_TYPE | None = None
    _subscription: Subscription

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check the options, and which home is meant."""
        return validate_config(hass, _SCHEMA, config)

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Initialise without a subscription."""
        super().__init__(hass, config)
        self._options: dict[str, Any] = config.options or {}

    @property
    @override
    def needs_polling(self) -> bool:
        """Nothing but a message changes the result."""
        return False

    @override
    async def _async_setup(self) -> None:
        """Subscribe; raises HomeAssistantError where the subject is refused."""
        messages = messages_of(self._hass, validate_entry(self._hass, self._options.get(ATTR_CONFIG_ENTRY_ID)))
        self._subscription, self._stop = await messages.async_subscribe(self._options[CONF_SUBJECT])

    @override
    def _async_unload(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None

    @override
    async def _async_track_changes(self, action: Callable[[], None]) -> CALLBACK_TYPE:
        listeners = self._subscription.on_change
        listeners.append(action)

        @callback
        def stop() -> None:
            listeners.remove(action)

        return stop

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Compare. It is false while there is no last message."""
        last = self._subscription.last
        return last is not None and last.matches(self._options[CONF_VALUE], self._options.get(CONF_MEMBER))


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of this integration."""
    return {"last_message": LastMessageCondition}
