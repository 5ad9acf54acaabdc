"""Codes and passwords that devices, people and programs use stand in no artefact of a run."""

import contextlib
from pathlib import Path
import re
import secrets

import aiohttp
from nats.aio.msg import Msg

from real_home.socket_client import CallError
from real_home.waiting import until
from support.attacker import Json
from support.world import World

ENTITIES: list[Json] = [
    {"key": "door", "platform": "lock", "name": "Door", "supported_features": ["open"]},
    {"key": "strict", "platform": "lock", "name": "Strict", "code_format": r"^\d{4}$"},
    {"key": "note", "platform": "text", "name": "Note", "mode": "password", "max": 60, "pattern": "^plain-"},
    {"key": "wifi_password", "platform": "text", "name": "Wifi", "max": 60},
    {"key": "level", "platform": "number", "name": "Level", "min": 0, "max": 9},
    {"key": "done", "platform": "switch", "name": "Done"},
]
#: Attributes whose value is a secret.
NAMES = ["pin", "wifi_password", "api_key", "access_token", "client_secret"]


class Planted:
    """Secrets, each of which can be found again and says where it was planted."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def __getitem__(self, where: str) -> str:
        return self._values.setdefault(where, f"plain-{secrets.token_hex(8)}")

    def found_in(self, text: str) -> list[str]:
        """Where those were planted that stand in a text."""
        return [where for where, value in self._values.items() if value in text]


async def play(world: World, planted: Planted) -> None:
    """Use every secret, as is right and as is wrong."""
    async with await world.evil("lamp.safe") as safe:
        url = f"http://user:{planted['user of an url']}@192.0.2.1/?token={planted['token of an url']}"
        await safe.announce(*ENTITIES, configuration_url=url)
        # Refused as a whole, and in part.
        wrong: Json = {
            "key": "bad",
            "platform": "toaster",
            "password": planted["announcement"],
            "api_key": planted["unknown field"],
        }
        assert (await safe.announce(*ENTITIES, wrong, configuration_url=url))["errors"]
        await safe.publish(f"home.discovery.announce.{safe.identity}", {"schema": 1, "password": planted["refused announcement"]})

        async def refuse(message: Msg) -> None:
            error = {"code": "BUSY", "message": f"not {message.data.decode()}"}
            await safe.publish(message.reply, {"ok": False, "error": error})

        client = await world.client()
        door, strict = await world.entity("lamp.safe.door"), await world.entity("lamp.safe.strict")
        note, wifi = await world.entity("lamp.safe.note"), await world.entity("lamp.safe.wifi_password")
        for answer, kind in ((safe.answer, "done"), (refuse, "refused")):
            safe.answer = answer
            for service in ("lock", "unlock", "open"):
                with contextlib.suppress(CallError):
                    await client.act("lock", service, door, code=planted[f"{service}, {kind}"])
            with contextlib.suppress(CallError):
                await client.act("lock", "unlock", strict, code=planted[f"code that does not fit, {kind}"])
            for entity in (note, wifi):
                with contextlib.suppress(CallError):
                    await client.act("text", "set_value", entity, value=planted[f"{entity}, {kind}"])
        await safe.state("note", planted["state"])
        await safe.state("note", "wrong" + planted["state that does not fit"])
        await safe.state("note", {"state": planted["state with attributes"], "a": 1})
        await safe.state("wifi_password", planted["state of a secret's name"] * 9)
        attributes = {name: planted[f"attribute {name}"] for name in NAMES}
        await safe.state("level", {"state": planted["wrong number"] and "a lot", **attributes})
        await safe.state("level", attributes | {"deep": attributes, "list": [attributes]})
        await safe.publish(f"{safe.subject}.health", {"status": "online", "rssi": "x", **attributes})
        await safe.publish(f"{safe.subject}.event.door", attributes)
        await safe.publish(f"{safe.subject}.state", {"level": attributes, "undeclared": attributes})
        await safe.state("done", "on")
        await world.shows("lamp.safe.done", "on")


async def artefacts(world: World) -> dict[str, str]:
    """Everything of a run that somebody reads, keeps or sends to somebody else."""
    home, found = world.home, dict[str, str]()
    logs = [home.folder / "sidecar.log", *(home.data / "log").iterdir(), *(home.data / "nats").glob("*.log*")]
    for file in [*logs, *home.home_assistant.folder.glob("*.log*")]:
        found[file.name] = file.read_text(encoding="utf-8", errors="replace")
    headers = {"Authorization": f"Bearer {home.sidecar.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for path in ("/api/health", "/metrics", "/"):
            async with session.get(f"{home.sidecar.url}{path}") as answer:
                found[path] = await answer.text()
    for stream in ("HOME_AUDIT", "HOME_DLQ"):
        found[stream] = "\n".join(await world.owner.all_of(stream))
    entry = await home.home_assistant.entry()
    assert entry is not None
    found["diagnostics"] = str(await home.home_assistant.api("GET", f"diagnostics/config_entry/{entry['entry_id']}"))
    client = await world.client()
    for device in await client.call("config/device_registry/list"):
        if entry["entry_id"] in device["config_entries"]:
            path = f"diagnostics/config_entry/{entry['entry_id']}/device/{device['id']}"
            found[f"diagnostics of {device['name']}"] = str(await home.home_assistant.api("GET", path))
    found["repairs"] = str(await client.call("repairs/list_issues"))
    found["doctor"] = await home.bridge("doctor", "--listen", home.sidecar.url.removeprefix("http://"))
    found["devices"] = await home.bridge("device", "list") + await home.bridge("gateway", "list")
    return found


async def test_no_artefact_of_a_run_has_a_secret(world: World) -> None:
    planted = Planted()
    await play(world, planted)
    await until("the audit is written", lambda: _audited(world), 20)
    found = await artefacts(world)
    assert "set_value" in found["HOME_AUDIT"]
    assert "***" in found["HOME_AUDIT"]
    assert {name: where for name, text in found.items() if (where := planted.found_in(text))} == {}


async def test_no_artefact_of_a_run_has_a_credential_of_the_home(world: World) -> None:
    nats = world.home.data / "nats"
    passwords = (nats / "secrets").read_text(encoding="ascii").split()[:2]
    seeds = [login["nkeys_seed_str"] for login in world.logins]
    found = await artefacts(world)
    for secret in (world.home.sidecar.token, *passwords, *seeds):
        assert [name for name, text in found.items() if secret in text] == []
    assert not _readable_by_others(world.home.data)


async def _audited(world: World) -> bool:
    return len(re.findall('"set_value"', "".join(await world.owner.all_of("HOME_AUDIT")))) >= 4


def _readable_by_others(folder: Path) -> list[Path]:
    """What is not its owner's alone; what is in such a folder is protected by it."""
    return [path for path in (folder, folder / "token") if path.stat().st_mode & 0o077]
