"""To-do lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, override

from homeassistant.components.todo import TodoItem, TodoItemStatus, TodoListEntity, TodoListEntityFeature
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import NULL, BridgeEntity
from .fields import moment, moment_or_day
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known to-do lists; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.TODO, BridgeTodoList, async_add_entities)


def _item(one: dict[str, Any]) -> TodoItem:
    due, completed = one.get("due"), one.get("completed")
    return TodoItem(
        uid=str(one["uid"]),
        summary=str(one["summary"]),
        status=TodoItemStatus(one["status"]),
        due=None if due is None else moment_or_day(due),
        description=one.get("description"),
        completed=None if completed is None else moment(completed),
    )


def _due(due: date | datetime | None) -> dict[str, Any]:
    """Return the parameter for a time or a day."""
    if due is None:
        return {}
    return {"due_datetime" if isinstance(due, datetime) else "due_date": due.isoformat()}


class BridgeTodoList(BridgeEntity, TodoListEntity):
    """A to-do list. The device publishes it as a whole; Home Assistant counts the open items."""

    FEATURES = TodoListEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", "items"})

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        items = attributes.get("items")
        self._attr_todo_items = None if items is None else [_item(one) for one in items]

    @override
    async def async_create_todo_item(self, item: TodoItem) -> None:
        """Add an item."""
        await self._command("add_item", item=item.summary, description=item.description, **_due(item.due))

    @override
    async def async_update_todo_item(self, item: TodoItem) -> None:
        """Change an item: the status is always sent, anything else when it differs."""
        before = next((one for one in self.todo_items or () if one.uid == item.uid), TodoItem())
        params: dict[str, Any] = {}
        if item.summary != before.summary:
            params["rename"] = item.summary
        if item.description != before.description:
            params["description"] = NULL if item.description is None else item.description
        if item.due != before.due:
            params |= self._cleared(before.due) if item.due is None else _due(item.due)
        await self._command("update_item", item=item.uid, status=item.status and str(item.status), **params)

    def _cleared(self, due: date | datetime | None) -> dict[str, Any]:
        """Return the parameter that clears such a time or day. A list that takes one kind may have items with the other."""
        features = TodoListEntityFeature(self.supported_features or 0)
        has_days = TodoListEntityFeature.SET_DUE_DATE_ON_ITEM in features
        has_times = TodoListEntityFeature.SET_DUE_DATETIME_ON_ITEM in features
        return {"due_datetime" if has_times and (isinstance(due, datetime) or not has_days) else "due_date": NULL}

    @override
    async def async_delete_todo_items(self, uids: list[str]) -> None:
        """Remove items."""
        await self._command("remove_item", item=uids)

    @override
    async def async_move_todo_item(self, uid: str, previous_uid: str | None = None) -> None:
        """Move an item behind another one, or to the top."""
        await self._command("move_item", uid=uid, previous_uid=previous_uid)
