"""What a translation lacks."""

from __future__ import annotations

from collections.abc import Iterator
import re
from typing import Any


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Return the texts of a translation, each with its path."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, str(tree)


def placeholders(text: str) -> set[str]:
    """Return the placeholders of a text."""
    return set(re.findall(r"{(\w+)}", text))


def gaps(english: Any, other: Any) -> list[str]:
    """Return what is wrong with a translation, one line each; nothing if it is complete."""
    wanted, texts = dict(leaves(english)), dict(leaves(other))
    found = []
    for path, text in wanted.items():
        if path not in texts:
            found.append(f"{path} is missing: {text}")
        elif not texts[path].strip():
            found.append(f"{path} is empty")
        elif placeholders(texts[path]) != placeholders(text):
            names = ", ".join(f"{{{name}}}" for name in sorted(placeholders(text))) or "none"
            found.append(f"{path}: the placeholders are {names}")
    return found + [f"{path} is no text of the integration" for path in texts.keys() - wanted.keys()]
