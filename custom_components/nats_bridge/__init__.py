"""HaNatsBridge: devices that speak NATS as entities of Home Assistant.

The sidecar does the work. This integration shows what it sends and passes on commands.
"""

from __future__ import annotations

from uuid import uuid4

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType

from .actions import async_setup_actions
from .client import async_make_client
from .const import DOMAIN
from .entries import async_check_rest, async_leave_devices, async_make_room, stale_entries
from .hub import DATA_RELOAD, Hub, NatsBridgeConfigEntry, ReloadState, async_remove_data
from .issues import Issues
from .reporter import Reporter
from .requests import async_remove_user, capabilities_of
from .scope import bridge_id_of, scope_of

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all entries share."""
    hass.data.setdefault(DATA_RELOAD, {})
    async_setup_actions(hass)

    @callback
    def entry_changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        # An entry whose set-up failed is disabled without being unloaded.
        if entry.domain == DOMAIN and entry.disabled_by is not None:
            Issues(hass, entry.entry_id).clear()
        if entry.domain == DOMAIN and change is not ConfigEntryChange.ADDED:
            # A new entry makes room for itself.
            for stale in stale_entries(hass, bridge_id_of(entry)):
                hass.config_entries.async_schedule_reload(stale.entry_id)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: NatsBridgeConfigEntry) -> bool:
    """Set up one home."""
    await async_make_room(hass, entry)
    async_check_rest(hass, bridge_id_of(entry))
    scope = scope_of(hass, entry)
    state = hass.data[DATA_RELOAD].setdefault(entry.entry_id, ReloadState(None, None, Reporter(hass), uuid4().hex))
    capabilities = capabilities_of(entry) if scope.leads else frozenset[str]()
    client = await async_make_client(hass, entry.data[CONF_URL], entry.data[CONF_TOKEN], state.instance, capabilities)
    hub = Hub(hass, entry, client, state, scope)
    entry.runtime_data = hub
    await hub.async_load()
    hub.start()
    try:
        await hub.async_wait_for_snapshot()
        await hub.async_go_live()
    except BaseException:
        await hub.async_stop()
        raise
    if scope != scope_of(hass, entry):
        # The patterns of another entry have changed meanwhile.
        hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: NatsBridgeConfigEntry) -> bool:
    """Unload one home. The sidecar retains the states and events until it is set up again."""
    hub = entry.runtime_data
    await hub.async_stop()
    await hub.population.async_remove_entities()
    if not await hass.config_entries.async_unload_platforms(entry, hub.population.platforms):
        await hub.population.async_restore_entities()
        hub.resume()
        return False
    hass.data[DATA_RELOAD][entry.entry_id] = hub.reload_state()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: NatsBridgeConfigEntry) -> None:
    """Remove all data of an entry. Its devices go to the entries of the bridge that take them now."""
    await async_leave_devices(hass, entry)
    async_check_rest(hass, bridge_id_of(entry))
    # Without an enabled entry Home Assistant does not call async_setup.
    hass.data.get(DATA_RELOAD, {}).pop(entry.entry_id, None)
    await async_remove_data(hass, entry.entry_id)
    if not hass.config_entries.async_entries(DOMAIN):
        await async_remove_user(hass)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, device_entry: dr.AnyDeviceEntry
) -> bool:
    """Delete a device on its page: the sidecar forgets it, online or not. It comes back when it announces itself again."""
    name = device_entry.name_by_user or device_entry.name or ""
    if entry.state is not ConfigEntryState.LOADED:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="not_deleted_not_connected", translation_placeholders={"device": name}
        )
    hub = entry.runtime_data
    device_id = hub.registrar.device_of(device_entry)
    if device_id == "":
        # The bridge itself.
        return False
    if device_id is not None:
        await hub.async_forget(device_id, name)
    return True
