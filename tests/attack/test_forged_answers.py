"""Nobody answers the command of another: the reply subject of a command is not guessable, and no right allows it."""

import asyncio
import json
import re

from nats.aio.msg import Msg
import pytest

from real_home.socket_client import CallError
from support.world import World

LAMP = {"key": "lamp", "platform": "switch", "name": "Lamp"}
FORGED = {"ok": False, "error": {"code": "BUSY", "message": "forged"}}
COUNT = 60


def neighbours(reply: str) -> list[str]:
    """What somebody who has seen one reply subject may take for the next ones."""
    head, _, last = reply.rpartition(".")
    number = int(re.sub(r"[^0-9a-f]", "", last.lower()) or "0", 16)
    near = [f"{number + step:x}".rjust(len(last), "0")[-len(last) :] for step in range(1, COUNT)]
    return [f"{head}.{guess}" for guess in (*near, *map(str, range(COUNT)), last[:-1] + "x")]


async def test_reply_subjects_have_nothing_in_common_but_the_inbox(world: World) -> None:
    async with await world.evil() as evil:
        await evil.announce(LAMP)
        client, lamp = await world.client(), await world.entity("lamp.evil.lamp")
        for _ in range(COUNT):
            await client.act("switch", "turn_on", lamp)
        tokens = [command.reply.rpartition(".")[2] for command in evil.commands]
    assert len(set(tokens)) == COUNT
    assert all(re.fullmatch(r"[0-9a-zA-Z]{20,}", token) for token in tokens)
    # A counter or a clock would leave most positions of the token as they were.
    same = [len(set(position)) for position in zip(*tokens, strict=True)]
    assert sum(count == 1 for count in same) <= 2, tokens


async def test_the_answers_to_later_commands_cannot_be_forged(world: World) -> None:
    async with await world.evil() as evil:
        await evil.announce(LAMP)
        client, own = await world.client(), await world.entity("lamp.evil.lamp")
        await client.act("switch", "turn_on", own)
        guesses = neighbours(evil.commands[-1].reply)
        switch = await world.entity("lamp.victim.lamp")

        async def spray() -> None:
            while True:
                for guess in guesses:
                    # Directly, and as the reply subject of what it may publish.
                    await evil.publish(guess, FORGED)
                    await evil.publish(f"{evil.subject}.state.lamp", "on", reply=guess)
                await evil.flush()

        spraying = asyncio.create_task(spray())
        try:
            for _ in range(COUNT):
                await client.act("switch", "turn_on", switch)
        finally:
            spraying.cancel()


async def test_a_second_answer_to_its_own_command_reaches_nobody(world: World) -> None:
    async with await world.evil() as evil:
        await evil.announce(LAMP)
        client, own = await world.client(), await world.entity("lamp.evil.lamp")
        replies: list[str] = []

        async def answer(message: Msg) -> None:
            # To each command it has ever got.
            replies.append(message.reply)
            for reply in replies:
                await evil.publish(reply, FORGED)

        evil.answer = answer
        with pytest.raises(CallError, match="forged"):
            await client.act("switch", "turn_on", own)
        switch = await world.entity("lamp.victim.lamp")
        for _ in range(10):
            with pytest.raises(CallError, match="forged"):
                await client.act("switch", "turn_on", own)
            await client.act("switch", "turn_on", switch)
        assert all(json.loads(command.data)["action"] == "turn_on" for command in evil.commands)
