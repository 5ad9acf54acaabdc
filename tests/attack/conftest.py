"""One home a release, with a victim in it; each test brings attackers of its own."""

from collections.abc import AsyncIterator

import pytest

from real_home.home import RELEASES, Home, Release
from real_home.testing import group_by_home, with_logs
from support.world import World

#: Streams of this size fill up in seconds.
STORAGE = "1GiB"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests of a home to the same process."""
    group_by_home(items, "running_home")


@pytest.fixture(scope="session", params=RELEASES, ids=str)
async def running_home(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A home with a server of its own, a real Home Assistant, and a victim: one for each release."""
    release: Release = request.param
    home = Home(tmp_path_factory.mktemp("home"), release, "--storage-max-bytes", STORAGE)
    async with with_logs(home, f"attack-{release}", request.session), World(home) as world:
        yield world


@pytest.fixture
async def world(running_home: World) -> AsyncIterator[World]:
    """The home. After each attack its victim is as it was."""
    yield running_home
    await running_home.is_well()
