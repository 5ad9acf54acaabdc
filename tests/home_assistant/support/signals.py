"""Sends infrared and radio signals, as other integrations do."""

from __future__ import annotations

from typing import Any, override

from homeassistant.components import infrared, radio_frequency
from homeassistant.components.infrared import InfraredCommand
from homeassistant.components.radio_frequency import ModulationType, RadioFrequencyCommand
from homeassistant.core import HomeAssistant


class RawInfrared(InfraredCommand):
    """An infrared signal of given timings."""

    def __init__(self, timings: list[int], **kwargs: Any) -> None:
        """Initialise with the timings in microseconds."""
        super().__init__(**kwargs)
        self._timings = timings

    @override
    def get_raw_timings(self) -> list[int]:
        """Return the timings."""
        return self._timings


class RawRadio(RadioFrequencyCommand):
    """A radio signal of given timings."""

    def __init__(self, timings: list[int], modulation: str, **kwargs: Any) -> None:
        """Initialise with the timings in microseconds."""
        super().__init__(modulation=ModulationType(modulation), **kwargs)
        self._timings = timings

    @override
    def get_raw_timings(self) -> list[int]:
        """Return the timings."""
        return self._timings


async def send_signal(hass: HomeAssistant, domain: str, entity_id: str, data: dict[str, Any]) -> None:
    """Send a signal with an entity of one of the two platforms."""
    if domain == "infrared":
        await infrared.async_send_command(hass, entity_id, RawInfrared(**data))
    else:
        await radio_frequency.async_send_command(hass, entity_id, RawRadio(**data))
