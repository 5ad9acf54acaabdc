"""Vacuum cleaner robots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, override

from homeassistant.components.vacuum import Segment, StateVacuumEntity, VacuumActivity, VacuumEntityFeature
from homeassistant.components.vacuum.const import VacuumEntityCapabilityAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field, texts
from .hub import NatsBridgeConfigEntry
from .model import Description

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known vacuum cleaners; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.VACUUM, BridgeVacuum, async_add_entities)


def _segments(value: Any) -> list[Segment]:
    return [Segment(str(one["id"]), str(one["name"]), one.get("group")) for one in value]


class BridgeVacuum(BridgeEntity, StateVacuumEntity):
    """A vacuum cleaner robot. A person assigns its segments (rooms) to areas."""

    FEATURES = VacuumEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "fan_speed"})
    RESERVED = VacuumEntityCapabilityAttribute
    FIELDS = (
        Field("fan_speed_list", "_attr_fan_speed_list", texts, [], implies=VacuumEntityFeature.FAN_SPEED),
        Field("segments", "_segments", _segments, [], implies=VacuumEntityFeature.CLEAN_AREA),
    )

    _segments: list[Segment]

    @override
    def _on_description(self, description: Description) -> None:
        # Home Assistant requires the feature of every vacuum that has a state.
        self._attr_supported_features |= VacuumEntityFeature.STATE

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_activity = None if state is None else VacuumActivity(state)
        self._attr_fan_speed = attributes.get("fan_speed")

    @override
    def _on_added(self) -> None:
        self._report_changed_segments()

    @callback
    @override
    def async_update_description(self, description: Description) -> None:
        """Replace the description, and compare its segments with those that a person assigned to areas."""
        super().async_update_description(description)
        if self.added:
            self._report_changed_segments()

    def _report_changed_segments(self) -> None:
        if self.registry_entry is None or VacuumEntityFeature.CLEAN_AREA not in self.supported_features:
            return
        assigned = self.last_seen_segments
        if assigned is not None and _by_id(assigned) != _by_id(self._segments):
            self.async_create_segments_issue()

    @override
    async def async_get_segments(self) -> list[Segment]:
        """Return the segments that can be cleaned."""
        return self._segments

    @override
    async def async_start(self) -> None:
        """Start or resume the cleaning."""
        await self._command("start")

    @override
    async def async_pause(self) -> None:
        """Pause the cleaning."""
        await self._command("pause")

    @override
    async def async_stop(self, **kwargs: Any) -> None:
        """Stop it."""
        await self._command("stop")

    @override
    async def async_return_to_base(self, **kwargs: Any) -> None:
        """Send it back to the dock."""
        await self._command("return_to_base")

    @override
    async def async_clean_spot(self, **kwargs: Any) -> None:
        """Clean a spot."""
        await self._command("clean_spot")

    @override
    async def async_locate(self, **kwargs: Any) -> None:
        """Have it make itself noticed."""
        await self._command("locate")

    @override
    async def async_set_fan_speed(self, fan_speed: str, **kwargs: Any) -> None:
        """Set the fan's speed."""
        await self._command("set_fan_speed", fan_speed=fan_speed)

    @override
    async def async_send_command(self, command: str, params: dict[str, Any] | list[Any] | None = None, **kwargs: Any) -> None:
        """Send a command of the device's own."""
        await self._command("send_command", command=command, params=params)

    @override
    async def async_clean_segments(self, segment_ids: list[str], **kwargs: Any) -> None:
        """Clean the segments of the areas that a person chose."""
        await self._command("clean_area", segment_ids=segment_ids)


def _by_id(segments: Iterable[Segment]) -> dict[str, Segment]:
    return {segment.id: segment for segment in segments}
