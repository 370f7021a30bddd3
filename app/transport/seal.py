"""Authenticated encryption of everything that leaves the process.

AES-256-GCM. What a sealed value *is* (its name and version) goes in as associated data: a record that
was altered, moved under another name, or given another version number does not open. Several keys may
be in use at once, so that one can be retired: the first seals, any opens. An instance that meets a value
sealed with a key it has not heard of reads the keys anew: so a key is changed by writing it, and neither the
instances that started before nor those that were frozen meanwhile lose a session. One that has not looked for
a minute looks again, on the side: so a key that was taken away ends what it sealed, also where it is in use.

Sealed layout: format byte, 4 bytes that name the key, 12 bytes of nonce, ciphertext with its tag.
Nonces are random, which NIST SP 800-38D allows for 2**32 values per key: centuries of clicks.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import struct
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

log = logging.getLogger(__name__)

KEY_BYTES = 32
# Anybody may send a cookie with a signature that no key of ours made: that must not become a flood of reads.
REREAD_AFTER_S = 30.0
# How long a key that was taken away may still count where it is in use.
OLD_AFTER_S = 60.0
_FORMAT = b"\x01"
_KEY_NAME_BYTES = 4
_NONCE_BYTES = 12
_HEADER_BYTES = len(_FORMAT) + _KEY_NAME_BYTES + _NONCE_BYTES


class BrokenSealError(Exception):
    """A value does not open under its name and version with any key in use. Trust nothing of it."""


class Seal:
    """Seals with the first key, opens with any of them. Use from any thread."""

    def __init__(
        self,
        keys: Sequence[bytes],
        *,
        reread: Callable[[], Sequence[bytes]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take `keys`, newest first, each of 32 random bytes.

        Args:
            keys: those in use now.
            reread: reads them again from where they came; may block and raise.
            clock: seconds.

        Raises:
            ValueError: no key, or a key of another length.
        """
        self._keys = _checked(keys)
        self._reread = reread
        self._clock = clock
        self._made_at = clock()
        self._reread_at = -REREAD_AFTER_S
        self._lock = threading.Lock()

    def refresh(self) -> bool:
        """Read the keys anew, at most every 30 seconds, and say whether they are others now. Blocks."""
        with self._lock:
            if self._reread is None or self._clock() - self._reread_at < REREAD_AFTER_S:
                return False
            self._reread_at = self._clock()
            try:
                keys = _checked(self._reread())
            except Exception as error:  # noqa: BLE001 - whatever the place of the keys raises, those at hand remain
                log.warning("the keys could not be read anew: %s", type(error).__qualname__)
                return False
            is_changed, self._keys = keys != self._keys, keys
            return is_changed

    def close(self, value: bytes, *, name: str, version: int) -> bytes:
        """`value`, encrypted and bound to `name` and `version`."""
        key = self._in_use()[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = _cipher(key).encrypt(nonce, value, _bound_to(name, version))
        return _FORMAT + _key_name(key) + nonce + ciphertext

    def open(self, sealed: bytes, *, name: str, version: int) -> bytes:
        """The value that was closed under the same `name` and `version`.

        Raises:
            BrokenSealError: it was altered, moved, or sealed with a key that is not in use.
        """
        if sealed[:1] != _FORMAT or len(sealed) < _HEADER_BYTES:
            raise BrokenSealError("The value was not sealed by us.")
        key_name, nonce = sealed[1 : 1 + _KEY_NAME_BYTES], sealed[1 + _KEY_NAME_BYTES : _HEADER_BYTES]
        cipher = self._cipher_called(key_name)
        if cipher is None and self.refresh():
            cipher = self._cipher_called(key_name)
        if cipher is None:
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
        return [_derived(key, purpose) for key in self._in_use()]

    def _in_use(self) -> tuple[bytes, ...]:
        """The keys as last read; whoever comes a minute later has them read again, and waits for nothing."""
        if self._reread is not None and self._clock() - max(self._made_at, self._reread_at) > OLD_AFTER_S:
            threading.Thread(target=self.refresh, name="session keys", daemon=True).start()
        return self._keys

    def _cipher_called(self, key_name: bytes) -> AESGCM | None:
        return next((_cipher(key) for key in self._in_use() if _key_name(key) == key_name), None)


def _checked(keys: Sequence[bytes]) -> tuple[bytes, ...]:
    if not keys:
        raise ValueError("A seal needs at least one key.")
    if any(len(key) != KEY_BYTES for key in keys):
        raise ValueError(f"Each key of a seal has exactly {KEY_BYTES} bytes.")
    return tuple(keys)


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


@lru_cache(maxsize=8)
def _key_name(key: bytes) -> bytes:
    return hashlib.sha256(b"name of a seal key" + key).digest()[:_KEY_NAME_BYTES]


def _bound_to(name: str, version: int) -> bytes:
    # The fixed-width number comes first, so no name can be read as part of it.
    return struct.pack(">Q", version) + name.encode()
