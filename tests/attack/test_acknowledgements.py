"""A device names whatever reply subject it likes: the server writes no acknowledgement there, and the sidecar no reply."""

import json
from typing import Any

from nats.aio.msg import Msg
import pytest

from support.attacker import Attacker, Json
from support.owner import Owner
from support.subjects import BUCKETS, KEYS, STREAMS, VICTIM, words
from support.world import MARKER, World

ALL_STREAMS = [*STREAMS, *(f"KV_{bucket}" for bucket in BUCKETS)]
#: What carries out an empty, or almost any, request.
API = words("STREAM.PURGE STREAM.DELETE STREAM.LEADER.STEPDOWN STREAM.MSG.DELETE STREAM.SNAPSHOT STREAM.UPDATE CONSUMER.CREATE")
REPLIES = [
    *(f"$JS.API.{verb}.{stream}" for verb in API for stream in ALL_STREAMS),
    *(f"$KV.{key}" for key in KEYS),
    *(f"{VICTIM}.{leaf}" for leaf in words("state state.lamp state.door event.bell past.level image.x health set config")),
    *(
        f"home.discovery.{leaf}"
        for leaf in words("announce announce.lamp.victim remove remove.lamp.victim request devices announced")
    ),
    *words("home.discovery.available.lamp.victim home.discovery.rejected home.audit.commands.lamp.victim home.dlq.x"),
    *words("home.events.state_changed.switch.x home.events.system.stop home.leadership.availability.x"),
    *words("$SYS.REQ.SERVER.PING $JS.ACK.HOME_TELEMETRY.x.1.1.1.1.1 $O.x _INBOX.~bridge.x.y _INBOX.x _INBOX.lamp.victim.x"),
]
#: Where only a purge removes the first message within the time of a test.
PURGED_WHERE_IT_BEGINS = words("HOME_TELEMETRY HOME_DEVICE_EVENTS HOME_EVENTS HOME_AUDIT KV_home_devices KV_home_bridge")
LAST = {
    "HOME_STATE": [f"{VICTIM}.{leaf}" for leaf in words("state state.lamp state.door health")],
    "HOME_IMAGES": [f"{VICTIM}.image.x"],
    "HOME_DEVICE_EVENTS": [f"{VICTIM}.event.bell", f"{VICTIM}.past.level"],
    "KV_home_devices": ["$KV.home_devices.lamp.victim"],
    "KV_home_bridge": ["$KV.home_bridge.bridge_id"],
}
#: Everything that a device may publish.
OWN = words("state state.a event.bell past.a image.a health")
HEADERS: list[dict[str, str]] = [
    {"Nats-Rollup": "all"},
    {"Nats-Rollup": "sub"},
    {"Nats-Expected-Stream": "KV_home_devices"},
    {"Nats-Expected-Last-Sequence": "1"},
    {"Nats-Expected-Last-Msg-Id": "x"},
    {"Nats-TTL": "1"},
    {"Nats-Marker-Reason": "Purge"},
    {"Nats-Incr": "+1"},
    {"Nats-Batch-Id": "a", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1"},
    {"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": f"{VICTIM}.state"},
    {"Nats-Stream-Source": "HOME_TELEMETRY 999999999 > > home.devices.lamp.victim.state"},
    {"Nats-Sequence": "1", "Nats-Subject": f"{VICTIM}.state", "Nats-Stream": "HOME_STATE"},
    {"KV-Operation": "PURGE"},
    {"Status": "503", "Description": "No Responders"},
    {"Bridge-Removed": "1"},
]


async def announced(evil: Attacker) -> None:
    """The attacker's device, with something for each subject."""
    entities: list[Json] = [
        {"key": "a", "platform": "switch", "name": "A"},
        {"key": "bell", "platform": "event", "name": "Bell", "event_types": ["ring"]},
        MARKER,
    ]
    await evil.announce(*entities)


async def victim_in(owner: Owner) -> dict[str, Any]:
    """All that the streams and buckets have of the victim, and how they are set."""
    found: dict[str, Any] = {}
    streams = await owner.streams()
    assert set(ALL_STREAMS) <= set(streams)
    for name, stream in streams.items():
        found[name] = stream["config"]
    for name in PURGED_WHERE_IT_BEGINS:
        found[f"{name} begins"] = max(streams[name]["state"]["first_seq"], 1)
    for holder, subjects in LAST.items():
        for subject in subjects:
            found[subject] = await owner.last(holder, subject)
    return found


async def test_no_reply_subject_changes_anything_of_others(world: World) -> None:
    heard: set[str] = set()

    async def hear(message: Msg) -> None:
        if b'"stream":' in message.data or b'"error"' in message.data or b'"ok"' in message.data:
            heard.add(message.subject)

    async with await world.evil() as evil, Owner(world.home) as ear:
        await announced(evil)
        for subject in ("$JS.API.>", "$KV.>", "home.>", "_INBOX.>", "$O.>"):
            await ear.subscribe(subject, hear)
        await ear.flush()
        before = await victim_in(world.owner)
        for leaf in OWN:
            for reply in REPLIES:
                await evil.publish(f"{evil.subject}.{leaf}", b"{}" if leaf == "state" else b"on", reply=reply)
        for reply in REPLIES:
            for leaf in ("announce", "remove"):
                await evil.publish(f"home.discovery.{leaf}.lamp.evil", {"type": "lamp", "id": "other"}, reply=reply)
        await announced(evil)
        await world.marked(evil)
        await ear.flush()
        assert await victim_in(world.owner) == before
    # The sidecar replies into inboxes of devices only, and publishes there what it cannot reply.
    assert heard & set(REPLIES) <= {"home.discovery.rejected", "_INBOX.x", "_INBOX.lamp.victim.x"}


async def test_twelve_replies_do_not_push_a_device_out_of_the_registry(world: World) -> None:
    async with await world.evil() as evil:
        await announced(evil)
        for _ in range(12):
            for key in KEYS:
                await evil.publish(f"{evil.subject}.state.a", b"on", reply=f"$KV.{key}")
        await world.marked(evil)
    devices = (await world.owner.request("home.discovery.devices", {}))["devices"]
    assert "victim" in {device["id"] for device in devices}
    last = await world.owner.last("KV_home_devices", "$KV.home_devices.lamp.victim")
    assert last is not None
    assert json.loads(last)["id"] == "victim"


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: next(iter(headers)))
async def test_no_header_is_an_order_to_the_server(world: World, headers: dict[str, str]) -> None:
    async with await world.evil() as evil:
        await announced(evil)
        before, counts = await victim_in(world.owner), await world.counts()
        for leaf in OWN:
            await evil.publish(f"{evil.subject}.{leaf}", b"{}" if leaf == "state" else b"on", headers=headers)
        await world.marked(evil)
        after = await world.counts()
        assert await victim_in(world.owner) == before
        assert {name: counts[name] - after[name] for name in counts if counts[name] - after[name] > 0} == {}


async def test_no_stream_that_devices_write_to_acknowledges(world: World) -> None:
    streams = await world.owner.streams()
    for name, stream in streams.items():
        written_by_devices = any(".devices." in subject for subject in stream["config"].get("subjects", []))
        assert stream["config"].get("no_ack", False) is written_by_devices or not written_by_devices, name
        if written_by_devices:
            assert not stream["config"].get("allow_rollup_hdrs", False), name
            assert not any(subject.startswith("home.events") for subject in stream["config"]["subjects"]), name


async def test_the_log_of_the_sidecar_is_not_flooded(world: World) -> None:
    before = len(world.log_lines())
    async with await world.evil() as evil:
        await announced(evil)
        for number in range(2_000):
            await evil.publish(f"{evil.subject}.state.a", b"{", reply=f"$KV.home_devices.lamp.victim{number}")
            await evil.publish(f"{evil.subject}.state.nothing{number % 50}", b"\xff")
            await evil.publish(f"{evil.subject}.event.bell", b"nothing", reply="home.discovery.announce.lamp.evil")
            await evil.publish(f"{evil.subject}.health", b"{")
            await evil.publish("home.discovery.announce.lamp.evil", b"{", reply="$KV.home_leases.availability")
            await evil.publish("home.discovery.remove.lamp.evil", b"{")
        await world.marked(evil)
        await announced(evil)
    assert len(world.log_lines()) - before < 100
