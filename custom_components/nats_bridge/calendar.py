"""Calendars."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
import logging
from typing import Any, Final, override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityFeature, CalendarEvent
from homeassistant.components.calendar.const import CalendarEntityStateAttribute, CalendarEventStatus
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import Field, moment_or_day
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0

_LOGGER = logging.getLogger(__name__)

#: Home Assistant checks each event, which takes a while: so many of them before others have a turn.
_AT_ONCE: Final = 50

#: How long a day is, as text, and the beginning of a time.
_DAY: Final = len("YYYY-MM-DD")

#: Home Assistant's calendar shows no such events.
_CANCELLED: Final = "cancelled"


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known calendars; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.CALENDAR, BridgeCalendar, async_add_entities)


class BridgeCalendar(BridgeEntity, CalendarEntity):
    """A calendar. Its state is the current or next event; the others are asked for when somebody looks at them."""

    FEATURES = CalendarEntityFeature
    STATE_ATTRIBUTES = frozenset({"state", *CalendarEntityStateAttribute})
    FIELDS = (Field("initial_color", "_attr_initial_color", str),)

    _next: CalendarEvent | None = None

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return the current or next event."""
        return self._next

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._next = None
        if (start := attributes.get("start_time")) is None or (end := attributes.get("end_time")) is None:
            return
        days = attributes.get("all_day") is True
        try:
            self._next = CalendarEvent(
                start=_day(start) if days else moment_or_day(start),
                end=_day(end) if days else moment_or_day(end),
                summary=str(attributes.get("message", "")),
                description=attributes.get("description"),
                location=attributes.get("location"),
            )
        except HomeAssistantError as err:
            raise ValueError(str(err)) from err

    @override
    async def async_get_events(self, hass: HomeAssistant, start_date: datetime, end_date: datetime) -> list[CalendarEvent]:
        """Ask the device for the events of a time. What is no event is left out."""
        found = await self._ask(
            "events", "get_events", start_date_time=start_date.isoformat(), end_date_time=end_date.isoformat()
        )
        events: list[CalendarEvent] = []
        for number, one in enumerate(found):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            event = None if one.get("status") == _CANCELLED else self._event_of(one)
            if event is not None and _is_within(event, start_date, end_date):
                events.append(event)
        return events

    def _event_of(self, one: dict[str, Any]) -> CalendarEvent | None:
        # Home Assistant's checks, and the library that reads recurrence rules, raise errors of any kind.
        try:
            status = one.get("status")
            return CalendarEvent(
                start=moment_or_day(one["start"]),
                end=moment_or_day(one["end"]),
                summary=str(one["summary"]),
                description=one.get("description"),
                location=one.get("location"),
                uid=one.get("uid"),
                recurrence_id=one.get("recurrence_id"),
                rrule=one.get("rrule"),
                status=None if status is None else CalendarEventStatus(status),
            )
        except Exception as err:  # noqa: BLE001
            _LOGGER.debug("%s: an event is left out: %s", self.wire_id, self._reason(err))
            return None

    @override
    async def async_create_event(self, **kwargs: Any) -> None:
        """Add an event."""
        # Home Assistant's action adds an empty description.
        await self._change("create_event", **_params({name: value for name, value in kwargs.items() if value != ""}))

    @override
    async def async_update_event(
        self, uid: str, event: dict[str, Any], recurrence_id: str | None = None, recurrence_range: str | None = None
    ) -> None:
        """Change an event, or those of a series."""
        await self._change(
            "update_event", uid=uid, recurrence_id=recurrence_id, recurrence_range=recurrence_range or None, **_params(event)
        )

    @override
    async def async_delete_event(self, uid: str, recurrence_id: str | None = None, recurrence_range: str | None = None) -> None:
        """Remove an event, or those of a series."""
        await self._change("delete_event", uid=uid, recurrence_id=recurrence_id, recurrence_range=recurrence_range or None)

    async def _change(self, action: str, **params: Any) -> None:
        await self._command(action, **params)
        # Pages that show the calendar ask for its events again, also when another event is the next one.
        if self.added:
            self._write_state()


def _day(value: str) -> date:
    """Return the day of a time, as it is written there, or a day."""
    return date.fromisoformat(str(value)[:_DAY])


def _is_within(event: CalendarEvent, start: datetime, end: datetime) -> bool:
    begins = event.start_datetime_local
    return begins < end and (event.end_datetime_local > start or begins >= start)


def _params(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as parameters: with the names that Home Assistant's action has for the times."""
    suffix = "date_time" if isinstance(event["dtstart"], datetime) else "date"
    times = {f"start_{suffix}": event["dtstart"].isoformat(), f"end_{suffix}": event["dtend"].isoformat()}
    return {name: event.get(name) for name in ("description", "location", "rrule", "summary")} | times
