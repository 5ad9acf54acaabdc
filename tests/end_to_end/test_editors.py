"""What a person saves in Home Assistant's editors works in the home that ./bridge sets up."""

from real_home.device import Device, switch_lamp
from real_home.home import Home
from real_home.home_assistant import HomeAssistant
from real_home.socket_client import SocketClient
from real_home.waiting import until
from support.browser import Browser
from support.pictures import take_pictures


def actions(lamp: Device) -> list[str]:
    return [command["action"] for command in lamp.executed]


async def shown(client: SocketClient, entity_id: str) -> bool:
    """Whether it has a state."""
    return entity_id in await client.states()


async def save(home_assistant: HomeAssistant, kind: str, number: str, content: dict[str, object]) -> None:
    """Save as the editor of `automation`, `script` or `scene` does."""
    assert await home_assistant.api("POST", f"config/{kind}/config/{number}", content) == {"result": "ok"}


async def test_automations_scripts_and_scenes_that_are_saved_in_the_editor_run(home: Home) -> None:
    async with await home.connect() as client, switch_lamp(home.nats_url, "edited") as lamp:
        switch = await home.entity(client, "lamp.edited.lamp")
        level = await home.entity(client, "lamp.edited.level")
        await home.shows(client, level, "0")

        await save(
            home.home_assistant,
            "automation",
            "1700000000001",
            {
                "alias": "Bright",
                "triggers": [{"trigger": "numeric_state", "entity_id": level, "above": 5}],
                "actions": [{"action": "switch.turn_on", "target": {"entity_id": switch}}],
            },
        )
        await home.shows(client, "automation.bright", "on")
        await lamp.tell_one("level", 7)
        await until("the automation has run", lambda: actions(lamp) == ["turn_on"])
        await home.shows(client, switch, "on")

        off = {"action": "switch.turn_off", "target": {"entity_id": switch}}
        await save(home.home_assistant, "script", "good_night", {"alias": "Good night", "sequence": [off]})
        await home.shows(client, "script.good_night", "off")
        await client.act("script", "turn_on", "script.good_night")
        await until("the script has run", lambda: actions(lamp) == ["turn_on", "turn_off"])

        await home.shows(client, switch, "off")
        await save(home.home_assistant, "scene", "1700000000002", {"name": "Evening", "entities": {switch: {"state": "on"}}})
        await until("the scene is there", lambda: shown(client, "scene.evening"))
        await client.act("scene", "turn_on", "scene.evening")
        await until("the scene is set", lambda: actions(lamp) == ["turn_on", "turn_off", "turn_on"])


async def test_automations_speak_with_programs_on_nats_and_the_editor_names_their_parts(home: Home, page: Browser) -> None:
    async with await home.connect() as client, switch_lamp(home.nats_url, "gardener") as lamp:
        switch = await home.entity(client, "lamp.gardener.lamp")
        level = await home.entity(client, "lamp.gardener.level")
        await home.shows(client, level, "0")
        message = {"trigger": "nats_bridge.message_received", "options": {"subject": "garden.*.level"}}
        rains = {
            "condition": "nats_bridge.last_message",
            "options": {"subject": "weather.roof", "member": "rain", "value": "true"},
        }
        await save(
            home.home_assistant,
            "automation",
            "1700000000003",
            {
                "alias": "Overflow",
                "triggers": [message],
                "conditions": [rains, "{{ trigger.payload_json.percent > 90 and trigger.tokens == ['well'] }}"],
                "actions": [{"action": "switch.turn_on", "target": {"entity_id": switch}}],
            },
        )
        level_message = {"subject": "garden.well.level", "payload": f"{{\"percent\": {{{{ states('{level}') }}}}}}"}
        await save(
            home.home_assistant,
            "automation",
            "1700000000004",
            {
                "alias": "Well",
                "triggers": [{"trigger": "numeric_state", "entity_id": level, "above": 90}],
                "actions": [{"action": "nats_bridge.publish", "data": level_message}],
            },
        )
        await home.shows(client, "automation.overflow", "on")
        await home.shows(client, "automation.well", "on")

        async def it_rains() -> bool:
            answer = await client.call("test_condition", condition=rains)
            return answer["result"] is True

        rain = {"subject": "weather.roof", "payload": {"rain": True}}
        await client.call("call_service", domain="nats_bridge", service="publish", service_data=rain)
        await until("the condition knows that it rains", it_rains)
        await lamp.tell_one("level", 95)
        await until("the message has switched the lamp on", lambda: actions(lamp) == ["turn_on"])

        await page.do("open", url=f"{home.home_assistant.url}/config/automation/edit/1700000000003")
        await page.do("wait", selector="ha-automation-trigger", text="NATS message received")
        await page.do("wait", selector="ha-automation-condition", text="Last NATS message")
        await page.screenshot("automation")
        await take_pictures(home, page, "automation")
        await page.do("open", url=f"{home.home_assistant.url}/config/automation/edit/1700000000004")
        await page.do("wait", selector="ha-automation-action", text="Publish a message")
        await page.screenshot("actions")
