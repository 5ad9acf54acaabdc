"""The form in which a person connects Home Assistant to the sidecar."""

from typing import Any

import pytest

from real_home.device import switch_lamp
from real_home.home import Home
from real_home.ports import free_port
from real_home.waiting import until


async def submit(home: Home, url: str, token: str) -> dict[str, Any]:
    """Fill in the form of the integration, and leave the form behind."""
    api = home.home_assistant.api
    step = await api("POST", "config/config_entries/flow", {"handler": "nats_bridge"})
    assert step["type"] == "form"
    assert step["step_id"] == "user"
    answer: dict[str, Any] = await api("POST", f"config/config_entries/flow/{step['flow_id']}", {"url": url, "token": token})
    if answer["type"] == "form":
        await api("DELETE", f"config/config_entries/flow/{step['flow_id']}")
    return answer


@pytest.mark.parametrize(
    ("url", "token", "error"),
    [
        (None, "wrong-token-of-some-length", {"base": "invalid_auth"}),
        ("nobody", None, {"base": "cannot_connect"}),
        ("this is no address", None, {"url": "invalid_url"}),
    ],
    ids=["token", "address", "text"],
)
async def test_what_is_wrong_is_said_at_once(home: Home, url: str | None, token: str | None, error: dict[str, str]) -> None:
    if url == "nobody":
        url = f"http://127.0.0.1:{free_port()}"
    answer = await submit(home, url or home.sidecar.url, token or home.sidecar.token)
    assert answer["type"] == "form"
    assert answer["errors"] == error


async def test_the_same_bridge_is_set_up_again_only_for_a_part_of_its_devices(home: Home) -> None:
    answer = await submit(home, home.sidecar.url, home.sidecar.token)
    assert (answer["type"], answer["step_id"]) == ("form", "part")


async def test_a_new_token_is_asked_for_and_everything_goes_on(home: Home) -> None:
    async with switch_lamp(home.nats_url, "token", when_offline="assumed") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.token.lamp")
        await home.shows(client, switch, "off")
        before = await client.entity_ids()

        await home.sidecar.process.stop()
        home.sidecar.token_file.unlink()
        await home.sidecar.start()

        async def asked() -> dict[str, Any] | None:
            flows = await client.call("config_entries/flow/progress")
            return next(
                (flow for flow in flows if flow["handler"] == "nats_bridge" and flow["context"]["source"] == "reauth"), None
            )

        flow = await until("Home Assistant asks for the new token", asked, 30)
        path = f"config/config_entries/flow/{flow['flow_id']}"
        wrong = await home.home_assistant.api("POST", path, {"token": "wrong-token-of-some-length"})
        assert wrong["errors"] == {"base": "invalid_auth"}
        answer = await home.home_assistant.api("POST", path, {"token": home.sidecar.token})
        assert answer["reason"] == "reauth_successful"

        await until("the lamp is connected again", lambda: lamp.connected, 20)
        await lamp.tell(lamp="on")
        await home.shows(client, switch, "on")
        after = await client.entity_ids()
        assert {unique_id: after.get(unique_id) for unique_id in before} == before


async def test_the_entry_can_be_reloaded_and_pointed_at_the_same_bridge_anew(home: Home) -> None:
    async with switch_lamp(home.nats_url, "reload") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.reload.lamp")
        await lamp.tell(lamp="on")
        await home.shows(client, switch, "on")
        entry = await home.home_assistant.entry()
        assert entry is not None
        await home.home_assistant.api("POST", f"config/config_entries/entry/{entry['entry_id']}/reload")
        await home.shows(client, switch, "on")
        await home.home_assistant.set_up_bridge(home.sidecar.url, home.sidecar.token)
        await home.shows(client, switch, "on")
