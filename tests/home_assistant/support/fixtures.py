"""The golden files of the platforms, which the tests of every language read (contract/README.md, "Fixtures")."""

from __future__ import annotations

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "contract" / "fixtures" / "platforms"
PLATFORMS = sorted(path.name for path in FOLDER.iterdir())


def read(platform: str, kind: str) -> dict[str, Any]:
    """Return one file of a platform."""
    found: dict[str, Any] = json.loads((FOLDER / platform / f"{kind}.json").read_text(encoding="utf-8"))
    return found


def _cases(kind: str) -> Iterator[Any]:
    for platform in PLATFORMS:
        for case in read(platform, "home_assistant").get(kind, ()):
            yield pytest.param(case, id=f"{platform}-{case['about'].replace(' ', '_')}")


def cases(kind: str) -> pytest.MarkDecorator:
    """Parametrize a test with the cases of one kind of all platforms, as `case`."""
    return pytest.mark.parametrize("case", _cases(kind))


def examples() -> dict[str, dict[str, Any]]:
    """Return the example of each platform."""
    return {platform: read(platform, "example") for platform in PLATFORMS}
