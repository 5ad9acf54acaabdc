"""What the benchmark asks of each way into Home Assistant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any


@dataclass(frozen=True)
class Load:
    """How many sensors stand behind how many devices."""

    devices: int
    entities: int

    @property
    def total(self) -> int:
        """All sensors."""
        return self.devices * self.entities


@dataclass(frozen=True)
class HassNeeds:
    """What a Home Assistant must be given for a contender."""

    configuration: dict[str, Any]
    """Merged into configuration.yaml."""

    components: Sequence[Path]
    """Custom components to link."""

    flow: tuple[str, Sequence[dict[str, Any]]] | None
    """The config flow's handler and the input of its steps."""


def memory_of(pid: int) -> dict[str, int]:
    """RssAnon and VmRSS of a process, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: int(found[1]) * 1024 for name in ("RssAnon", "VmRSS") if (found := re.search(rf"{name}:\s+(\d+) kB", status))}


class Contender(ABC):
    """A way into Home Assistant: sensors `d{n} e{m}` that show whole numbers, and one switch `relay` that does as it is told."""

    name: str
    match: str = "bench_d"
    """What the entity ids of all its sensors contain."""

    def __init__(self, folder: Path, load: Load) -> None:
        self.folder = folder
        self.load = load

    @abstractmethod
    async def start(self) -> HassNeeds:
        """Starts the servers that it needs; Home Assistant starts afterwards."""

    @abstractmethod
    async def announce(self) -> None:
        """Makes the devices known and gives every sensor the value 0 (Home Assistant runs)."""

    async def after_restart(self) -> None:  # noqa: B027 - most need nothing
        """Home Assistant was restarted: whatever only this contender has to do then."""

    platforms: Sequence[str] = ()
    """The platforms that `announce_platform` knows."""

    async def announce_platform(self, platform: str, devices: int, entities: int) -> None:
        """Makes devices with entities of one platform known; their entity ids contain `bench_{platform}_d`."""
        raise NotImplementedError

    @abstractmethod
    async def publish(self, device: int, entity: int, value: int) -> None:
        """Publishes one value, and has it on its way when it returns."""

    @abstractmethod
    async def flood(self, rounds: int) -> None:
        """Publishes the values 1…rounds to every sensor, round after round, as fast as the wire takes them."""

    @abstractmethod
    async def stop(self) -> None:
        """Stops its servers."""

    def memory(self) -> dict[str, int]:
        """Resident anonymous and whole memory of its own process in bytes, where it has one beside Home Assistant."""
        return {}
