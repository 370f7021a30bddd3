"""The values every engine returns and every screen shows.

All are frozen, compare by value and pickle, since a session travels between processes. Each item carries
the words of the report that prove it: `citation` is what the engine quotes, `span` is where code found those
words. An item without a span is not wrong, it is unproven, and the page says so first.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

Sex = Literal["F", "M"]
RenalTest = Literal["creatinine", "DFG", "clairance", "uree"]
HepaticTest = Literal["ASAT", "ALAT", "GGT", "PAL", "bilirubine"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Value):
    """A half-open range of characters of the report: `text[start:end]`."""

    start: int
    end: int


class Item(_Value):
    """Anything extracted: a citation, and its place in the report (None: not in the text)."""

    citation: str
    span: Span | None


class Age(Item):
    """Age in completed years; an infant is 0. The citation may hold a date of birth instead."""

    years: int


class SexMention(Item):
    """Sex as the report writes it: by title, word or agreement, never by first name."""

    value: Sex


class Statement(Item):
    """A reason for admission or an item of medical history; the citation is the statement."""


class Drug(Item):
    """A medicine as written in one place of the report.

    `dose` is the strength or the quantity of one intake ("2,5 mg", "2 sachets"), `frequency` the rest of the
    posology; both are verbatim. `route` is what a reader wrote about the way in: what the report says of it
    is read from the citation (`dosing.route`). `dci` is None when the lexicon doesn't know the name.
    `approximate` says that the name was recognised despite a spelling mistake: to be checked by the reader.
    """

    name: str
    dci: str | None
    dose: str | None
    frequency: str | None
    route: str | None = None
    as_needed: bool = False
    approximate: bool = False


class Lab(Item):
    """A measured value. Unit "N" counts multiples of normal; value None means "said to be normal"."""

    test: RenalTest | HepaticTest
    value: float | None
    unit: str | None
    date: str | None = None


class Omission(Item):
    """A drug named in the text that no list of the extraction holds; the citation is the words around it."""

    name: str
    dci: str


class Insights(_Value):
    """All that was extracted from one report, in the order of the text."""

    age: Age | None = None
    sex: SexMention | None = None
    reason: Statement | None = None
    history: tuple[Statement, ...] = ()
    usual: tuple[Drug, ...] = ()
    discharge: tuple[Drug, ...] = ()
    during_stay: tuple[Drug, ...] = ()
    stopped: tuple[Drug, ...] = ()
    unclassified: tuple[Drug, ...] = ()
    renal: tuple[Lab, ...] = ()
    hepatic: tuple[Lab, ...] = ()

    def drugs(self) -> Iterator[Drug]:
        """Yield the medicines of every list."""
        yield from (*self.usual, *self.discharge, *self.during_stay, *self.stopped, *self.unclassified)

    def labs(self) -> Iterator[Lab]:
        """Yield renal then hepatic values."""
        yield from (*self.renal, *self.hepatic)

    def items(self) -> Iterator[Item]:
        """Yield everything that carries a citation."""
        yield from (item for item in (self.age, self.sex, self.reason) if item is not None)
        yield from (*self.history, *self.drugs(), *self.labs())

    def unproven(self) -> tuple[Item, ...]:
        """Return the items whose citation isn't in the text."""
        return tuple(item for item in self.items() if item.span is None)

    def is_empty(self) -> bool:
        """Return whether nothing at all was found."""
        return next(self.items(), None) is None
