"""Names and limits that more than one file of the integration needs."""

from __future__ import annotations

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "nats_bridge"

#: The schema of the local protocol that this integration speaks (contract/protocol.md).
SCHEMA: Final = 1

#: Where the sidecar listens unless it is told otherwise.
DEFAULT_URL: Final = "http://127.0.0.1:8129"

#: The platforms that a description may name. Others are skipped: a newer sidecar may know more.
PLATFORMS: Final = frozenset(
    {
        Platform.BINARY_SENSOR,
        Platform.BUTTON,
        Platform.CLIMATE,
        Platform.COVER,
        Platform.EVENT,
        Platform.LIGHT,
        Platform.LOCK,
        Platform.NUMBER,
        Platform.SELECT,
        Platform.SENSOR,
        Platform.SWITCH,
        Platform.TEXT,
    }
)

#: Home Assistant adds no more enabled entities than this to one config entry.
MAX_ENTITIES: Final = 10_000

#: Seconds for which a lost connection is bridged before the entities become unavailable: a sidecar restarts faster.
GRACE: Final = 5.0

#: Seconds in which a set-up without stored descriptions must hear the whole home.
CONNECT_TIMEOUT: Final = 10.0

#: Seconds that a set-up with stored descriptions waits for the states, so that entities start with the right one.
SNAPSHOT_TIMEOUT: Final = 2.5

#: Seconds that a command may take when the entity's description says nothing else (contract.md, "Command").
COMMAND_TIMEOUT: Final = 5.0

#: Options: whether Home Assistant's own state changes are published on NATS, and of which entities (globs of entity ids).
CONF_REPORT: Final = "report"
CONF_INCLUDE: Final = "include"
CONF_EXCLUDE: Final = "exclude"
