"""Radio transmitters and receivers. Other integrations make the signals and understand them."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from typing import Any, Final, cast, override

from homeassistant.components import radio_frequency
from homeassistant.components.radio_frequency import ModulationType, RadioFrequencyCommand, RadioFrequencyTransmitterEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .context import HomeContext
from .entity import BridgeEntity
from .fields import Field
from .hub import NatsBridgeConfigEntry
from .model import Description, Device

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

#: The base of receivers. Home Assistant has it since 2026.11.
_RECEIVER: Final = getattr(radio_frequency, "RadioFrequencyReceiverEntity", None)


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known transmitters and receivers; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.RADIO_FREQUENCY, _create, async_add_entities)


def _create(home: HomeContext, device: Device, description: Description) -> BridgeEntity | None:
    if not _is_receiver(description):
        return BridgeTransmitter(home, device, description)
    if BridgeReceiver is None:
        wire_id = f"{device.id}.{description['key']}"
        _LOGGER.warning("%s is left out: radio receivers need Home Assistant 2026.11", wire_id)
        return None
    return BridgeReceiver(home, device, description)


def _is_receiver(description: Description) -> bool:
    return description.get("device_class") == "receiver"


class _RadioEntity(BridgeEntity):
    """What transmitters and receivers have in common."""

    FIELDS = (Field("supported_frequency_ranges", "_ranges", lambda value: [(int(low), int(high)) for low, high in value], []),)

    _ranges: list[tuple[int, int]]

    @property
    def supported_frequency_ranges(self) -> list[tuple[int, int]]:
        """Return the lowest and the highest frequency of each range, in hertz."""
        return self._ranges

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """The sidecar sends no state: it is the time of the last signal, which Home Assistant stores."""


class BridgeTransmitter(_RadioEntity, RadioFrequencyTransmitterEntity):
    """A transmitter."""

    @override
    def can_become(self, description: Description) -> bool:
        """Whether the other description is of a transmitter, too."""
        return not _is_receiver(description)

    @override
    async def async_send_command(self, command: RadioFrequencyCommand) -> None:
        """Send a signal as its raw timings in microseconds, with its frequency in hertz."""
        await self._command(
            "send_command",
            timings=command.get_raw_timings(),
            frequency=command.frequency,
            modulation=str(command.modulation),
            repeat_count=command.repeat_count or None,
            symbol_rate=command.symbol_rate,
            output_power=command.output_power,
        )


class _Receiver(_RadioEntity):
    """A receiver, without its base."""

    @override
    def can_become(self, description: Description) -> bool:
        """Whether the other description is of a receiver, too."""
        return _is_receiver(description)

    @override
    @callback
    def async_fire_event(self, event_type: str, attributes: dict[str, Any]) -> None:
        """Hand a received signal to the integrations that wait for it."""
        if self._added:
            signal = cast(Any, radio_frequency).RadioFrequencyReceivedSignal(
                timings=attributes["timings"],
                frequency=attributes.get("frequency"),
                modulation=ModulationType(attributes.get("modulation", ModulationType.OOK)),
            )
            cast(Any, self)._handle_received_signal(signal)  # noqa: SLF001


BridgeReceiver: type[BridgeEntity] | None = (
    None if _RECEIVER is None else cast(type[BridgeEntity], type("BridgeReceiver", (_Receiver, _RECEIVER), {}))
)
