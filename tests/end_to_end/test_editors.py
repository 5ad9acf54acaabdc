"""What a person saves in Home Assistant's editors works in the home that ./bridge sets up."""

from real_home.device import Device, switch_lamp
from real_home.home import Home
from real_home.home_assistant import HomeAssistant
from real_home.socket_client import SocketClient
from real_home.waiting import until


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
