"""The shared results of one cached function, in one record.

Small results lie in the record itself, so that a cold instance has them all with one read; larger ones lie in
pieces of their own. A result is replaced under a new token, and one that was cleared leaves a token behind:
from the token, an instance sees whether the copy that it holds still counts.

Changes are kept here until `save`, at the end of the run: a run that fills a hundred entries writes once.
What was changed meanwhile on another instance stays as if it had come first.
"""

from __future__ import annotations

import hashlib
import math
import pickle
import secrets
import struct
import threading
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Final, NamedTuple

from ..stores import MAX_PIECE_BYTES, Conflict
from ..vault import Vault
from .register import Edition, Kind, Register

# Larger results are not shared: to pickle, seal and send them would cost more than a fair wait.
MAX_RESULT_BYTES: Final = 4_000_000
# A result up to this size lies in the shelf's record, as long as the record stays one item of a table.
MAX_INLINE_BYTES: Final = 32_000
MAX_SHELF_BYTES: Final = 250_000
MAX_ENTRIES: Final = 1000
_PIECE_BYTES: Final = MAX_PIECE_BYTES - 10_000
_TRIES: Final = 5
_TOKEN_BYTES: Final = 8
_MARK: Final = struct.Struct(">8s8sd")


class Mark(NamedTuple):
    """What a copy in memory must bear to be recognised as the one that counts.

    Attributes:
        base: stands for the last clear of the whole function.
        token: of the entry that it is a copy of, or that it came after; empty bytes before any.
        ends_at: epoch seconds.
    """

    base: bytes
    token: bytes
    ends_at: float

    def encode(self) -> bytes:
        """The mark in a fixed number of bytes."""
        return _MARK.pack(*self)

    @classmethod
    def at_end_of(cls, data: bytes) -> Mark:
        """The mark that `data` ends with."""
        return cls(*_MARK.unpack_from(data, len(data) - _MARK.size))


NO_TOKEN: Final = bytes(_TOKEN_BYTES)
# Stands for the version of a shelf that nobody else writes: once read, it need not be read again.
_UNCHANGED_ELSEWHERE: Final = Edition(-1, -1)


@dataclass(frozen=True)
class Entry:
    """One result, or what is left of one.

    Attributes:
        token: names this writing of the result.
        made_at: epoch seconds.
        ends_at: epoch seconds; infinity when it does not end by itself.
        content: the result; None when it lies in pieces, or was cleared.
        pieces: how many; 0 when it lies here, or was cleared.
    """

    token: bytes
    made_at: float
    ends_at: float
    content: bytes | None = None
    pieces: int = 0

    @property
    def is_gone(self) -> bool:
        """Whether the result was cleared."""
        return self.content is None and not self.pieces


class Shelf:
    """The shared results of one function in one scope. Use from any thread."""

    def __init__(
        self,
        vault: Vault,
        register: Register,
        kind: Kind,
        place: str,
        *,
        session_id: str | None,
        max_entries: float,
        changed: Callable[[Shelf], None],
    ) -> None:
        """Open the shelf of the function `place`; nothing is read yet.

        Args:
            vault: where the shelf lies.
            register: says which version of it counts.
            kind: which of the two caches it belongs to.
            place: names the function.
            session_id: of the only session that uses it; None when all do, and others may change it any time.
            max_entries: how many results the function may have; the oldest make way.
            changed: called when there is something to save.
        """
        self._vault = vault
        self._register = register
        self._kind = kind
        self._place = place
        self.session_id = session_id
        self._max_entries = max_entries
        self._changed = changed
        self._lock = threading.RLock()
        self._version = self._begun_ms = 0
        # The newest edition that the register spoke of when the shelf was read last.
        self._known = Edition()
        self._entries: dict[str, Entry] = {}
        # What each changed entry had for a token before, as far as it was known here.
        self._replaced: dict[str, bytes | None] = {}
        # Results that are to go into pieces, by token.
        self._apart: dict[bytes, bytes] = {}
        self._start_over()

    @property
    def has_changes(self) -> bool:
        """Whether `save` has something to write."""
        return bool(self._replaced) or self._is_cleared or self._is_old

    # --- reading ----------------------------------------------------------------------------------

    def follow(self) -> None:
        """Make sure that what is known here is what counts."""
        self._register.look()
        with self._lock:
            if (self._register.birth(self._kind), self._register.era) != (self._birth, self._era):
                self._start_over()
            newest = _UNCHANGED_ELSEWHERE
            if self.session_id is None:
                newest = self._register.edition(self._kind, self.name)
            if newest != self._known:
                self._known = newest
                self._read()

    def counts(self, key: str, mark: Mark) -> bool:
        """Whether a copy of `key` with this mark is the one that all instances are to have."""
        with self._lock:
            if mark.base != self._base or mark.ends_at <= self._vault.now():
                return False
            entry = self._entries.get(key)
            if entry is None:
                # It may have made way for others, which must be felt where the page has set the number.
                return mark.token == NO_TOKEN or math.isinf(self._max_entries)
            return entry.token == mark.token

    def take(self, key: str) -> tuple[bytes, Mark] | None:
        """The shared result for `key`, with the mark that a copy must bear; None when there is none."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is None or entry.is_gone or entry.ends_at <= self._vault.now():
            return None
        content = entry.content if entry.content is not None else self._assemble(entry)
        return None if content is None else (content, Mark(self._base, entry.token, entry.ends_at))

    def has(self, key: str) -> bool:
        """Whether a result for `key` is or was shared."""
        with self._lock:
            return key in self._entries and not self._entries[key].is_gone

    # --- changing ---------------------------------------------------------------------------------

    def put(self, key: str, content: bytes, ends_at: float) -> Mark:
        """Share a result, in place of any that is there, and return the mark of the copy here."""
        token = secrets.token_bytes(_TOKEN_BYTES)
        with self._lock:
            inline = sum(len(entry.content or b"") for entry in self._entries.values())
            if len(content) > MAX_INLINE_BYTES or inline + len(content) > MAX_SHELF_BYTES:
                self._apart[token] = content
                count = -(-len(content) // _PIECE_BYTES)
                self._change(key, Entry(token, self._vault.now(), ends_at, pieces=count))
            else:
                self._change(key, Entry(token, self._vault.now(), ends_at, content))
            return Mark(self._base, token, ends_at)

    def keep(self, key: str, ends_at: float) -> Mark:
        """The mark of a result that stays on this instance, in place of any shared one."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and not entry.is_gone:
                self.forget(key)
                entry = self._entries.get(key)
            return Mark(self._base, entry.token if entry else NO_TOKEN, ends_at)

    def forget(self, key: str) -> None:
        """Clear one result, on all instances."""
        with self._lock:
            self._change(key, Entry(secrets.token_bytes(_TOKEN_BYTES), self._vault.now(), math.inf))

    def clear(self) -> None:
        """Clear all results of the function, on all instances."""
        with self._lock:
            self._epoch, self._is_cleared = secrets.token_bytes(_TOKEN_BYTES), True
            self._entries, self._replaced, self._apart = {}, {}, {}
            self._rebase()
            self._changed(self)

    def save(self) -> None:
        """Write what has changed, or leave it to this instance when others write all the time."""
        with self._lock:
            self._save_pieces()
            for _ in range(_TRIES):
                try:
                    self._version = self._vault.write(self.name, self._encoded(), expected=self._version)
                except Conflict:
                    was_absent = not self._version
                    self._read()
                    if was_absent and not self._version:
                        # It is there and does not open: nobody sealed it for this place.
                        self._vault.delete(self.name)
                else:
                    self._announce()
                    break
            self._replaced, self._is_cleared, self._is_old = {}, False, False

    # --- how it is kept ---------------------------------------------------------------------------

    def _start_over(self) -> None:
        """Know nothing: the cache was cleared, or this is the beginning."""
        self._birth, self._era = self._register.birth(self._kind), self._register.era
        self._epoch, self._known = NO_TOKEN, Edition()
        self._version = self._begun_ms = 0
        self._entries, self._replaced, self._apart = {}, {}, {}
        self._is_cleared = self._is_old = False
        self._rebase()

    def _rebase(self) -> None:
        known = f"{self._era} {self._birth} {self._epoch.hex()}".encode()
        self._base = hashlib.blake2b(known, digest_size=8).digest()

    @property
    def name(self) -> str:
        """Of the record, until the cache is cleared."""
        place = f"{self._register.release} {self._birth} {self._place} {self.session_id or ''}"
        return _hidden(self._vault, f"{self._kind.value} {place}")

    def _change(self, key: str, entry: Entry) -> None:
        before = self._entries.pop(key, None)
        self._replaced.setdefault(key, before.token if before else None)
        self._entries[key] = entry
        self._trim()
        self._changed(self)

    def _trim(self) -> None:
        """Let the oldest go, those first whose time is up. The last to come stands last."""
        now = self._vault.now()
        results = {key: entry for key, entry in self._entries.items() if not entry.is_gone}
        over = [key for key, entry in results.items() if entry.ends_at <= now]
        alive = [key for key, entry in results.items() if entry.ends_at > now]
        surplus = max(0, len(alive) - int(min(self._max_entries, MAX_ENTRIES)))
        for key in [*over, *alive[:surplus]]:
            self._apart.pop(self._entries.pop(key).token, None)
        if len(self._entries) > 2 * MAX_ENTRIES:
            # Too much that was cleared one by one: as if all had been.
            self.clear()

    def _read(self) -> None:
        """Take over the stored shelf, and put on top what was changed here and nowhere else."""
        record = self._vault.read(self.name)
        self._version = record.version if record else 0
        if record is None:
            return
        self._begun_ms, epoch, theirs = _decoded(record.content)
        if self._is_cleared:
            return
        if record.expires_at < self._vault.now() + self._vault.lifetime_s / 2:
            self._is_old = True
            self._changed(self)
        ours, replaced = self._entries, self._replaced
        self._entries, self._replaced = theirs, {}
        if epoch != self._epoch:
            # Cleared elsewhere, and what was made here meanwhile with it.
            self._epoch, self._apart = epoch, {}
            self._rebase()
            return
        for key, before in replaced.items():
            there = theirs.get(key)
            if key in ours and (there.token if there else None) == before:
                theirs.pop(key, None)
                self._entries[key], self._replaced[key] = ours[key], before

    def _announce(self) -> None:
        if self.session_id is None:
            self._known = Edition(self._begun_ms, self._version)
            self._register.note(self._kind, self._birth, self.name, self._known)

    def _encoded(self) -> bytes:
        if not self._version:
            self._begun_ms = int(self._vault.now() * 1000)
        entries = {key: astuple(entry) for key, entry in self._entries.items()}
        return pickle.dumps((self._begun_ms, self._epoch, entries), protocol=5)

    # --- results in pieces ------------------------------------------------------------------------

    def _save_pieces(self) -> None:
        pieces: dict[str, bytes] = {}
        for token, content in self._apart.items():
            starts = range(0, len(content), _PIECE_BYTES)
            names = _piece_names(self._vault, token, len(starts))
            pieces |= {
                name: content[start : start + _PIECE_BYTES] for name, start in zip(names, starts, strict=True)
            }
        if pieces:
            self._vault.write_pieces(pieces, expires_at=int(self._vault.now()) + self._vault.lifetime_s)
        self._apart = {}

    def _assemble(self, entry: Entry) -> bytes | None:
        """The result behind `entry`, put together; None when a piece is gone."""
        with self._lock:
            if entry.token in self._apart:
                return self._apart[entry.token]
        names = _piece_names(self._vault, entry.token, entry.pieces)
        found = self._vault.read_pieces(names)
        if len(found) < len(names):
            return None
        now = int(self._vault.now())
        if entry.made_at + self._vault.lifetime_s / 2 < now:
            self._vault.prolong(names, expires_at=now + self._vault.lifetime_s)
        return b"".join(found[name] for name in names)


def erase(vault: Vault, name: str) -> None:
    """Erase the shelf that lies in the record `name`, and its results in pieces.

    Raises:
        StoreBusyError: some are still there, the record too.
    """
    record = vault.read(name)
    entries = _decoded(record.content)[2].values() if record else ()
    pieces = [piece for entry in entries for piece in _piece_names(vault, entry.token, entry.pieces)]
    if pieces:
        vault.delete_pieces(pieces)
    vault.delete(name)


def _piece_names(vault: Vault, token: bytes, count: int) -> list[str]:
    return [_hidden(vault, f"piece {token.hex()} {number}") for number in range(count)]


def _hidden(vault: Vault, name: str) -> str:
    """`name` as the store may see it: arguments of a call can be guessed from a plain digest."""
    key = vault.seal.derive("names of shared results")
    return f"cache/{hashlib.blake2b(name.encode(), key=key, digest_size=20).hexdigest()}"


def _decoded(content: bytes) -> tuple[int, bytes, dict[str, Entry]]:
    """When the record began to be, in epoch milliseconds, the epoch, and the entries by their keys."""
    # The vault checked the seal before we came here.
    begun_ms, epoch, entries = pickle.loads(content)  # noqa: S301
    return begun_ms, epoch, {key: Entry(*fields) for key, fields in entries.items()}
