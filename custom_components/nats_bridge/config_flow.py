"""The config flow that connects Home Assistant to the sidecar, and the options flow."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
import logging
from typing import Any, Final, override
from uuid import uuid4

import probatio
from yarl import URL

from homeassistant.config_entries import (
    SOURCE_HASSIO,
    SOURCE_REAUTH,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.selector import BooleanSelector, TextSelector, TextSelectorConfig, TextSelectorType
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .client import async_make_client, normalise_url
from .const import ACTIONS, CONF_DEVICES, CONF_EXCLUDE, CONF_INCLUDE, CONF_REPORT, DEFAULT_URL, DOMAIN, SCHEMA, STATES
from .errors import CannotConnect, InvalidAuth, InvalidCertificate, UnsupportedVersion
from .hello import Hello
from .hub import NatsBridgeConfigEntry
from .scope import bridge_id_of, entries_of, further_id, is_pattern, overlap, patterns_of, scope_of

_LOGGER = logging.getLogger(__name__)

_TITLE: Final = "HaNatsBridge"

_TOKEN_SELECTOR = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_BOTH = probatio.Schema({probatio.Required(CONF_URL): str, probatio.Required(CONF_TOKEN): _TOKEN_SELECTOR})
_TOKEN = probatio.Schema({probatio.Required(CONF_TOKEN): _TOKEN_SELECTOR})

_GLOBS = TextSelector(TextSelectorConfig(multiple=True))
_PART = probatio.Schema({probatio.Optional(CONF_DEVICES): _GLOBS})
_OPTIONS = probatio.Schema(
    {
        probatio.Required(CONF_REPORT, default=True): BooleanSelector(),
        probatio.Optional(CONF_INCLUDE): _GLOBS,
        probatio.Optional(CONF_EXCLUDE): _GLOBS,
        probatio.Required(ACTIONS, default=False): BooleanSelector(),
        probatio.Required(STATES, default=False): BooleanSelector(),
    }
)


class NatsBridgeConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks for the URL and the token, and connects before it stores them."""

    VERSION = 1

    #: What was discovered: data of the app, after a successful connection, or the URL alone.
    _found: dict[str, Any]
    #: The name of the app or of the machine.
    _found_name: str
    #: Whether the person prefers an address to the app.
    _by_hand = False
    #: The bridge of a further entry, or of one that may have moved.
    _bridge_id: str

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: NatsBridgeConfigEntry) -> NatsBridgeOptionsFlow:
        """Return the flow for the options of what is published on NATS."""
        return NatsBridgeOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Handle a person who adds the integration. An app that waits to be confirmed is offered first."""
        if not self._by_hand and user_input is None and self._app_flows():
            return await self.async_step_choose()
        errors: dict[str, str] = {}
        if user_input is not None:
            data, hello = await self._connect(user_input, errors)
            if hello is not None:
                # A discovery of the app may wait with the same id. Adding by hand replaces it.
                await self.async_set_unique_id(hello.bridge_id, raise_on_progress=False)
                if entries_of(self.hass, hello.bridge_id):
                    self._update(hello.bridge_id, data)
                    self._found, self._bridge_id = data, hello.bridge_id
                    return await self.async_step_part()
                return self.async_create_entry(title=self._title(data), data=data)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(_BOTH, user_input or {CONF_URL: DEFAULT_URL}),
            errors=errors,
        )

    def _app_flows(self) -> list[ConfigFlowResult]:
        """Return the flows of discovered apps that wait for a person."""
        return [flow for flow in self._async_in_progress() if flow["context"]["source"] == SOURCE_HASSIO]

    async def async_step_choose(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether to take the app."""
        return self.async_show_menu(step_id="choose", menu_options=["app", "manual"])

    async def async_step_app(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Confirm the app's own discovery."""
        for flow in self._app_flows():
            await self.hass.config_entries.flow.async_configure(flow["flow_id"], {})
        return self.async_abort(reason="app_added")

    async def async_step_manual(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for an address although there is an app."""
        self._by_hand = True
        return await self.async_step_user()

    async def async_step_part(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which devices a further entry of a bridge takes. The other entries are up to date already."""
        errors: dict[str, str] = {}
        entries = entries_of(self.hass, self._bridge_id)
        placeholders = {"entries": ", ".join(entry.title for entry in entries)}
        if user_input is not None:
            patterns = user_input.get(CONF_DEVICES) or []
            placeholders |= _check_patterns(entries, patterns, errors)
            if not errors:
                first = all(entry.unique_id != self._bridge_id for entry in entries)
                await self.async_set_unique_id(self._bridge_id if first else further_id(self._bridge_id, uuid4().hex[:8]))
                title = f"{_TITLE} ({', '.join(patterns)})" if patterns else self._title(self._found)
                return self.async_create_entry(title=title, data=self._found, options={CONF_DEVICES: patterns})
        return self.async_show_form(
            step_id="part",
            data_schema=self.add_suggested_values_to_schema(_PART, user_input),
            errors=errors,
            description_placeholders=placeholders,
        )

    @callback
    def _update(self, bridge_id: str, data: Mapping[str, Any]) -> None:
        """Give all entries of a bridge its address and token, and set those up again that need it."""
        for entry in entries_of(self.hass, bridge_id):
            changed = self.hass.config_entries.async_update_entry(entry, data={**entry.data, **data})
            if changed or entry.state is ConfigEntryState.SETUP_RETRY:
                for flow in list(entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})):
                    if flow["flow_id"] != self.flow_id:
                        self.hass.config_entries.flow.async_abort(flow["flow_id"])
                if entry.disabled_by is None:
                    self.hass.config_entries.async_schedule_reload(entry.entry_id)

    @override
    async def async_step_hassio(self, discovery_info: HassioServiceInfo) -> ConfigFlowResult:
        """Handle the discovery of the app, which sends its sidecar's address and token."""
        config = discovery_info.config
        errors: dict[str, str] = {}
        found = {CONF_URL: f"{config.get('host')}:{config.get('port')}", CONF_TOKEN: str(config.get("token"))}
        data, hello = await self._connect(found, errors)
        if hello is None:
            return self.async_abort(reason=errors.get("base", "cannot_connect"))
        await self.async_set_unique_id(hello.bridge_id)
        if entries_of(self.hass, hello.bridge_id):
            self._update(hello.bridge_id, data)
            return self.async_abort(reason="already_configured")
        self._found, self._found_name = data, discovery_info.name
        self.context["title_placeholders"] = {"name": self._found_name}
        return await self.async_step_hassio_confirm()

    async def async_step_hassio_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether to add the app's devices."""
        if user_input is not None:
            self._abort_if_unique_id_configured()
            return self.async_create_entry(title=self._title(self._found), data=self._found)
        self._set_confirm_only()
        return self.async_show_form(step_id="hassio_confirm", description_placeholders={"app": self._found_name})

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Handle a sidecar that advertises itself in the local network. Anyone there can send this."""
        properties = discovery_info.properties
        bridge_id, schema = properties.get("bridge_id"), properties.get("schema") or ""
        if not bridge_id or not schema.isdecimal():
            return self.async_abort(reason="invalid_discovery_info")
        if int(schema) != SCHEMA:
            return self.async_abort(reason="unsupported_version")
        scheme = "https" if properties.get("scheme") == "https" else "http"
        url = str(URL.build(scheme=scheme, host=discovery_info.host, port=discovery_info.port))
        self._found, self._found_name = {CONF_URL: url}, properties.get("name") or discovery_info.host
        if entries := entries_of(self.hass, bridge_id):
            for entry in entries:
                if entry.state is ConfigEntryState.LOADED:
                    entry.runtime_data.wake()
            self._update(bridge_id, {})
            if not all(_may_have_moved(entry, url) for entry in entries):
                return self.async_abort(reason="already_configured")
            # Not the bridge's id: whoever ignores the card would replace its entry.
            await self.async_set_unique_id(f"moved:{bridge_id}:{url}")
            self._abort_if_unique_id_configured()
            self._bridge_id = bridge_id
            self.context["title_placeholders"] = {"name": f"{_TITLE} → {url}"}
            return await self.async_step_moved()
        await self.async_set_unique_id(bridge_id)
        # It may have been ignored.
        self._abort_if_unique_id_configured()
        self.context["title_placeholders"] = {"name": f"{_TITLE} ({self._found_name})"}
        return await self.async_step_zeroconf_confirm()

    async def async_step_zeroconf_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token of the sidecar that was found."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data, hello = await self._connect({**self._found, **user_input}, errors)
            if hello is not None:
                if hello.bridge_id != self.unique_id:
                    return self.async_abort(reason="wrong_bridge")
                # It may have been added meanwhile.
                self._abort_if_unique_id_configured()
                return self.async_create_entry(title=self._title(data), data=data)
        return self.async_show_form(
            step_id="zeroconf_confirm",
            data_schema=_TOKEN,
            errors=errors,
            description_placeholders={"name": self._found_name, "url": self._found[CONF_URL]},
        )

    async def async_step_moved(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether a bridge that is set up has a new address. The token is sent there only after that."""
        bridge_id, errors = self._bridge_id, dict[str, str]()
        entries = entries_of(self.hass, bridge_id)
        if not entries or any(map(_is_connected, entries)):
            return self.async_abort(reason="not_moved")
        if user_input is not None:
            data, hello = await self._connect({**entries[0].data, **self._found}, errors)
            if hello is not None:
                if hello.bridge_id != bridge_id:
                    return self.async_abort(reason="wrong_bridge")
                self._update(bridge_id, data)
                return self.async_abort(reason="moved")
        placeholders = {"name": self._found_name, "url": self._found[CONF_URL], "old_url": entries[0].data[CONF_URL]}
        return self.async_show_form(step_id="moved", errors=errors, description_placeholders=placeholders)

    def _title(self, data: Mapping[str, Any]) -> str:
        """Return the title of a new entry; a further home has its address in it."""
        if _TITLE not in {entry.title for entry in self._async_current_entries()}:
            return _TITLE
        url = URL(data[CONF_URL])
        return f"{_TITLE} ({url.host}:{url.port})"

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle a token that the sidecar no longer accepts."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the new token."""
        errors: dict[str, str] = {}
        entry = self._get_reauth_entry()
        if user_input is not None:
            data, hello = await self._connect({**entry.data, **user_input}, errors)
            if hello is not None:
                if hello.bridge_id != bridge_id_of(entry):
                    return self.async_abort(reason="wrong_bridge")
                self._update(hello.bridge_id, data)
                return self.async_update_reload_and_abort(entry, data_updates=data)
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=_TOKEN,
            errors=errors,
            description_placeholders={"url": entry.data[CONF_URL]},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new address or token of the same sidecar."""
        errors: dict[str, str] = {}
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            data, hello = await self._connect(user_input, errors)
            if hello is not None:
                if hello.bridge_id != bridge_id_of(entry):
                    return self.async_abort(reason="wrong_bridge")
                self._update(hello.bridge_id, data)
                return self.async_update_reload_and_abort(entry, data_updates=data)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(_BOTH, user_input or {CONF_URL: entry.data[CONF_URL]}),
            errors=errors,
        )

    async def _connect(self, user_input: Mapping[str, Any], errors: dict[str, str]) -> tuple[dict[str, Any], Hello | None]:
        """Connect to the sidecar; adds what failed to `errors`."""
        try:
            url = normalise_url(user_input[CONF_URL])
        except ValueError:
            errors[CONF_URL] = "invalid_url"
            return {}, None
        data = {CONF_URL: url, CONF_TOKEN: user_input[CONF_TOKEN].strip()}
        try:
            client = await async_make_client(self.hass, url, data[CONF_TOKEN], uuid4().hex)
            connection = await client.connect()
        except InvalidCertificate as err:
            _LOGGER.debug("The certificate of %s is not trusted: %s", url, err)
            errors["base"] = "invalid_certificate"
        except CannotConnect as err:
            _LOGGER.debug("Cannot connect to %s: %s", url, err)
            errors["base"] = "cannot_connect"
        except InvalidAuth:
            errors["base"] = "invalid_auth"
        except UnsupportedVersion:
            errors["base"] = "unsupported_version"
        except Exception:
            _LOGGER.exception("Unexpected error while connecting to %s", url)
            errors["base"] = "unknown"
        else:
            await connection.close()
            return data, connection.hello
        return data, None


def _is_connected(entry: ConfigEntry) -> bool:
    """Whether the address of an entry works."""
    return entry.state is ConfigEntryState.LOADED and entry.runtime_data.home.connection is not None


def _may_have_moved(entry: ConfigEntry, found: str) -> bool:
    """Whether a person is asked if the sidecar of an entry has moved to the address that was found.

    Only about an address in that network that does not answer. A name leads to the right place by itself, loopback and a
    certificate say whom the person trusts.
    """
    url = URL(entry.data[CONF_URL])
    try:
        address = ip_address(url.host or "")
    except ValueError:
        return False
    return url.scheme == "http" and not address.is_loopback and url != URL(found) and not _is_connected(entry)


class NatsBridgeOptionsFlow(OptionsFlowWithReload):
    """Asks what of Home Assistant is published on NATS, and what programs there may do."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        entry, errors, placeholders = self.config_entry, dict[str, str](), dict[str, str]()
        others = [one for one in entries_of(self.hass, bridge_id_of(entry)) if one is not entry]
        if user_input is not None:
            placeholders = _check_patterns(others, user_input.get(CONF_DEVICES) or [], errors)
            if not errors:
                return self.async_create_entry(data=user_input)
        # What concerns the whole home is asked of one of its entries.
        schema = _PART.extend(_OPTIONS.schema) if scope_of(self.hass, entry).leads else _PART
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or entry.options),
            errors=errors,
            description_placeholders={"entries": ", ".join(one.title for one in others) or "-"} | placeholders,
        )


def _check_patterns(others: list[ConfigEntry], patterns: list[str], errors: dict[str, str]) -> dict[str, str]:
    """Check the patterns of an entry beside those of the others; adds what is wrong to `errors`, returns its placeholders."""
    if (wrong := next((pattern for pattern in patterns if not is_pattern(pattern)), None)) is not None:
        errors[CONF_DEVICES] = "invalid_pattern"
        return {"pattern": wrong}
    for other in others:
        theirs = patterns_of(other)
        if not patterns and not theirs:
            errors[CONF_DEVICES] = "second_rest"
            return {"entry": other.title}
        if (shared := overlap(patterns, theirs)) is not None:
            errors[CONF_DEVICES] = "overlap"
            return {"entry": other.title, "pattern": shared}
    return {}
