"""Where sealed records live between two requests.

A store keeps opaque bytes under a name, numbers each record's versions from 1, and lets a record go
when its time is up. Every write names the version that it replaces: two instances that both believe
they own a session cannot both win.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Conflict(Exception):  # noqa: N818 - reads as the outcome it is: "except Conflict"
    """A write named a version that is not the current one. The record is as it was."""


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
