"""As much of the package `nkeys` as nats-py needs to log in with a seed, for machines that cannot have the package itself."""

import base64
import binascii

from nacl.signing import SigningKey

PREFIX_USER = 20 << 3


class KeyPair:
    """A user's key."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)

    @property
    def public_key(self) -> bytes:
        """As the server knows it: `U…`."""
        raw = bytes([PREFIX_USER]) + bytes(self._key.verify_key)
        return base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).rstrip(b"=")

    def sign(self, data: bytes) -> bytes:
        """The signature of the server's nonce."""
        return self._key.sign(data).signature

    def wipe(self) -> None:
        """Nothing to do: the process ends."""


def from_seed(text: bytes) -> KeyPair:
    """Read a seed, `SU…`: two bytes of prefix, 32 of the key, two of a checksum."""
    text = bytes(text)
    raw = base64.b32decode(text + b"=" * (-len(text) % 8))
    return KeyPair(raw[2:34])
