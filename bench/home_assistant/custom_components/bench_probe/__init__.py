"""Looks at Home Assistant from inside while a contender works: when states are right, and how long the loop stood still.

One and the same probe sits beside every contender, so what it costs, each pays. It answers four WebSocket commands:

``bench_probe/arm {match, count, value}`` and ``bench_probe/wait {timeout}``
    wait answers when `count` entities whose id contains `match` show `value`, with ``{"at": monotonic seconds, "work": seconds of
    the loop's processor time since armed, "written": state changes of matching entities since armed, "right": entities that are
    right}``. Without a value every state is right.
``bench_probe/entities {match}``
    how many matching entities have a state that is neither unknown nor unavailable.
``bench_probe/block {}``
    ``{"longest_without_gc": seconds, "longest_work": seconds, "longest_collection": seconds}`` since the last call: how long the
    loop stood still at most, garbage collections aside, how long it worked in one piece, and how long one collection took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import contextlib
import os
from pathlib import Path
import time
from typing import Any

import probatio as vol

from homeassistant.components import websocket_api
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant, callback

from .meter import BlockMeter

DOMAIN = "bench_probe"


class Expectation:
    """Waits until enough entities show the value; counts what was written on the way."""

    def __init__(self, match: str, count: int, value: str | None) -> None:
        self._match = match
        self._count = count
        self._value = value
        self._began = time.thread_time()
        self.right: set[str] = set()
        self.written = 0
        self.work = 0.0
        self.done = asyncio.Event()
        self.at = 0.0

    @callback
    def on_state(self, event: Event[Any]) -> None:
        """Takes one state change."""
        entity_id = event.data["entity_id"]
        if self._match not in entity_id or (state := event.data["new_state"]) is None:
            return
        self.written += 1
        if self._value is None or state.state == self._value:
            self.right.add(entity_id)
            if len(self.right) >= self._count and not self.at:
                self.at = time.monotonic()
                self.work = time.thread_time() - self._began
                self.done.set()
        else:
            self.right.discard(entity_id)


class Probe:
    """The meter, and the expectation that is armed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        stacks = os.environ.get("BENCH_STACKS")
        self.meter = BlockMeter(loop, Path(stacks) if stacks else None)
        self.expectation: Expectation | None = None
        self.disarm: Callable[[], None] | None = None


@websocket_api.websocket_command(
    {
        vol.Required("type"): "bench_probe/arm",
        vol.Required("match"): str,
        vol.Required("count"): int,
        vol.Optional("value"): str,
    }
)
@callback
def ws_arm(hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]) -> None:
    """Arms the probe."""
    probe: Probe = hass.data[DOMAIN]
    probe.expectation = Expectation(msg["match"], msg["count"], msg.get("value"))
    probe.disarm = hass.bus.async_listen(EVENT_STATE_CHANGED, probe.expectation.on_state)
    connection.send_result(msg["id"])


@websocket_api.websocket_command({vol.Required("type"): "bench_probe/wait", vol.Required("timeout"): vol.Coerce(float)})
@websocket_api.async_response
async def ws_wait(hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]) -> None:
    """Answers when what was armed has come, or is too late; disarms."""
    probe: Probe = hass.data[DOMAIN]
    assert probe.expectation is not None
    assert probe.disarm is not None
    expectation = probe.expectation
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(msg["timeout"]):
            await expectation.done.wait()
    probe.disarm()
    connection.send_result(
        msg["id"],
        {
            "at": expectation.at or None,
            "work": expectation.work,
            "written": expectation.written,
            "right": len(expectation.right),
        },
    )


@websocket_api.websocket_command({vol.Required("type"): "bench_probe/entities", vol.Required("match"): str})
@callback
def ws_entities(hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]) -> None:
    """Counts the matching entities that have a state."""
    count = sum(
        1
        for state in hass.states.async_all()
        if msg["match"] in state.entity_id and state.state not in (STATE_UNKNOWN, STATE_UNAVAILABLE)
    )
    connection.send_result(msg["id"], {"count": count, "at": time.monotonic()})


@websocket_api.websocket_command({vol.Required("type"): "bench_probe/block"})
@callback
def ws_block(hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]) -> None:
    """Returns the longest block since the last call."""
    connection.send_result(msg["id"], hass.data[DOMAIN].meter.take())


async def async_setup(hass: HomeAssistant, config: dict[str, Any]) -> bool:
    """Starts the meter and registers the commands."""
    hass.data[DOMAIN] = Probe(hass.loop)
    for command in (ws_arm, ws_wait, ws_entities, ws_block):
        websocket_api.async_register_command(hass, command)
    return True
