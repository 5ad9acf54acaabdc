"""How the integration and the sidecar introduce themselves (contract/protocol.md, "Hello")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from .const import SCHEMA
from .errors import CannotConnect, UnsupportedVersion


@dataclass(frozen=True, slots=True)
class Identity:
    """How this client identifies itself in Hello."""

    version: str
    platform_version: str
    instance: str
    #: The requests that it answers.
    capabilities: frozenset[str] = frozenset()

    def as_argument(self) -> dict[str, Any]:
        """Return Hello's argument."""
        return {
            "name": "home_assistant",
            "version": self.version,
            "platform_version": self.platform_version,
            "schema": SCHEMA,
            "instance": self.instance,
            "capabilities": sorted(self.capabilities),
        }


@dataclass(frozen=True, slots=True)
class Hello:
    """The sidecar's answer to Hello."""

    bridge_id: str
    version: str
    epoch: str
    capabilities: frozenset[str]
    links: dict[str, Any]

    @classmethod
    def from_result(cls, result: Any) -> Self:
        """Read Hello's result; raises UnsupportedVersion or CannotConnect."""
        try:
            lowest, highest = int(result["schema"]["min"]), int(result["schema"]["max"])
            hello = cls(
                bridge_id=str(result["bridge_id"]),
                version=str(result["server"]["version"]),
                epoch=str(result["epoch"]),
                capabilities=frozenset(map(str, result.get("capabilities", ()))),
                links=dict(result.get("links") or {}),
            )
        except (KeyError, TypeError, ValueError) as err:
            raise CannotConnect(f"Hello's result is invalid: {err!r}") from err
        if not lowest <= SCHEMA <= highest:
            raise UnsupportedVersion(f"the sidecar speaks schema {lowest} to {highest}, this integration {SCHEMA}")
        return hello
