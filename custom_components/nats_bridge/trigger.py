"""The trigger of automations for messages on NATS (docs/home-assistant.md, "Triggers")."""

from __future__ import annotations

from typing import Any, Final, override

import probatio

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, CONF_OPTIONS, CONF_PAYLOAD
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import Trigger, TriggerActionRunner, TriggerConfig, TriggerNotTriggeredReporter
from homeassistant.helpers.typing import ConfigType

from .messages import Message, matched_tokens, messages_of
from .subjects import CONF_SUBJECT, subject_with_wildcards, validate_config, validate_entry

_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_OPTIONS): {
            probatio.Required(CONF_SUBJECT): subject_with_wildcards,
            probatio.Optional(CONF_PAYLOAD): object,
            probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        }
    }
)


class MessageReceivedTrigger(Trigger):
    """A message was published on a subject."""

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check the options, and which home is meant."""
        return validate_config(hass, _SCHEMA, config)

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialise without a subscription."""
        super().__init__(hass, config)
        self._options: dict[str, Any] = config.options or {}

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Run the action for each message that matches; raises HomeAssistantError where the subject is refused."""
        subject: str = self._options[CONF_SUBJECT]

        @callback
        def received(message: Message) -> None:
            if CONF_PAYLOAD in self._options and not message.matches(self._options[CONF_PAYLOAD]):
                return
            run_action(
                {
                    "subject": message.subject,
                    "payload": message.payload,
                    "payload_json": message.json,
                    "headers": message.headers,
                    "tokens": matched_tokens(subject, message.subject),
                },
                f"message on {message.subject}",
            )

        messages = messages_of(self._hass, validate_entry(self._hass, self._options.get(ATTR_CONFIG_ENTRY_ID)))
        _, stop = await messages.async_subscribe(subject, received)
        return stop


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of this integration."""
    return {"message_received": MessageReceivedTrigger}
