"""The dialogues: every way through them, and every way out of an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
import ssl
from typing import Any
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from homeassistant.config_entries import SOURCE_HASSIO, SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from custom_components.nats_bridge.client import normalise_url
from custom_components.nats_bridge.const import DOMAIN
from support.home import until
from support.scripted import BRIDGE_ID, TOKEN, ScriptedSidecar, hello_result

type Breaker = Callable[[ScriptedSidecar], object]


def _set(**attributes: Any) -> Breaker:
    return lambda sidecar: [setattr(sidecar, name, value) for name, value in attributes.items()]


BREAKERS: dict[str, tuple[Breaker, str]] = {
    "a wrong token": (_set(token="another"), "invalid_auth"),
    "a forbidden token": (_set(status=403), "invalid_auth"),
    "no hub": (_set(status=404), "cannot_connect"),
    "a fault of the server": (_set(status=500), "cannot_connect"),
    "a refused handshake": (_set(handshake='{"error":"no such protocol"}'), "cannot_connect"),
    "a handshake that is not JSON": (_set(handshake="hello"), "cannot_connect"),
    "a sidecar that is not ready": (
        _set(hello_completion={"result": {"error": {"code": "NOT_READY", "message": "wait", "retryable": True}}}),
        "cannot_connect",
    ),
    "a SignalR error": (_set(hello_completion={"error": "no such method"}), "cannot_connect"),
    "an older schema": (_set(hello=hello_result(schema={"min": 0, "max": 0})), "unsupported_version"),
    "a newer schema": (_set(hello=hello_result(schema={"min": 2, "max": 3})), "unsupported_version"),
    "a refused schema": (
        _set(hello_completion={"result": {"error": {"code": "UNSUPPORTED_SCHEMA", "message": "no", "retryable": False}}}),
        "unsupported_version",
    ),
    "a Hello without a bridge id": (_set(hello={"schema": {"min": 1, "max": 1}}), "cannot_connect"),
}


async def _begin(hass: HomeAssistant) -> str:
    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "user"
    assert form["errors"] == {}
    return form["flow_id"]


async def test_url_and_token_make_an_entry(hass: HomeAssistant, sidecar: ScriptedSidecar) -> None:
    flow_id = await _begin(hass)
    done = await hass.config_entries.flow.async_configure(
        flow_id, {CONF_URL: f" 127.0.0.1:{sidecar.port}/ ", CONF_TOKEN: f"{TOKEN}\n"}
    )
    await hass.async_block_till_done()
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["title"] == "HaNatsBridge"
    assert done["data"] == {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN}
    entry = done["result"]
    assert entry.unique_id == BRIDGE_ID
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("case", BREAKERS)
async def test_each_error_is_shown_and_can_be_corrected(hass: HomeAssistant, sidecar: ScriptedSidecar, case: str) -> None:
    breaker, error = BREAKERS[case]
    healthy = dict(vars(sidecar))
    breaker(sidecar)
    flow_id = await _begin(hass)
    form = await hass.config_entries.flow.async_configure(flow_id, {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN})
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": error}
    for name in ("token", "hello", "hello_completion", "handshake", "status"):
        setattr(sidecar, name, healthy[name])
    with patch("custom_components.nats_bridge.async_setup_entry", return_value=True):
        done = await hass.config_entries.flow.async_configure(flow_id, {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN})
    assert done["type"] is FlowResultType.CREATE_ENTRY


async def test_an_unreachable_url_is_an_error(hass: HomeAssistant, sidecar: ScriptedSidecar) -> None:
    await sidecar.stop()
    form = await hass.config_entries.flow.async_configure(await _begin(hass), {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN})
    assert form["errors"] == {"base": "cannot_connect"}


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sidecar")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "sidecar.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


async def test_an_untrusted_certificate_is_another_error_than_an_unreachable_host(
    hass: HomeAssistant, sidecar: ScriptedSidecar, tmp_path: Path
) -> None:
    await sidecar.stop()
    sidecar.tls = await hass.async_add_executor_job(_self_signed, tmp_path)
    await sidecar.start()
    url = f"https://127.0.0.1:{sidecar.port}"
    form = await hass.config_entries.flow.async_configure(await _begin(hass), {CONF_URL: url, CONF_TOKEN: TOKEN})
    assert form["errors"] == {"base": "invalid_certificate"}
    await sidecar.stop()
    form = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: url, CONF_TOKEN: TOKEN})
    assert form["errors"] == {"base": "cannot_connect"}


async def test_a_server_that_never_answers_is_an_error(hass: HomeAssistant, sidecar: ScriptedSidecar) -> None:
    sidecar.silent = True
    with patch("custom_components.nats_bridge.client.HANDSHAKE_TIMEOUT", 0.1):
        form = await hass.config_entries.flow.async_configure(await _begin(hass), {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN})
    assert form["errors"] == {"base": "cannot_connect"}


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "http://", "http://[", "http://host:port"])
async def test_an_invalid_url_is_an_error_of_its_field(hass: HomeAssistant, url: str) -> None:
    form = await hass.config_entries.flow.async_configure(await _begin(hass), {CONF_URL: url, CONF_TOKEN: TOKEN})
    assert form["errors"] == {CONF_URL: "invalid_url"}


async def test_an_unexpected_error_is_shown_and_logged(
    hass: HomeAssistant, sidecar: ScriptedSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    with patch("custom_components.nats_bridge.config_flow.async_make_client", side_effect=RuntimeError("boom")):
        form = await hass.config_entries.flow.async_configure(await _begin(hass), {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN})
    assert form["errors"] == {"base": "unknown"}
    assert "boom" in caplog.text


async def test_adding_a_home_again_updates_its_entry_and_offers_a_further_one(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    hass.config_entries.async_update_entry(entry, data={CONF_URL: "http://127.0.0.1:1", CONF_TOKEN: "old"})
    done = await hass.config_entries.flow.async_configure(await _begin(hass), {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN})
    assert (done["type"], done["step_id"]) == (FlowResultType.FORM, "part")
    assert done["description_placeholders"] == {"entries": entry.title}
    assert entry.data == {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN}
    await hass.async_block_till_done()


async def test_reauthentication_asks_for_the_token_alone(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.token = "a-new-token"
    form = await entry.start_reauth_flow(hass)
    assert form["step_id"] == "reauth_confirm"
    assert form["description_placeholders"]["url"] == sidecar.url
    form = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_TOKEN: "wrong"})
    assert form["errors"] == {"base": "invalid_auth"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_TOKEN: "a-new-token"})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.data == {CONF_URL: sidecar.url, CONF_TOKEN: "a-new-token"}
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfiguration_moves_the_entry(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    await set_up(hass, entry)
    other = await ScriptedSidecar().start()
    form = await entry.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    form = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: "http://127.0.0.1:1", CONF_TOKEN: TOKEN})
    assert form["errors"] == {"base": "cannot_connect"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: other.url, CONF_TOKEN: TOKEN})
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data[CONF_URL] == other.url
    assert other.listens
    await hass.config_entries.async_unload(entry.entry_id)
    await other.stop()


@pytest.mark.parametrize("flow", ["reauth", "reconfigure"])
async def test_the_sidecar_of_another_home_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, flow: str
) -> None:
    sidecar.hello = hello_result(bridge_id="another1")
    form = await (entry.start_reauth_flow(hass) if flow == "reauth" else entry.start_reconfigure_flow(hass))
    answer = {CONF_TOKEN: TOKEN} if flow == "reauth" else {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], answer)
    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "wrong_bridge"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("127.0.0.1:8129", "http://127.0.0.1:8129"),
        ("http://bridge.local:8129/", "http://bridge.local:8129"),
        ("ws://bridge.local:8129/hub", "http://bridge.local:8129"),
        ("wss://bridge.example/home/", "https://bridge.example/home"),
        ("https://bridge.example?x=1#y", "https://bridge.example"),
        ("[::1]:8129", "http://[::1]:8129"),
    ],
)
def test_a_url_is_stored_in_one_form(given: str, stored: str) -> None:
    assert normalise_url(given) == stored


async def test_options_select_which_state_changes_are_published(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    await set_up(hass, entry)

    async def choose(options: dict[str, Any]) -> None:
        form = await hass.config_entries.options.async_init(entry.entry_id)
        assert form["step_id"] == "init"
        done = await hass.config_entries.options.async_configure(form["flow_id"], options)
        assert done["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED

    def change(state: str) -> None:
        for entity_id in ("light.hall", "light.secret", "sensor.hall", "switch.hall"):
            hass.states.async_set(entity_id, state)

    def published(state: str) -> set[str]:
        return {item["entity_id"] for _, batch in sidecar.reports for item in batch if item["state"] == state}

    change("1")
    await until(lambda: len(published("1")) == 4)
    await choose({"report": True, "include": ["light.*", "sensor.ha??"], "exclude": ["*.secret"]})
    change("2")
    await until(lambda: published("2") == {"light.hall", "sensor.hall"})
    await choose({"report": True, "exclude": ["light.*"]})
    change("3")
    await until(lambda: published("3") == {"sensor.hall", "switch.hall"})
    await choose({"report": False})
    change("4")
    await choose({"report": True})
    change("5")
    await until(lambda: len(published("5")) == 4)
    assert published("4") == set()


async def _discover(hass: HomeAssistant, **config: Any) -> ConfigFlowResult:
    discovery = HassioServiceInfo(config=config, name="HaNatsBridge app", slug="local_hanatsbridge", uuid="1234")
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_HASSIO}, data=discovery)


async def test_the_app_is_discovered_and_only_confirmed(hass: HomeAssistant, sidecar: ScriptedSidecar) -> None:
    form = await _discover(hass, host="127.0.0.1", port=sidecar.port, token=TOKEN)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "hassio_confirm")
    assert form["description_placeholders"] == {"app": "HaNatsBridge app"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"] == {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN}
    entry = done["result"]
    assert (entry.unique_id, entry.state) == (BRIDGE_ID, ConfigEntryState.LOADED)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_app_that_waits_is_offered_first(hass: HomeAssistant, sidecar: ScriptedSidecar) -> None:
    await _discover(hass, host="127.0.0.1", port=sidecar.port, token=TOKEN)
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (menu["type"], menu["menu_options"]) == (FlowResultType.MENU, ["app", "manual"])
    done = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "app"})
    await hass.async_block_till_done()
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "app_added")
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert (entry.unique_id, entry.state) == (BRIDGE_ID, ConfigEntryState.LOADED)
    assert hass.config_entries.flow.async_progress() == []
    await hass.config_entries.async_unload(entry.entry_id)


async def test_adding_by_hand_replaces_a_discovery(hass: HomeAssistant, sidecar: ScriptedSidecar) -> None:
    await _discover(hass, host="127.0.0.1", port=sidecar.port, token=TOKEN)
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "manual"})
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN})
    await hass.async_block_till_done()
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert hass.config_entries.flow.async_progress() == []
    await hass.config_entries.async_unload(done["result"].entry_id)


async def test_a_discovery_updates_the_address_of_an_entry(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    hass.config_entries.async_update_entry(entry, data={CONF_URL: "http://127.0.0.1:1", CONF_TOKEN: "an old one"})
    done = await _discover(hass, host="127.0.0.1", port=sidecar.port, token=TOKEN)
    await hass.async_block_till_done()
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data == {CONF_URL: sidecar.url, CONF_TOKEN: TOKEN}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"token": "another"}, "invalid_auth"),
        ({"port": 1}, "cannot_connect"),
        ({"host": "no host at all"}, "cannot_connect"),
        ({"port": None}, "cannot_connect"),
    ],
)
async def test_an_app_that_cannot_be_connected_to_is_not_offered(
    hass: HomeAssistant, sidecar: ScriptedSidecar, changes: dict[str, Any], reason: str
) -> None:
    done = await _discover(hass, **({"host": "127.0.0.1", "port": sidecar.port, "token": TOKEN} | changes))
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, reason)
