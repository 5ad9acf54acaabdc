"""What the entities of a home share, so that they need not know the hub."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant

from .client import BridgeClient, BridgeConnection
from .issues import Issues
from .model import Picture


@dataclass(slots=True)
class Counters:
    """Counts for diagnostics."""

    frames: int = 0
    states: int = 0
    events: int = 0
    malformed: int = 0
    unknown_entities: int = 0
    wrong_values: int = 0
    commands: int = 0
    failed_commands: int = 0
    connects: int = 0


@dataclass(slots=True)
class HomeContext:
    """The shared state of one home. The hub sets it; registrar and entities add their entity ids and counts."""

    hass: HomeAssistant
    bridge_id: str
    issues: Issues
    counters: Counters = field(default_factory=Counters)
    #: Where pictures are fetched.
    client: BridgeClient | None = None
    #: The newest pictures, by wire id.
    pictures: dict[str, Picture] = field(default_factory=dict)
    #: The connection to the sidecar, while there is one.
    connection: BridgeConnection | None = None
    #: The sidecar's own links, such as `{"nats": "up"}`.
    links: dict[str, Any] = field(default_factory=dict)
    #: Whether entities may be available: a snapshot is complete and NATS is up.
    available: bool = False
    #: The entity ids of this home. The reporter does not publish their changes.
    own_entity_ids: set[str] = field(default_factory=set)

    def unique_id(self, wire_id: str) -> str:
        """Return the unique id of a device `{type}.{id}` or an entity `{type}.{id}.{key}`. It never changes."""
        return f"{self.bridge_id}.{wire_id}"
