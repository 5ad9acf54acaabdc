"""What a person can decide in Home Assistant's repairs."""

from __future__ import annotations

from typing import Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.components.repairs.models import RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant


class ForgetKeptFlow(ConfirmRepairFlow):
    """Forgets the devices that the sidecar's registry has lost, when a person confirms that they are gone."""

    def __init__(self, entry_id: str) -> None:
        """Nothing is asked yet."""
        self._entry_id = entry_id

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask, then forget."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if user_input is not None and entry is not None and entry.state is ConfigEntryState.LOADED:
            await entry.runtime_data.async_forget_kept()
        return await super().async_step_confirm(user_input)


async def async_create_fix_flow(hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None) -> RepairsFlow:
    """Return the flow of an issue that can be fixed; there is one kind."""
    return ForgetKeptFlow(str((data or {}).get("entry_id")))
