"""Where each item stands in the report, as marks that never overlap."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from app.insights.corrections import Place, keyed
from app.insights.models import Insights, Item, Omission


class MarkKind(StrEnum):
    """What a marked passage proves; the value names its colour."""

    IDENTITY = "identity"
    HISTORY = "history"
    USUAL = "usual"
    DISCHARGE = "discharge"
    STAY = "stay"
    STOPPED = "stopped"
    UNCLASSIFIED = "unclassified"
    LAB = "lab"
    OMITTED = "omitted"


_KINDS = {
    **dict.fromkeys((Place.AGE, Place.SEX, Place.REASON), MarkKind.IDENTITY),
    Place.HISTORY: MarkKind.HISTORY,
    Place.USUAL: MarkKind.USUAL,
    Place.DISCHARGE: MarkKind.DISCHARGE,
    Place.DURING_STAY: MarkKind.STAY,
    Place.STOPPED: MarkKind.STOPPED,
    Place.UNCLASSIFIED: MarkKind.UNCLASSIFIED,
    **dict.fromkeys((Place.RENAL, Place.HEPATIC), MarkKind.LAB),
}
# What a pharmacist looks for first stays where two marks begin at one place and end at one place.
_RANK = (Place.USUAL, Place.DISCHARGE, Place.DURING_STAY, Place.STOPPED, Place.UNCLASSIFIED)


class Mark(BaseModel):
    """A passage `text[start:end]`, what it proves, and the keys of the items that are found there."""

    model_config = ConfigDict(frozen=True)

    start: int
    end: int
    kind: MarkKind
    keys: tuple[str, ...]


def marks(insights: Insights, omissions: Iterable[Omission] = ()) -> tuple[Mark, ...]:
    """Return the passages to highlight, left to right; where two overlap, the first and longest stays.

    It then has the keys of the other too, so that every item with a place leads somewhere.
    """
    standing: list[Mark] = []
    for mark in sorted(_found(insights, omissions), key=lambda mark: (mark.start, -mark.end)):
        if standing and mark.start < standing[-1].end:
            last = standing[-1]
            standing[-1] = last.model_copy(update={"keys": (*last.keys, *mark.keys)})
        else:
            standing.append(mark)
    return tuple(standing)


def omission_key(number: int) -> str:
    """Return the key of an omission, by its number in the case."""
    return f"omitted/{number}"


def _found(insights: Insights, omissions: Iterable[Omission]) -> Iterator[Mark]:
    items = sorted(keyed(insights), key=lambda keyed: keyed[1] not in _RANK)
    yield from (_mark(item, _KINDS[place], key) for key, place, item in items if item.span)
    yield from (
        _mark(omission, MarkKind.OMITTED, omission_key(number))
        for number, omission in enumerate(omissions)
        if omission.span
    )


def _mark(item: Item, kind: MarkKind, key: str) -> Mark:
    assert item.span is not None  # noqa: S101 - what has no place is not marked
    return Mark(start=item.span.start, end=item.span.end, kind=kind, keys=(key,))
