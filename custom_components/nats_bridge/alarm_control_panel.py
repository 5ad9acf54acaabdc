"""Alarm control panels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.alarm_control_panel import (
    AlarmControlPanelEntity,
    AlarmControlPanelEntityFeature,
    AlarmControlPanelState,
    CodeFormat,
)
from homeassistant.components.alarm_control_panel.const import AlarmControlPanelEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field, member_of
from .hub import NatsBridgeConfigEntry
from .model import Description

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known alarm control panels; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(
        Platform.ALARM_CONTROL_PANEL, BridgeAlarmControlPanel, async_add_entities
    )


class BridgeAlarmControlPanel(BridgeEntity, AlarmControlPanelEntity):
    """An alarm system. The device checks the codes."""

    FEATURES = AlarmControlPanelEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "changed_by"})
    RESERVED = AlarmControlPanelEntityStateAttribute
    FIELDS = (Field("code_format", "_attr_code_format", member_of(CodeFormat)),)

    @override
    def _on_description(self, description: Description) -> None:
        # Home Assistant requires a code to arm by default, also where it then cannot ask for one.
        required = description.get("code_arm_required")
        self._attr_code_arm_required = required if isinstance(required, bool) else self.code_format is not None

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_alarm_state = None if state is None else AlarmControlPanelState(state)
        self._attr_changed_by = attributes.get("changed_by")

    @override
    async def async_alarm_disarm(self, code: str | None = None) -> None:
        """Disarm it."""
        await self._command("alarm_disarm", code=code)

    @override
    async def async_alarm_arm_home(self, code: str | None = None) -> None:
        """Arm it for people at home."""
        await self._command("alarm_arm_home", code=code)

    @override
    async def async_alarm_arm_away(self, code: str | None = None) -> None:
        """Arm it for an empty home."""
        await self._command("alarm_arm_away", code=code)

    @override
    async def async_alarm_arm_night(self, code: str | None = None) -> None:
        """Arm it for the night."""
        await self._command("alarm_arm_night", code=code)

    @override
    async def async_alarm_arm_vacation(self, code: str | None = None) -> None:
        """Arm it for a vacation."""
        await self._command("alarm_arm_vacation", code=code)

    @override
    async def async_alarm_arm_custom_bypass(self, code: str | None = None) -> None:
        """Arm it without the bypassed sensors."""
        await self._command("alarm_arm_custom_bypass", code=code)

    @override
    async def async_alarm_trigger(self, code: str | None = None) -> None:
        """Trigger the alarm."""
        await self._command("alarm_trigger", code=code)
