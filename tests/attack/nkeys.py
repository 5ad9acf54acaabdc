"""The part of the package `nkeys` that nats-py uses to log in with an NKey."""

import base64
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_USER = 20 << 3
"""The first byte of a user's public key, which makes it begin with `U`."""


class KeyPair:
    """A user's key pair."""

    def __init__(self, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)

    @property
    def public_key(self) -> bytes:
        """The public key as the server's configuration has it."""
        raw = bytes([_USER]) + self._key.public_key().public_bytes_raw()
        return base64.b32encode(raw + _crc16(raw).to_bytes(2, "little")).rstrip(b"=")

    def sign(self, nonce: bytes) -> bytes:
        """Sign what the server sent."""
        return self._key.sign(nonce)

    def wipe(self) -> Self:
        """nats-py asks for it; these keys are made for a test and gone after it."""
        return self


def from_seed(seed: bytes | bytearray) -> KeyPair:
    """The key pair of a seed such as `SUAB…`: two bytes that say what it is, the private key, a checksum."""
    raw = base64.b32decode(bytes(seed) + b"=" * (-len(seed) % 8))
    return KeyPair(raw[2:34])


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc
