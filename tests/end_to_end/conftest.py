"""One home a release; each test brings devices of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
import shutil

import pytest

from support.browser import ARTIFACTS, Browser
from support.home import RELEASES, Home, Release


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests of a home to the same process, which runs them one after the other."""
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            release = item.callspec.params.get("running_home")
            if release is not None:
                item.add_marker(pytest.mark.xdist_group(str(release)))


@pytest.fixture(scope="session", params=RELEASES, ids=str)
async def running_home(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Home]:
    """A running home, set up: one for each release, in which every test has devices of its own."""
    release: Release = request.param
    folder = tmp_path_factory.mktemp("home")
    failed_before = request.session.testsfailed
    try:
        async with Home(folder, release) as running:
            yield running
    finally:
        keep_logs(folder, f"home-{release}", request.session.testsfailed > failed_before)


@pytest.fixture
async def home(running_home: Home, request: pytest.FixtureRequest) -> AsyncIterator[Home]:
    """The running home. A test that fails with parts of it killed leaves them whole for the next one."""
    failed_before = request.session.testsfailed
    yield running_home
    if request.session.testsfailed > failed_before:
        await running_home.mend()


def keep_logs(folder: Path, name: str, failed: bool) -> None:
    """Copy the logs to the artefacts of a failed run."""
    if not failed:
        return
    target = ARTIFACTS.parent / "logs" / name
    target.mkdir(parents=True, exist_ok=True)
    for log in [*folder.glob("*.log"), *folder.glob("*/*.log")]:
        shutil.copy(log, target / "-".join(log.relative_to(folder).parts))


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
