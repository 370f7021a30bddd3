"""What counts of all shared results: one small record that every instance looks at.

It names the births of the two caches, which a clear of everything renews, and the edition of each shelf.
An instance that knows the newest register thus knows, of each result it holds, whether another instance
has cleared or replaced it, and reads a shelf only when there is news in it.

A session carries the version of the register that it has seen. An instance that is behind looks before
it answers from a cache; otherwise it looks again when its last look is two seconds old.
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

from ..stores import Conflict
from ..vault import Vault

# Other sessions' clears and changes count here after this long. A session's own count at once.
LOOK_EVERY_S: Final = 2.0
# Functions whose source changes while the app lives add to the register: begin anew, rather than grow.
MAX_SHELVES: Final = 1000
_TRIES: Final = 8


class Kind(Enum):
    """Which of Streamlit's two caches."""

    DATA = "data"
    RESOURCE = "resource"


class Edition(NamedTuple):
    """One writing of a shelf. The greater is the newer.

    Attributes:
        begun_ms: when its record began to be: one that expired may begin again.
        version: of the record.
    """

    begun_ms: int = 0
    version: int = 0


@dataclass
class _Cache:
    """One of the two caches: when it was cleared last, and the editions of its shelves."""

    birth: str = ""
    shelves: dict[str, Edition] = field(default_factory=dict)


class Register:
    """The newest register that this instance knows, and what it is to say of it. Use from any thread.

    Attributes:
        release: of the app: another's results may come from other code.
        era: changes when this instance has not looked for so long that nothing it holds counts any more.
    """

    def __init__(self, vault: Vault, release: str) -> None:
        """Keep the register in `vault`; nothing is read yet. Each release of the app has its own."""
        self._vault = vault
        self.release = release
        self._lock = threading.RLock()
        self._caches = {kind: _Cache() for kind in Kind}
        self._looked_at = 0.0
        self._wanted = 0
        self._version = 0
        self._born: dict[Kind, str] = {}
        self._noted: dict[tuple[Kind, str, str], Edition] = {}
        self._is_old = False
        self.era = ""

    @property
    def name(self) -> str:
        """Of the record."""
        # With the key, since the names of shelves follow from it: under another key they are others.
        return f"cache/{self._vault.seal.derive(f'register of shared results {self.release}').hex()}"

    @property
    def version(self) -> int:
        """The newest that this instance, or a session in it, knows of; 0 before the first."""
        return max(self._version, self._wanted)

    @property
    def has_changes(self) -> bool:
        """Whether `save` has something to write."""
        return bool(self._born or self._noted or self._is_old)

    def expect(self, version: int) -> None:
        """Know at least `version` before the next answer."""
        self._wanted = max(self._wanted, version)

    def distrust(self) -> None:
        """Look before the next answer."""
        self._looked_at = min(self._looked_at, self._vault.now() - LOOK_EVERY_S)

    def look(self) -> None:
        """Read the register, if what is known of it may be too old."""
        with self._lock:
            now = self._vault.now()
            if self._version >= self._wanted and now - self._looked_at < LOOK_EVERY_S:
                return
            if now - self._looked_at > self._vault.lifetime_s:
                # The register may have been lost and begun anew since: nothing held here counts.
                self.era = secrets.token_hex(8)
            self._read()
            self._looked_at, self._wanted = now, 0

    def birth(self, kind: Kind) -> str:
        """When the cache was cleared last, as a name that stands for that moment."""
        return self._caches[kind].birth

    def edition(self, kind: Kind, name: str) -> Edition:
        """The newest edition of a shelf, all zero when there is none."""
        return self._caches[kind].shelves.get(name, Edition())

    def renew(self, kind: Kind) -> None:
        """Clear one of the caches, for this instance at once and for others with `save`."""
        with self._lock:
            self._born[kind] = secrets.token_hex(8)
            self._caches[kind] = _Cache(self._born[kind])

    def note(self, kind: Kind, birth: str, name: str, edition: Edition) -> None:
        """Say that there is this edition of a shelf, which belongs to a birth of its cache."""
        with self._lock:
            self._noted[kind, birth, name] = edition
            self._apply()

    def save(self) -> None:
        """Write what was renewed and noted, which also gives the register another lifetime.

        Raises:
            Conflict: others write it too often to get in between. What is to be said is kept.
        """
        with self._lock:
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
                    self._born, self._noted, self._is_old = {}, {}, False
                    return
        raise Conflict("the register of shared caches is written by others all the time")

    def _read(self) -> None:
        """Take over the stored register, and put what is not saved yet on top."""
        entry = self._vault.read(self.name)
        self._version = entry.version if entry else 0
        self._caches = _decoded(entry.content) if entry else {kind: _Cache() for kind in Kind}
        half_way = self._vault.now() + self._vault.lifetime_s / 2
        self._is_old = entry is not None and entry.expires_at < half_way
        self._apply()

    def _apply(self) -> None:
        for kind, birth in self._born.items():
            self._caches[kind] = _Cache(birth)
        for (kind, birth, name), edition in self._noted.items():
            cache = self._caches[kind]
            if cache.birth == birth:
                cache.shelves[name] = max(edition, self.edition(kind, name))
        for kind, cache in self._caches.items():
            if len(cache.shelves) > MAX_SHELVES:
                self.renew(kind)

    def _encoded(self) -> bytes:
        return json.dumps(
            {kind.value: [cache.birth, cache.shelves] for kind, cache in self._caches.items()},
            separators=(",", ":"),
        ).encode()


def _decoded(content: bytes) -> dict[Kind, _Cache]:
    known: dict[str, Any] = json.loads(content)
    return {
        kind: _Cache(birth, {name: Edition(*edition) for name, edition in shelves.items()})
        for kind, (birth, shelves) in ((kind, known[kind.value]) for kind in Kind)
    }
