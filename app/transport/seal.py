"""Authenticated encryption of everything that leaves the process.

AES-256-GCM. What a sealed value *is* (its name and version) goes in as associated data: a record that
was altered, moved under another name, or given another version number does not open. Several keys may
be in use at once, so that one can be retired: the first seals, any opens.

Sealed layout: format byte, 4 bytes that name the key, 12 bytes of nonce, ciphertext with its tag.
Nonces are random, which NIST SP 800-38D allows for 2**32 values per key: centuries of clicks.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_FORMAT = b"\x01"
_KEY_NAME_BYTES = 4
_NONCE_BYTES = 12
_HEADER_BYTES = len(_FORMAT) + _KEY_NAME_BYTES + _NONCE_BYTES


class BrokenSealError(Exception):
    """A value does not open under its name and version with any key in use. Trust nothing of it."""


class Seal:
    """Seals with the first key, opens with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take `keys`, newest first, each of 32 random bytes.

        Raises:
            ValueError: no key, or a key of another length.
        """
        if not keys:
            raise ValueError("A seal needs at least one key.")
        if any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"Each key of a seal has exactly {KEY_BYTES} bytes.")
        self._keys = tuple(keys)
        self._ciphers = {_key_name(key): AESGCM(key) for key in keys}

    def close(self, value: bytes, *, name: str, version: int) -> bytes:
        """`value`, encrypted and bound to `name` and `version`."""
        key_name = _key_name(self._keys[0])
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[key_name].encrypt(nonce, value, _bound_to(name, version))
        return _FORMAT + key_name + nonce + ciphertext

    def open(self, sealed: bytes, *, name: str, version: int) -> bytes:
        """The value that was closed under the same `name` and `version`.

        Raises:
            BrokenSealError: it was altered, moved, or sealed with a key that is not in use.
        """
        key_name, nonce = sealed[1 : 1 + _KEY_NAME_BYTES], sealed[1 + _KEY_NAME_BYTES : _HEADER_BYTES]
        cipher = self._ciphers.get(key_name)
        if sealed[:1] != _FORMAT or len(sealed) < _HEADER_BYTES or cipher is None:
            raise BrokenSealError("The value was not sealed with a key that is in use.")
        try:
            return cipher.decrypt(nonce, sealed[_HEADER_BYTES:], _bound_to(name, version))
        except InvalidTag as error:
            raise BrokenSealError("The value was altered, moved, or is of another version.") from error

    def derive(self, purpose: str) -> bytes:
        """32 bytes that follow from the newest key and `purpose`, and say nothing about the key."""
        return self.derive_each(purpose)[0]

    def derive_each(self, purpose: str) -> list[bytes]:
        """What `derive` gives for each key in use, newest first."""
        return [_derived(key, purpose) for key in self._keys]


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def _key_name(key: bytes) -> bytes:
    return hashlib.sha256(b"name of a seal key" + key).digest()[:_KEY_NAME_BYTES]


def _bound_to(name: str, version: int) -> bytes:
    # The fixed-width number comes first, so no name can be read as part of it.
    return struct.pack(">Q", version) + name.encode()
