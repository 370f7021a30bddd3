"""What stands before the items of lists and before numbered headings in a Word document.

Source: ECMA-376, part 1, 17.9.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.insights.documents.wordml import attribute, child, local_name, value

_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_LETTERS = 26
# Word's own bound.
_LEVELS = 9
# Styles may be based on each other in a ring.
_MAX_STYLES = 20


@dataclass(frozen=True)
class _Level:
    """How a level of a list is numbered: "bullet", "decimal" …, "%1.%2.", and from where."""

    form: str
    text: str
    start: int


class Numbering:
    """Counts the items of the lists of a document, in the order in which they are asked for."""

    def __init__(self, numbering: Any | None, styles: Any | None) -> None:
        abstracts = {
            attribute(held, "abstractNumId"): dict(_levels(held)) for held in _all(numbering, "abstractNum")
        }
        self._lists = {
            attribute(held, "numId"): (value(held, "abstractNumId"), abstracts[value(held, "abstractNumId")])
            for held in _all(numbering, "num")
            if value(held, "abstractNumId") in abstracts
        }
        self._styles = {attribute(style, "styleId"): style for style in _all(styles, "style")}
        self._counts: dict[str | None, list[int]] = defaultdict(lambda: [0] * _LEVELS)

    def marker(self, paragraph: Any) -> str:
        """Return what stands before a paragraph, "- " or "2. " or nothing, and count it."""
        number, depth = self._place(child(paragraph, "pPr"))
        if number not in self._lists:
            return ""
        key, levels = self._lists[number]
        level = levels.get(depth)
        if level is None or level.form == "none":
            return ""
        if level.form == "bullet":
            return "  " * depth + "- "
        counts = self._counts[key]
        counts[depth] = (counts[depth] or level.start - 1) + 1
        counts[depth + 1 :] = [0] * (_LEVELS - depth - 1)
        text = level.text
        for index, held in levels.items():
            text = text.replace(f"%{index + 1}", _written(held.form, counts[index] or held.start))
        return f"{text} " if text else ""

    def _place(self, properties: Any | None) -> tuple[str | None, int]:
        """Return the list and the level of a paragraph: its own, or those of its style."""
        number, depth = None, None
        style = value(properties, "pStyle")
        for _ in range(_MAX_STYLES):
            place = child(properties, "numPr")
            number = number or value(place, "numId")
            depth = depth or value(place, "ilvl")
            if style not in self._styles:
                break
            held = self._styles[style]
            properties, style = child(held, "pPr"), value(held, "basedOn")
        return number, _depth(depth)


def _depth(written: str | None) -> int:
    return min(int(written), _LEVELS - 1) if written and written.isdecimal() else 0


def _all(part: Any | None, name: str) -> Iterator[Any]:
    return (held for held in (part if part is not None else ()) if local_name(held) == name)


def _levels(abstract: Any) -> Iterator[tuple[int, _Level]]:
    for level in _all(abstract, "lvl"):
        start = value(level, "start") or "1"
        yield (
            _depth(attribute(level, "ilvl")),
            _Level(
                form=value(level, "numFmt") or "decimal",
                text=value(level, "lvlText") or "",
                start=int(start) if start.isdecimal() and len(start) < 6 else 1,
            ),
        )


def _written(form: str, number: int) -> str:
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % _LETTERS)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.upper() if form == "upperRoman" else roman
    return str(number)


def _roman(number: int) -> str:
    written = ""
    for worth, letters in _ROMAN:
        count, number = divmod(number, worth)
        written += letters * count
    return written
