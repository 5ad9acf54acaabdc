"""What the suites of tests with a whole home share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import shutil

import pytest

from .home import Home

ARTIFACTS = Path(os.environ.get("BRIDGE_ARTIFACTS", "artifacts")).resolve()


def group_by_home(items: list[pytest.Item], fixture: str) -> None:
    """Give all tests with the same parameter of a fixture to one process, which runs them one after the other."""
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            release = item.callspec.params.get(fixture)
            if release is not None:
                item.add_marker(pytest.mark.xdist_group(str(release)))


@asynccontextmanager
async def with_logs(home: Home, name: str, session: pytest.Session) -> AsyncIterator[Home]:
    """Run a home; when a test fails meanwhile, copy its logs to the artefacts."""
    failed_before = session.testsfailed
    try:
        async with home as running:
            yield running
    finally:
        if session.testsfailed > failed_before:
            _copy_logs(home.folder, ARTIFACTS / "logs" / name)


def _copy_logs(folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for log in [*folder.glob("*.log"), *folder.glob("*/*.log")]:
        shutil.copy(log, target / "-".join(log.relative_to(folder).parts))
