"""Devices that answer late, twice, never or with rubbish, and that send what nobody can understand: their neighbours go on."""

import json
from typing import Any

import pytest

from real_home.device import switch_lamp
from real_home.home import Home
from real_home.socket_client import CallError
from real_home.waiting import until


async def test_a_device_that_never_answers_is_a_clear_error_when_its_time_is_over(home: Home) -> None:
    async with switch_lamp(home.nats_url, "never", name="Silent lamp") as lamp, await home.connect() as client:
        lamp.description["entities"][0]["command_timeout"] = 1
        await lamp.announce()
        lamp.replies = []
        switch = await home.entity(client, "lamp.never.lamp")
        await home.shows(client, switch, "off")
        with pytest.raises(CallError, match="Silent lamp"):
            await client.act("switch", "turn_on", switch)
        assert len(lamp.executed) == 1
        await home.shows(client, switch, "off")


async def test_of_two_answers_the_first_counts(home: Home) -> None:
    async with switch_lamp(home.nats_url, "twice") as lamp, await home.connect() as client:
        lamp.replies = [b'{"ok": true}', b'{"ok": false, "error": {"code": "BUSY", "message": "no"}}']
        switch = await home.entity(client, "lamp.twice.lamp")
        await home.shows(client, switch, "off")
        await client.act("switch", "turn_on", switch)
        await client.act("switch", "turn_on", switch)
        assert len(lamp.executed) == 2


@pytest.mark.parametrize("reply", [b'{"stream": "HOME", "seq": 7}', b"\xff\xfe", b"[]", b'{"ok": "yes"}', b'{"ok": false}'])
async def test_an_answer_that_is_rubbish_is_an_error(home: Home, reply: bytes) -> None:
    async with switch_lamp(home.nats_url, "rubbish") as lamp, await home.connect() as client:
        lamp.replies = [reply]
        switch = await home.entity(client, "lamp.rubbish.lamp")
        await home.shows(client, switch, "off")
        with pytest.raises(CallError):
            await client.act("switch", "turn_on", switch)


async def test_a_wrong_value_makes_one_entity_unknown_and_no_other(home: Home) -> None:
    async with switch_lamp(home.nats_url, "wrong") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.wrong.lamp")
        power = await home.entity(client, "lamp.wrong.power")
        await lamp.tell(lamp="on", power=5.0)
        await home.shows(client, power, "5.0")
        await lamp.tell(power="a lot")
        await home.shows(client, power, "unknown")
        await home.shows(client, switch, "on")
        await lamp.tell(power=6.0)
        await home.shows(client, power, "6.0")


async def test_hostile_announcements_are_refused_with_a_path_and_the_neighbour_lives(home: Home) -> None:
    async with switch_lamp(home.nats_url, "neighbour") as lamp, await home.connect() as client:
        switch = await home.entity(client, "lamp.neighbour.lamp")

        async def announce(announcement: Any) -> dict[str, Any]:
            payload = announcement if isinstance(announcement, bytes) else json.dumps(announcement).encode()
            return await lamp.request("home.discovery.announce", payload)

        entity = {"key": "a", "platform": "switch"}
        for hostile in (
            b"",
            b"\x00\xff",
            b"{" * 10_000,
            {},
            {"schema": 99, "type": "lamp", "id": "x", "entities": [entity]},
            {"schema": 1, "type": "lamp", "id": "../x", "entities": [entity]},
            {"schema": 1, "type": "lamp", "id": "*", "entities": [entity]},
            {"schema": 1, "type": "lamp", "id": "x" * 65, "entities": [entity]},
            {"schema": 1, "type": "lamp", "id": "x", "name": "X", "entities": [entity] * 1001},
        ):
            reply = await announce(hostile)
            assert reply["ok"] is False, hostile
            assert all({"path", "code", "message"} <= error.keys() for error in reply["errors"]), reply

        half = [{"key": "a", "platform": "switch"}, {"key": "b", "platform": "toaster"}, {"key": "c", "platform": "select"}]
        reply = await announce({"schema": 1, "type": "lamp", "id": "half", "name": "Half", "entities": half})
        assert reply["ok"] is True
        assert reply["accepted"] == 1
        assert {error["path"].split(".")[0] for error in reply["errors"]} == {"entities[1]", "entities[2]"}
        await home.entity(client, "lamp.half.a")

        await lamp.tell(lamp="on")
        await home.shows(client, switch, "on")


async def test_hostile_states_leave_everything_else_as_it_is(home: Home) -> None:
    async with (
        switch_lamp(home.nats_url, "noisy") as noisy,
        switch_lamp(home.nats_url, "quiet") as quiet,
        await home.connect() as client,
    ):
        switch = await home.entity(client, "lamp.quiet.lamp")
        noise = await home.entity(client, "lamp.noisy.lamp")
        await home.shows(client, noise, "off")
        for payload in (
            b"\xff\xfe",
            b"{",
            b"[" * 5000,
            b'{"lamp": {"state": {"state": "on"}}}',
            b'{"lamp": "' + b"x" * 100_000 + b'"}',
        ):
            await noisy.publish_bytes("state", payload)
            await noisy.publish_bytes("state.lamp", payload)
            await noisy.publish_bytes("health", payload)
        await quiet.tell(lamp="on")
        await home.shows(client, switch, "on")
        await noisy.tell(lamp="on")
        await home.shows(client, noise, "on")


async def test_two_devices_with_one_id_are_told_to_the_person(home: Home) -> None:
    async with switch_lamp(home.nats_url, "twin"), await home.connect() as client:
        await home.entity(client, "lamp.twin.lamp")
        async with switch_lamp(home.nats_url, "twin") as second:

            async def told() -> bool:
                issues = (await client.call("repairs/list_issues"))["issues"]
                return any(issue["domain"] == "nats_bridge" and "lamp.twin" in json.dumps(issue) for issue in issues)

            # Only when both have been connected for 30 s: after a power cut the old connection is slow to end.
            await until("a repair names both", told, 60)
            switch = await home.entity(client, "lamp.twin.lamp")
            await second.tell(lamp="on")
            await home.shows(client, switch, "on")


async def test_an_event_arrives_once(home: Home) -> None:
    async with switch_lamp(home.nats_url, "bell") as bell, await home.connect() as client:
        bell.description["entities"] = [{"key": "ring", "platform": "event", "device_class": "doorbell", "event_types": ["ring"]}]
        bell.state = {}
        await bell.announce()
        event = await home.entity(client, "lamp.bell.ring")
        rings: list[str] = []

        def heard(change: dict[str, Any]) -> None:
            state = change["data"]["new_state"]
            if change["data"]["entity_id"] == event and state and state["attributes"].get("event_type") == "ring":
                rings.append(state["state"])

        await client.subscribe(heard, "subscribe_events", event_type="state_changed")
        for number in range(3):
            await bell.publish("event.ring", {"event_type": "ring", "number": number})
        await until("the bell was heard", lambda: len(rings) >= 3)
        # What is published later comes later: once the next state is there, nothing of before is on its way.
        await bell.publish("event.ring", {"event_type": "ring", "number": 3})
        await until("the bell was heard again", lambda: len(rings) >= 4)
        assert len(rings) == len(set(rings)) == 4
