"""Infrared emitters and receivers. Other integrations make the signals and understand them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.infrared import (
    InfraredCommand,
    InfraredEmitterEntity,
    InfraredReceivedSignal,
    InfraredReceiverEntity,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .context import HomeContext
from .entity import BridgeEntity
from .hub import NatsBridgeConfigEntry
from .model import Description, Device

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known emitters and receivers; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.INFRARED, _create, async_add_entities)


def _create(home: HomeContext, device: Device, description: Description) -> BridgeEntity:
    return (BridgeReceiver if _is_receiver(description) else BridgeEmitter)(home, device, description)


def _is_receiver(description: Description) -> bool:
    return description.get("device_class") == "receiver"


class BridgeEmitter(BridgeEntity, InfraredEmitterEntity):
    """An emitter. Its state is the time of the last signal, which Home Assistant stores."""

    @override
    def can_become(self, description: Description) -> bool:
        """Whether the other description is of an emitter, too."""
        return not _is_receiver(description)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """The sidecar sends no state of an emitter."""

    @override
    async def async_send_command(self, command: InfraredCommand) -> None:
        """Send a signal as its raw timings in microseconds, with the frequency of the carrier in hertz."""
        await self._command("send_command", timings=command.get_raw_timings(), modulation=command.modulation)


class BridgeReceiver(BridgeEntity, InfraredReceiverEntity):
    """A receiver. Its state is the time of the last signal, which Home Assistant stores."""

    @override
    def can_become(self, description: Description) -> bool:
        """Whether the other description is of a receiver, too."""
        return _is_receiver(description)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """The sidecar sends no state of a receiver."""

    @override
    @callback
    def async_fire_event(self, event_type: str, attributes: dict[str, Any]) -> None:
        """Hand a received signal to the integrations that wait for it."""
        if self._added:
            self._handle_received_signal(
                InfraredReceivedSignal(timings=attributes["timings"], modulation=attributes.get("modulation"))
            )
