"""How the fields of a description become attributes of an entity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import IntFlag, StrEnum
import re
from typing import Any, Final, NamedTuple

from homeassistant.util import dt as dt_util

#: As the default of a field: without the field, Home Assistant's own default applies.
HA_DEFAULT: Final = object()


class Field(NamedTuple):
    """One field of a description and the attribute that it sets."""

    wire: str
    attribute: str
    convert: Callable[[Any], Any]
    default: Any = None
    #: The feature that an entity has with this field.
    implies: IntFlag | None = None


def member_of[E: StrEnum](enum: type[E]) -> Callable[[Any], E | None]:
    """Return a conversion to a member of an enum. A value that this Home Assistant does not have becomes None."""

    def convert(value: Any) -> E | None:
        try:
            return enum(value)
        except ValueError:
            return None

    return convert


def features_of[F: IntFlag](enum: type[F], names: Any) -> F:
    """Return the flags with these names, given in lower case. Unknown names are left out."""
    flags = enum(0)
    for name in names if isinstance(names, list) else ():
        if (flag := enum.__members__.get(str(name).upper())) is not None:
            flags |= flag
    return flags


def texts(value: Any) -> list[str]:
    """Return a list of texts."""
    return [str(item) for item in value]


#: The code formats that Home Assistant may match: it does so in its event loop, with a backtracking engine. The sidecar checks a
#: device's own pattern without backtracking, so no other one needs to come here.
_CODE_FORMATS: Final = re.compile(r"\^(\.|\\d|\[0-9\])(\+|\{\d{1,2}(,\d{0,2})?\})\$")


def code_format(value: Any) -> str:
    """Return a simple code format as it is, and `^.+$` (any text) for every other one."""
    return str(value) if _CODE_FORMATS.fullmatch(str(value)) else "^.+$"


def moment(value: Any) -> datetime:
    """Return a time with offset, in the home's zone. Raises ValueError for anything else."""
    found = dt_util.parse_datetime(str(value), raise_on_error=True)
    if found.tzinfo is None:
        raise ValueError(f"{value} has no offset")
    return dt_util.as_local(found)


def moment_or_day(value: Any) -> datetime | date:
    """Return a time with offset, in the home's zone, or a day (`YYYY-MM-DD`). Raises ValueError for anything else."""
    return date.fromisoformat(value) if isinstance(value, str) and len(value) == len("YYYY-MM-DD") else moment(value)
