"""Ports for servers, which keep them over a kill and a restart."""

import fcntl
import functools
import os
import secrets
import socket

# Below the ports that the system gives to outgoing connections: a server that is killed finds its port again, because no client
# that tries to reach it meanwhile gets that very port as its own end. Other suites of tests use the ports above these.
LOWEST = 10_000
HIGHEST = 12_999

_given: set[int] = set()


def free_port(preferred: int | None = None) -> int:
    """A port of the loopback interface that nobody uses: the preferred one, else a random one, which no other call gives again.

    That holds for all of a user's processes for as long as they live: some time goes by before a server listens on its port.
    OSError if there is none.
    """
    if preferred is not None and _is_free(preferred):
        _given.add(preferred)
        _claim(preferred)
        return preferred
    for _ in range(1000):
        port = LOWEST + secrets.randbelow(HIGHEST + 1 - LOWEST)
        if port not in _given and _is_free(port) and _claim(port):
            _given.add(port)
            return port
    raise OSError(f"no free port between {LOWEST} and {HIGHEST}")


@functools.cache
def _claims() -> int:
    """The file on which each process locks one byte for each of its ports; the locks go with the process."""
    # Not in $TMPDIR, which is different for each suite of tests.
    return os.open(f"/tmp/hanatsbridge-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT, 0o600)


def _claim(port: int) -> bool:
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except BlockingIOError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: what is left of a killed one's connections does not keep its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
