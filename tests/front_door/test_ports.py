"""Where the servers of a home of tests listen, which are killed and come back."""

import os
from pathlib import Path
import secrets
import socket
import subprocess
import sys

import pytest

from real_home.ports import HIGHEST, LOWEST, free_port

SCRIPTS = Path(__file__).parents[2] / "scripts"


def test_a_port_is_of_the_range_and_never_given_twice() -> None:
    given = [free_port() for _ in range(200)]
    assert all(LOWEST <= port <= HIGHEST for port in given)
    assert len(set(given)) == len(given)


def test_the_preferred_port_is_given_again_and_again_while_nobody_listens_there() -> None:
    preferred = free_port()
    assert [free_port(preferred) for _ in range(3)] == [preferred] * 3
    with socket.create_server(("127.0.0.1", preferred)):
        assert free_port(preferred) != preferred
    assert free_port(preferred) == preferred


def test_a_port_whose_server_was_killed_with_its_connections_open_counts_as_free() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(("127.0.0.1", port)) as client:
        server.accept()[0].close()
        assert client.recv(1) == b""
    assert free_port(port) == port


def test_two_processes_are_never_given_one_port(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "from real_home.ports import free_port; print(free_port(), flush=True); input()"
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, env=environment) as other:
        assert other.stdout is not None
        taken = int(other.stdout.readline())
        drawn = [taken - LOWEST] * 3
        draw = secrets.randbelow
        monkeypatch.setattr(secrets, "randbelow", lambda limit: drawn.pop() if drawn else draw(limit))
        assert free_port() != taken
        assert drawn == []
        other.communicate(b"\n", timeout=30)
