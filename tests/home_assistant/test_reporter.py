"""Home Assistant's own events on their way to NATS."""

from __future__ import annotations

import asyncio
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from conftest import set_up
from support.home import device, entity, entity_id_of, until, until_state
from support.scripted import ScriptedSidecar, hello_result, snapshot

HOME = snapshot({"devices": [device("dev", "one", entity("x", "sensor"))]}, {"states": [["dev.one.x", 1]]})


def _reported(sidecar: ScriptedSidecar) -> list[Any]:
    return [item for _, batch in sidecar.reports for item in batch]


async def test_a_state_change_is_reported_completely(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.frames = HOME
    await set_up(hass, entry)
    context = Context(user_id="4f1c")
    hass.states.async_set("sun.sun", "below_horizon")
    hass.states.async_set("sun.sun", "above_horizon", {"elevation": 12.5}, context=context)
    hass.states.async_remove("sun.sun")
    await until(lambda: len(_reported(sidecar)) == 3)
    first, second, third = _reported(sidecar)
    assert first["previous"] is None
    assert second.pop("last_changed").startswith("20")
    assert second.pop("last_updated").startswith("20")
    assert second == {
        "type": "state_changed",
        "entity_id": "sun.sun",
        "state": "above_horizon",
        "attributes": {"elevation": 12.5},
        "previous": "below_horizon",
        "context": {"id": context.id, "parent_id": None, "user_id": "4f1c"},
    }
    assert (third["state"], third["previous"]) == (None, "above_horizon")


async def test_own_entities_are_never_reported(hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar) -> None:
    other = er.async_get(hass).async_get_or_create("sensor", "nats_bridge", "another1.dev.one.x")
    sidecar.frames = HOME
    await set_up(hass, entry)
    await sidecar.push({"t": "batch", "seq": 101, "states": [["dev.one.x", 2]]})
    await until_state(hass, "dev.one.x", "2")
    hass.states.async_set(other.entity_id, "5")
    er.async_get(hass).async_update_entity(entity_id_of(hass, "dev.one.x") or "", new_entity_id="sensor.renamed")
    await hass.async_block_till_done()
    await sidecar.push({"t": "batch", "seq": 102, "removed": ["dev.one"]})
    await until_state(hass, "dev.one.x", None)
    hass.states.async_set("sun.sun", "up")
    await until(lambda: _reported(sidecar))
    assert [item["entity_id"] for item in _reported(sidecar)] == ["sun.sun"]


async def test_start_and_stop_are_reported(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.reporter._STOP_TIMEOUT", 30)
    await set_up(hass, entry)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    [job] = hass._shutdown_jobs
    await job.job.target(*job.args)
    # It has been stored when the job is done, not at some time after it.
    assert entry.runtime_data.reporter.waiting == 0
    assert [(item["type"], item["event"]) for item in _reported(sidecar)] == [("system", "started"), ("system", "stopping")]


async def test_a_stop_does_not_wait_for_a_sidecar_that_is_not_there(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    await set_up(hass, entry)
    await sidecar.stop()
    await until(lambda: not entry.runtime_data.reporter._connected)
    [job] = hass._shutdown_jobs
    # Its first step is its last: it has nothing to wait for.
    with pytest.raises(StopIteration):
        job.job.target(*job.args).send(None)
    assert entry.runtime_data.reporter.waiting == 1


async def test_numbers_rise_without_gaps_over_lost_answers_and_reloads(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    lost = asyncio.Event()

    async def loses_the_answer(number: int, batch: list[Any]) -> Any:
        lost.set()
        asyncio.get_running_loop().create_task(sidecar.cut())

    ordinary, sidecar.on_report = sidecar.on_report, loses_the_answer
    await set_up(hass, entry)
    hass.states.async_set("sun.sun", "1")
    await lost.wait()
    hass.states.async_set("sun.sun", "2")
    sidecar.on_report = ordinary
    await until(lambda: [item["state"] for item in _reported(sidecar)][-1:] == ["2"])
    await until(lambda: entry.runtime_data.reporter.waiting == 0)
    await hass.config_entries.async_reload(entry.entry_id)
    hass.states.async_set("sun.sun", "3")
    await until(lambda: _reported(sidecar)[-1]["state"] == "3")
    reported: dict[int, str] = {}
    for first, batch in sidecar.reports:
        for offset, item in enumerate(batch):
            assert reported.setdefault(first + offset, item["state"]) == item["state"]
    assert reported == {1: "1", 2: "2", 3: "3"}
    assert len({hello["instance"] for hello in sidecar.hellos}) == 1


async def test_a_batch_that_was_not_stored_is_sent_again_unless_that_is_pointless(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Any] = [
        {"error": {"code": "NOT_STORED", "message": "try again", "retryable": True, "details": None}},
        {"error": {"code": "INVALID_VALUE", "message": "never", "retryable": False, "details": None}},
        {"stored": 2, "rejected": [{"number": 2, "message": "no"}]},
    ]

    async def answer(number: int, batch: list[Any]) -> Any:
        return answers.pop(0)

    sidecar.on_report = answer
    monkeypatch.setattr("custom_components.nats_bridge.reporter._FIRST_DELAY", 0.01)
    await set_up(hass, entry)
    hass.states.async_set("sun.sun", "1")
    await until(lambda: len(answers) == 1)
    hass.states.async_set("sun.sun", "2")
    await until(lambda: not answers)
    reporter = entry.runtime_data.reporter
    await until(lambda: reporter.waiting == 0)
    assert [number for number, _ in sidecar.reports] == [1, 1, 2]
    assert reporter.rejected == 2


async def test_a_full_queue_drops_and_counts(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.nats_bridge.reporter.LIMIT", 5)

    async def never(number: int, batch: list[Any]) -> Any:
        return None

    ordinary, sidecar.on_report = sidecar.on_report, never
    await set_up(hass, entry)
    for number in range(9):
        hass.states.async_set("sun.sun", str(number))
    reporter = entry.runtime_data.reporter
    assert (reporter.waiting, reporter.dropped) == (5, 4)
    sidecar.on_report = ordinary
    await sidecar.cut()
    await until(lambda: reporter.waiting == 0)


async def test_batches_stay_within_the_protocols_bounds(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    release = asyncio.Event()

    async def slow(number: int, batch: list[Any]) -> Any:
        await release.wait()
        return {"stored": number + len(batch) - 1}

    sidecar.on_report = slow
    await set_up(hass, entry)
    hass.states.async_set("a.first", "1")
    await until(lambda: sidecar.reports)
    for number in range(2500):
        hass.states.async_set("a.many", str(number))
    for number in range(5):
        hass.states.async_set("a.large", str(number), {"text": "x" * 400_000})
    hass.states.async_set("a.too_large", "1", {"text": "x" * 1_100_000})
    hass.states.async_set("a.no_json", "1", {"thing": object()})
    hass.states.async_set("a.last", "1")
    release.set()
    await until(lambda: entry.runtime_data.reporter.waiting == 0)
    sizes = [len(batch) for _, batch in sidecar.reports]
    assert max(sizes) <= 1000
    assert sum(sizes) == 1 + 2500 + 5 + 3
    items = _reported(sidecar)
    assert items[-1]["entity_id"] == "a.last"
    assert items.count(None) in (1, 2)


async def test_a_sidecar_without_the_capability_gets_no_reports(
    hass: HomeAssistant, entry: MockConfigEntry, sidecar: ScriptedSidecar
) -> None:
    sidecar.hello = hello_result(capabilities=["commands"])
    await set_up(hass, entry)
    hass.states.async_set("sun.sun", "1")
    await until(lambda: entry.runtime_data.reporter.waiting == 1)
    # Calls arrive in their order: a report would be there before this answer.
    await entry.runtime_data.home.connection.invoke("Diagnostics", None, timeout=5)
    assert sidecar.reports == []
