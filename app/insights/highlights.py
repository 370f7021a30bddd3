"""Where each kind of item stands in the report, as marks that never overlap."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

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


class Mark(BaseModel):
    """A passage `text[start:end]` and what it proves."""

    model_config = ConfigDict(frozen=True)

    start: int
    end: int
    kind: MarkKind


def marks(insights: Insights, omissions: Iterable[Omission] = ()) -> tuple[Mark, ...]:
    """Return the passages to highlight, left to right; where two overlap, the first and longest stays."""
    identity = (insights.age, insights.sex, insights.reason)
    kinds: tuple[tuple[MarkKind, Iterable[Item | None]], ...] = (
        (MarkKind.USUAL, insights.usual),
        (MarkKind.DISCHARGE, insights.discharge),
        (MarkKind.STAY, insights.during_stay),
        (MarkKind.STOPPED, insights.stopped),
        (MarkKind.UNCLASSIFIED, insights.unclassified),
        (MarkKind.LAB, tuple(insights.labs())),
        (MarkKind.IDENTITY, identity),
        (MarkKind.HISTORY, insights.history),
        (MarkKind.OMITTED, tuple(omissions)),
    )
    found = [
        Mark(start=item.span.start, end=item.span.end, kind=kind)
        for kind, items in kinds
        for item in items
        if item is not None and item.span is not None
    ]
    return tuple(_without_overlap(found))


def _without_overlap(found: list[Mark]) -> Iterable[Mark]:
    end = 0
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end)):
        if mark.start >= end:
            end = mark.end
            yield mark
