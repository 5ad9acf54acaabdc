"""A device on another machine: it verifies the nats-server by the home's own authority, and nothing is said in plain text."""

import asyncio
import os
from pathlib import Path
import re
import signal
import ssl

import nats
import nats.errors
import pytest

from real_home.device import switch_lamp
from real_home.home import BUILT_SIDECAR, RELEASES, Release
from real_home.ports import free_port
from real_home.sidecar import Sidecar

PROGRAM = Path(os.environ.get("BRIDGE_SIDECAR", BUILT_SIDECAR))


async def bridge(data: Path, *arguments: str) -> str:
    """What a command of the sidecar prints."""
    process = await asyncio.create_subprocess_exec(PROGRAM, *arguments, "--data", data, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.parametrize("release", RELEASES, ids=str)
async def test_beyond_loopback_a_device_connects_with_the_authority_that_is_printed(release: Release, tmp_path: Path) -> None:
    data, listen, port = tmp_path / "data", f"127.0.0.1:{free_port()}", free_port()
    settings = ["--data", str(data), "--listen", listen, "--nats-listen", f"0.0.0.0:{port}"]
    sidecar = Sidecar(PROGRAM, data, listen, [*settings, "--nats-server", str(release.nats_program)], tmp_path / "sidecar.log")
    await sidecar.start()
    try:
        text = await bridge(data, "device", "add", "lamp", "desk", "--password")
        assert "WARNING" not in text
        authority = re.search(r"^\s*CA\s+(\S+)", text, re.MULTILINE)
        password = re.search(r"^\s*password\s+(\S+)$", text, re.MULTILINE)
        assert authority, text
        assert password, text
        login = {"user": "lamp.desk", "password": password[1], "inbox_prefix": b"_INBOX.lamp.desk"}
        context = ssl.create_default_context(cafile=authority[1])
        context.verify_flags |= ssl.VERIFY_X509_STRICT

        lamp = switch_lamp(f"tls://localhost:{port}", "desk")
        lamp.credentials = {**login, "tls": context}
        async with lamp:
            assert (await lamp.announce())["ok"]

        # Who does not know the authority says nothing; who speaks plain text is not heard.
        for scheme, other in (("tls", ssl.create_default_context()), ("nats", None)):
            with pytest.raises((nats.errors.Error, OSError)):
                await nats.connect(
                    f"{scheme}://localhost:{port}",
                    allow_reconnect=False,
                    max_reconnect_attempts=0,
                    connect_timeout=3,
                    tls=other,
                    **login,
                )
    finally:
        await sidecar.process.stop(signal.SIGTERM, 30)
