"""Nothing that a device sends is run by Home Assistant: no pattern, no template, no format string."""

import contextlib
from typing import Any

import pytest

from real_home.socket_client import CallError
from support.attacker import Json
from support.world import World

#: Python's `re` would need longer than the age of the universe for these with the value beside them.
PATTERNS = {
    r"(a+)+\Z": "a" * 40 + "\n",
    r"^(\d+)+$": "1" * 40 + "x",
    r"(.*a){20}$": "a" * 60,
    r"(?:(?:\d?){30}){8}x": "1" * 250,
}
#: Jinja2, `str.format`, `%`, `string.Template`, ICU messages and the frontend's own templates.
TEMPLATE = "{{ 7 * 191 }} {% if true %}{name}{{0.__class__}} %s %(name)s ${name} [[[ return 7 ]]] {n, plural, other {1337}}"
#: JSON that some parsers refuse, or that a parser's own writer refuses.
HARD_TO_WRITE: list[bytes] = [
    b'{"state": "on", "a": 1e999}',
    b'{"state": "on", "a": ' + b"9" * 5000 + b"}",
    b'{"state": "on", "a": "\\ud800"}',
    b'{"state": "on", "\\udfff": 1}',
    b'{"state": "on", "a": ' + b"[" * 300 + b"]" * 300 + b"}",
    b'{"state": "on", "a": NaN}',
    b'{"state": "on", "a": "\xed\xa0\x80"}',
    b'{"state": "on", "a": "\\u0000"}',
]


@pytest.mark.parametrize("pattern", PATTERNS)
async def test_a_pattern_does_not_stop_home_assistant(world: World, pattern: str) -> None:
    async with await world.evil() as evil:
        reply = await evil.announce(
            {"key": "text", "platform": "text", "name": "Text", "pattern": pattern},
            {"key": "lock", "platform": "lock", "name": "Lock", "code_format": pattern},
            {"key": "good", "platform": "switch", "name": "Good"},
        )
        # The sidecar can match it without backtracking, or else it is an error at its path.
        refused = {error["path"] for error in reply.get("errors", [])}
        assert refused in (set(), {"entities[0].pattern", "entities[1].code_format"}), reply
        await evil.state("text", PATTERNS[pattern])
        await evil.state("lock", "locked")
        await evil.state("good", "on")
        await world.shows("lamp.evil.good", "on", seconds=10)
        if refused:
            return
        text, lock = await world.entity("lamp.evil.text"), await world.entity("lamp.evil.lock")
        client = await world.client()
        states = await client.states()
        assert states[text]["attributes"]["pattern"] is None
        assert states[lock]["attributes"]["code_format"] == "^.+$"
        # What a person types is matched by the sidecar, whatever comes of it.
        with contextlib.suppress(CallError):
            await client.act("text", "set_value", text, value=PATTERNS[pattern])
        with contextlib.suppress(CallError):
            await client.act("lock", "unlock", lock, code="1" * 40 + "x")
        await world.is_well()


async def test_a_template_stays_a_text_wherever_it_stands(world: World) -> None:
    entities: list[Json] = [
        {"key": "main", "platform": "switch", "name": TEMPLATE},
        {"key": "text", "platform": "sensor", "name": "Text", "attribution": TEMPLATE},
        {"key": "unit", "platform": "sensor", "name": "Unit", "unit_of_measurement": "{{ 7 * 191 }}"},
        {"key": "choice", "platform": "select", "name": "Choice", "options": [TEMPLATE, "%s"]},
        {"key": "bell", "platform": "event", "name": "Bell", "event_types": [TEMPLATE]},
    ]
    fields = dict.fromkeys(("name", "manufacturer", "model", "sw_version", "serial_number", "suggested_area"), TEMPLATE)
    triggers = [{"type": TEMPLATE, "subtype": TEMPLATE, "key": "bell", "event_type": TEMPLATE}]
    async with await world.evil("lamp.template") as evil:
        reply = await evil.announce(*entities, **fields, triggers=triggers)
        assert not reply.get("errors"), reply
        refusal: Any = {"ok": False, "error": {"code": "BUSY", "message": TEMPLATE}}
        evil.answer = lambda message: evil.publish(message.reply, refusal)
        await evil.state("text", {"state": TEMPLATE, "note": TEMPLATE})
        await evil.state("unit", 5)
        await evil.state("choice", TEMPLATE)
        await evil.state("main", "on")
        await world.shows("lamp.template.main", "on", friendly_name=f"{TEMPLATE} {TEMPLATE}")
        await world.shows("lamp.template.text", TEMPLATE, note=TEMPLATE, attribution=TEMPLATE)
        await world.shows("lamp.template.unit", "5", unit_of_measurement="{{ 7 * 191 }}")
        await world.shows("lamp.template.choice", TEMPLATE, options=[TEMPLATE, "%s"])
        number = world.next_number()
        await evil.publish(f"{evil.subject}.event.bell", {"event_type": TEMPLATE, "note": TEMPLATE, "number": number})
        await world.shows_event("lamp.template.bell", number, event_type=TEMPLATE, note=TEMPLATE)
        client = await world.client()
        with pytest.raises(CallError) as refused:
            await client.act("switch", "turn_off", await world.entity("lamp.template.main"))
        assert TEMPLATE in str(refused.value)


@pytest.mark.parametrize("payload", HARD_TO_WRITE, ids=range(len(HARD_TO_WRITE)))
async def test_a_state_that_cannot_be_written_as_json_hides_no_other(world: World, payload: bytes) -> None:
    async with await world.evil() as evil:
        await evil.announce({"key": "a", "platform": "switch", "name": "A"}, {"key": "b", "platform": "switch", "name": "B"})
        await evil.publish(f"{evil.subject}.state.a", payload)
        await evil.publish(f"{evil.subject}.state", b'{"a": ' + payload + b"}")
        await evil.state("b", "on")
        # Each look at the states is one frame with all of them.
        await world.shows("lamp.evil.b", "on")
