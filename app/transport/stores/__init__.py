"""Where sealed records live between two requests.

A store keeps opaque bytes under a name, numbers each record's versions from 1, and lets a record go
when its time is up. Every write names the version that it replaces: two instances that both believe
they own a session cannot both win.

The pieces of a large file never change, and there may be hundreds of them. They are written, read and
prolonged together, without a version to compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

# What one piece may weigh. A DynamoDB item may weigh 400 KB, its names and other attributes included.
MAX_PIECE_BYTES: Final = 350_000


class Conflict(Exception):  # noqa: N818 - reads as the outcome it is: "except Conflict"
    """A write named a version that is not the current one. The record is as it was."""


class StoreBusyError(Exception):
    """The store takes no more for now. Some of the pieces may be written; writing all again is safe."""


@dataclass(frozen=True)
class Record:
    """One version of one value.

    Attributes:
        version: counts from 1 for each name.
        value: the bytes that were put.
        expires_at: epoch seconds after which the record is as good as absent.
    """

    version: int
    value: bytes
    expires_at: int


class Store(Protocol):
    """Named, versioned bytes with a lifetime. Calls block, and may come from any thread."""

    def get(self, name: str) -> Record | None:
        """The newest version of `name`, or None when there is none or its time is up.

        A read sees every write that finished before it began, on whichever instance.
        """
        ...

    def put(self, name: str, value: bytes, *, expected: int, expires_at: int) -> int:
        """Replace version `expected` of `name`, where 0 means "absent or expired".

        Returns:
            The version written: `expected` + 1.

        Raises:
            Conflict: another version is there; nothing was written.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove `name`. An absent name is not an error."""
        ...

    def get_pieces(self, names: Sequence[str]) -> dict[str, bytes]:
        """The values of those of `names` that `put_pieces` wrote and whose time is not up.

        Raises:
            StoreBusyError: they can't be had now.
        """
        ...

    def put_pieces(self, values: Mapping[str, bytes], *, expires_at: int) -> None:
        """Write each value, of at most MAX_PIECE_BYTES, as version 1 over whatever is there.

        Raises:
            StoreBusyError: not all could be written.
        """
        ...

    def delete_pieces(self, names: Sequence[str]) -> None:
        """Remove what `put_pieces` wrote. Absent names are not an error."""
        ...

    def prolong(self, names: Sequence[str], *, expires_at: int) -> bool:
        """Move the end of these records' time, their values of at most MAX_PIECE_BYTES untouched.

        Returns:
            Whether all are there. When one is not, others may have been prolonged.
        """
        ...
