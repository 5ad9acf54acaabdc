"""Looks for the sidecar in a network of its own, as Home Assistant's zeroconf does. Run by test_zeroconf.py.

usage: browse.py FOLDER SIDECAR NATS_SERVER. Prints JSON: what was found, and whether it said goodbye.
"""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys
from threading import Event
from typing import override

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

KIND = "_hanatsbridge._tcp.local."
ADDRESS = "192.0.2.1"


class Seen(ServiceListener):
    """What was seen."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.names: list[str] = []
        self.added = Event()
        self.removed = Event()

    @override
    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.names.append(name)
        self.added.set()

    @override
    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Nothing that the test asks for."""

    @override
    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.removed.set()


def main() -> None:
    """Browse."""
    folder, sidecar, server = sys.argv[1:]
    for line in (
        "link set lo up",
        "link add lan0 type veth peer name lan1",
        f"addr add {ADDRESS}/24 dev lan0",
        "link set lan0 up",
        "link set lan1 up",
    ):
        subprocess.run(["ip", *line.split()], check=True)
    with Path(folder, "sidecar.log").open("wb") as log:
        arguments = ["run", "--data", f"{folder}/data", "--listen", "0.0.0.0:8129", "--nats-server", server]
        with subprocess.Popen([sidecar, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
            try:
                print(json.dumps(browse(process)))
            finally:
                process.terminate()


def browse(process: subprocess.Popen[bytes]) -> dict[str, object]:
    """Find the sidecar by its announcement, then by a question, then end it."""
    early, late = Seen(), Seen()
    with Zeroconf(interfaces=[ADDRESS]) as zeroconf:
        ServiceBrowser(zeroconf, KIND, early)
        assert early.added.wait(60), "nothing was announced"
    with Zeroconf(interfaces=[ADDRESS]) as zeroconf:
        ServiceBrowser(zeroconf, KIND, late)
        assert late.added.wait(30), "no answer to a question"
        info = zeroconf.get_service_info(KIND, late.names[0], timeout=10_000)
        assert info is not None, "no records"
        process.terminate()
        assert process.wait(30) == 0, "the sidecar failed"
        goodbye = late.removed.wait(20)
    return {
        "names": sorted({*early.names, *late.names}),
        "host": info.server,
        "addresses": info.parsed_addresses(),
        "port": info.port,
        "properties": {key.decode(): (value or b"").decode() for key, value in info.properties.items()},
        "goodbye": goodbye,
    }


if __name__ == "__main__":
    main()
