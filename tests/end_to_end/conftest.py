"""One home a release; each test brings devices of its own."""

from collections.abc import AsyncIterator

import pytest

from real_home.home import RELEASES, Home, Release
from real_home.testing import group_by_home, with_logs
from support.browser import Browser


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests of a home to the same process."""
    group_by_home(items, "running_home")


@pytest.fixture(scope="session", params=RELEASES, ids=str)
async def running_home(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Home]:
    """A running home, set up: one for each release, in which every test has devices of its own."""
    release: Release = request.param
    home = Home(tmp_path_factory.mktemp("home"), release)
    async with with_logs(home, f"home-{release}", request.session) as running:
        yield running


@pytest.fixture
async def home(running_home: Home, request: pytest.FixtureRequest) -> AsyncIterator[Home]:
    """The running home. A test that fails with parts of it killed leaves them whole for the next one."""
    failed_before = request.session.testsfailed
    yield running_home
    if request.session.testsfailed > failed_before:
        await running_home.mend()


@pytest.fixture
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """A browser with an empty page."""
    async with Browser(picture_name(request)) as running:
        yield running


@pytest.fixture(scope="module")
async def logged_in(running_home: Home) -> AsyncIterator[Browser]:
    """A browser in which a person has logged in: to start one for each test takes longer than the tests."""
    async with Browser("login") as running:
        await running.log_in(running_home.home_assistant)
        yield running


@pytest.fixture
def page(logged_in: Browser, request: pytest.FixtureRequest) -> Browser:
    """The logged-in browser. Every test opens a page of its own in it."""
    logged_in.name = picture_name(request)
    return logged_in


def picture_name(request: pytest.FixtureRequest) -> str:
    """What the pictures of a test are named after."""
    name: str = request.node.name
    return name.removeprefix("test_").replace("[", "-").replace("]", "")
