"""Errors of the connection between Home Assistant and the sidecar."""

from __future__ import annotations

from typing import Any


class BridgeError(Exception):
    """The base of all errors of the connection to the sidecar."""


class CannotConnect(BridgeError):
    """Nothing that speaks the protocol answers at the URL, or it is not ready yet."""


class InvalidCertificate(CannotConnect):
    """The sidecar answers over TLS, but Home Assistant does not trust its certificate for that name."""


class InvalidAuth(BridgeError):
    """The sidecar does not accept the token."""


class UnsupportedVersion(BridgeError):
    """The sidecar and this integration have no schema of the protocol in common."""


class ConnectionLost(BridgeError):
    """The connection ended; calls in progress may or may not have been received."""


class RemoteError(BridgeError):
    """The sidecar answered a call with an error record."""

    def __init__(self, code: str, message: str, *, retryable: bool = False, details: Any = None) -> None:
        """Initialise from the record's members (contract/protocol.md, "Connecting")."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable
        self.details = details

    @classmethod
    def from_record(cls, record: Any) -> RemoteError:
        """Read an error record, also a malformed one."""
        if not isinstance(record, dict):
            return cls("INTERNAL_ERROR", str(record))
        return cls(
            str(record.get("code") or "INTERNAL_ERROR"),
            str(record.get("message") or "no reason given"),
            retryable=record.get("retryable") is True,
            details=record.get("details"),
        )
