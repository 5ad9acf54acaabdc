"""Names and limits that several modules use."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "nats_bridge"

#: The schema of the local protocol that this integration speaks (contract/protocol.md).
SCHEMA: Final = 1

#: Where a sidecar on the same machine listens by default.
DEFAULT_URL: Final = "http://127.0.0.1:8129"

#: The platforms that have a module here. Entities of other platforms are skipped: a newer sidecar may know more.
PLATFORMS: Final = frozenset(platform for platform in Platform if Path(__file__).with_name(f"{platform}.py").is_file())

#: Home Assistant adds at most this many enabled entities to one config entry.
MAX_ENTITIES: Final = 10_000

#: Seconds after a lost connection until the entities become unavailable. A restart of the sidecar takes less.
GRACE: Final = 5.0

#: Seconds to wait for the first snapshot when no descriptions are stored.
CONNECT_TIMEOUT: Final = 10.0

#: Seconds to wait for the first snapshot when descriptions are stored, so that entities start with their current state.
SNAPSHOT_TIMEOUT: Final = 2.5

#: Default seconds until a device must have answered a command (docs/devices.md, "Commands").
COMMAND_TIMEOUT: Final = 5.0

#: The number of entities from which on a repair says what to do, so that it comes in time.
MANY_ENTITIES: Final = 9_000

#: Option: patterns of the devices of an entry; none: all that no other entry of the bridge takes.
CONF_DEVICES: Final = "devices"

#: Options: whether Home Assistant's own state changes are published on NATS, and of which entities (globs of entity ids).
CONF_REPORT: Final = "report"
CONF_INCLUDE: Final = "include"
CONF_EXCLUDE: Final = "exclude"

#: Events of Home Assistant's bus: a trigger of a device has fired; an action on an entity has failed.
EVENT_TRIGGER: Final = f"{DOMAIN}_event"
EVENT_ACTION_FAILED: Final = f"{DOMAIN}_action_failed"

#: Options, and capabilities in Hello: whether NATS clients may call actions and read states.
ACTIONS: Final = "actions"
STATES: Final = "states"
