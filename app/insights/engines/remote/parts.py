"""Cuts a long report into parts that overlap, at ends of lines.

A model answers a long report badly or not at all: its answer repeats most of the text, twice as long, and has
a limit of its own (16 384 tokens for gpt-4o, whatever the length of the question).
"""

from dataclasses import dataclass

# About 8 000 tokens of answer for a report that is dense with medicines.
PART_CHARS = 12_000
# Longer than any item with its heading, so that what one part cuts another holds whole.
OVERLAP_CHARS = 1_200


@dataclass(frozen=True)
class Part:
    """A range of the report: `text` starts at `start`."""

    start: int
    text: str


def split(text: str, *, size: int = PART_CHARS, overlap: int = OVERLAP_CHARS) -> tuple[Part, ...]:
    """Return parts of at most `size` characters that together hold every character of `text`."""
    parts = []
    start = 0
    while len(text) - start > size:
        end = _line_end(text, start + size // 2, start + size)
        parts.append(Part(start, text[start:end]))
        start = max(start + 1, _line_start(text, end - overlap, end))
    return (*parts, Part(start, text[start:]))


def _line_end(text: str, least: int, most: int) -> int:
    """Return the last end of a paragraph, else of a line, else of a word in the range; else its end."""
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, least, most)
        if found >= 0:
            return found + len(mark)
    return most


def _line_start(text: str, least: int, most: int) -> int:
    """Return the first start of a line, else of a word in the range; else its start."""
    for mark in ("\n", " "):
        found = text.find(mark, least, most - 1)
        if found >= 0:
            return found + 1
    return least
