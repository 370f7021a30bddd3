"""Answers in pieces: what a gateway passes is limited, and a browser may ask for a range of a file.

A server may answer a request for a range with less than was asked for; the browser then asks for the rest.
So no answer here need be large, whatever stands in front. A request without a range leaves no such choice.

Source: RFC 9110, 14 (Range Requests) and 15.3.7 (206 Partial Content).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from streamlit.web.server.starlette.starlette_app_utils import parse_range_header

# An answer travels in an event of 6 MB as base64, with its headers.
MAX_WHOLE_BYTES: Final = 4_400_000
# What a range brings at most: ten pieces of a file (see `blobs`).
MAX_RANGE_BYTES: Final = 3_000_000

_ONE_RANGE: Final = re.compile(r"\s*bytes\s*=\s*(\d+)\s*-\s*(\d*)\s*", re.IGNORECASE)


class UnsatisfiableRangeError(ValueError):
    """A file of this size has no such range."""


@dataclass(frozen=True)
class Span:
    """Part of a file: the bytes from `start` up to, not including, `end`, of `size`."""

    start: int
    end: int
    size: int

    @property
    def content_range(self) -> str:
        """The header that tells of it."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def span(header: str, size: int) -> Span:
    """What to send of a file of `size` bytes to whoever asks for the range `header`.

    Raises:
        UnsatisfiableRangeError: the file has no such range, or it is none that Streamlit understands.
    """
    try:
        first, last = parse_range_header(header, size)
    except ValueError as error:
        raise UnsatisfiableRangeError(str(error)) from error
    return Span(first, min(last + 1, first + MAX_RANGE_BYTES), size)


def bounded(header: str) -> str:
    """A Range header that asks for no more than one answer brings. Unusual ones stay as they are."""
    match = _ONE_RANGE.fullmatch(header)
    if match is None:
        return header
    first = int(match[1])
    furthest = first + MAX_RANGE_BYTES - 1
    return f"bytes={first}-{min(int(match[2]), furthest) if match[2] else furthest}"
