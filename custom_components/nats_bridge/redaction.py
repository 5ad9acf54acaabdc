"""Masks secrets in what people keep, copy or send. The sidecar has the same rules; contract/fixtures/redaction tests both."""

from __future__ import annotations

from collections.abc import Mapping
import re
from typing import Any, Final

MASK: Final = "***"

#: A name that contains one of these holds a secret. Its words are compared without what separates them.
_PARTS: Final = (
    "password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "pincode", "token", "secret", "credential",
    "apikey",
)  # fmt: skip
#: A name with one of these words holds a secret.
_WORDS: Final = frozenset({"pin", "pins", "pwd", "psk", "otp", "totp", "seed", "nkey", "jwt", "creds", "cookie", "authorization"})
#: A name that ends with `code` holds a secret, unless one of these words precedes it.
_OPEN_CODES: Final = frozenset(
    {
        "error", "err", "status", "state", "exit", "return", "result", "response", "reply", "reason", "fault", "failure",
        "diagnostic", "event", "country", "language", "lang", "currency", "region", "area", "zip", "postal", "weather",
        "condition", "color", "colour", "model", "product", "type", "version", "mode", "class",
    }
)  # fmt: skip
#: Words such as `doorcode` are two words.
_SECRET_CODES: Final = frozenset(
    {
        "access", "admin", "alarm", "arm", "disarm", "door", "entry", "gate", "guest", "lock", "master", "security", "unlock",
        "user",
    }
)  # fmt: skip
#: A name that ends with `key` after one of these words holds a secret.
_SECRET_KEYS: Final = frozenset(
    {
        "access", "aes", "auth", "encryption", "link", "master", "network", "private", "security", "session", "shared", "signing",
        "ssh", "wep", "wifi", "wpa",
    }
)  # fmt: skip

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_JOINED: Final = re.compile(r"(.+?)(code|key)s?")
_URL_USER: Final = re.compile(r"""([A-Za-z][A-Za-z0-9+.-]{0,20}://)[^\s/?#"'<>]{1,2000}@""")
_NAME: Final = re.compile(r"""(?<![\w.-])(?P<bare>[\w.-]{1,64})=|"(?P<quoted>[^"\\]{1,64})"\s*:\s*""")
_END: Final = re.compile(r"""[ \t\r\n&;,"'<>)\]}]""")
_QUOTED: Final = {'"': re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL), "'": re.compile(r"'(?:[^'\\]|\\.)*'?", re.DOTALL)}
_OPEN_VALUES: Final = ("true", "false", "null")


def is_secret(name: str) -> bool:
    """Whether a value with this name is a secret. Case and the style of the name make no difference."""
    words: list[str] = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return False
    joined = "".join(words)
    if any(part in joined for part in _PARTS) or not _WORDS.isdisjoint(words):
        return True
    before, last = words[-2] if len(words) > 1 else "", words[-1]
    if last in ("code", "codes"):
        return before not in _OPEN_CODES
    if last in ("key", "keys"):
        return before in _SECRET_KEYS
    if (found := _JOINED.fullmatch(last)) is not None:
        return found[1] in (_SECRET_CODES if found[2] == "code" else _SECRET_KEYS)
    return last == "pass"


def is_secret_entity(description: Mapping[str, Any]) -> bool:
    """Whether the state of an entity is a secret: a text of mode `password`, or a key that is the name of a secret."""
    return (description["platform"] == "text" and description.get("mode") == "password") or is_secret(description["key"])


def redact_text(text: str) -> str:
    """Return a text without the user and password of URLs, and without the values of `token=…` and `"token": …`."""
    text = _URL_USER.sub(rf"\g<1>{MASK}@", text)
    parts: list[str] = []
    done = at = 0
    while (found := _NAME.search(text, at)) is not None:
        at = found.end()
        if not is_secret(found["bare"] or found["quoted"]):
            continue
        end = _end_of_value(text, at)
        if end == at or text[at:end] in _OPEN_VALUES:
            continue
        quote = text[at] if text[at] in _QUOTED else ""
        parts += (text[done:at], quote, MASK, quote)
        done = at = end
    return "".join((*parts, text[done:]))


def redact(value: Any) -> Any:
    """Return a JSON value without its secrets. True, false and null under a secret's name tell nothing."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {
            name: MASK if not isinstance(item, bool | None) and is_secret(str(name)) else redact(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def redact_state(description: Mapping[str, Any], value: Any) -> Any:
    """Return an entity's value without its secrets."""
    return MASK if value not in (None, "unavailable") and is_secret_entity(description) else redact(value)


def _end_of_value(text: str, start: int) -> int:
    """A quoted text ends with its quotation mark, a list or an object with the text, anything else with a sign."""
    first = text[start : start + 1]
    if first in ("", "[", "{"):
        return len(text)
    if (quoted := _QUOTED.get(first)) is not None and (found := quoted.match(text, start)) is not None:
        return found.end()
    return end.start() if (end := _END.search(text, start)) is not None else len(text)
