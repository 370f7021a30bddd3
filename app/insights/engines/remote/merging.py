"""Puts together what was read in parts that overlap: what both saw counts once.

An item that two parts hold is one when its places overlap. The longer citation is kept, since the edge of a
part cuts items short; between equals the earlier part, which has seen more of the headings.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from app.insights.evidence import plain
from app.insights.models import Drug, Insights, Item, Lab, Span, Statement

_DRUGS = ("usual", "discharge", "during_stay", "stopped", "unclassified")
_ITEMS = ("history", *_DRUGS, "renal", "hepatic")

AnyItem = TypeVar("AnyItem", bound=Item)


def shifted(insights: Insights, by: int) -> Insights:
    """Return `insights` of a part that starts at `by`, with places in the whole report."""
    if by == 0:
        return insights
    moved: dict[str, object] = {
        name: tuple(_moved(item, by) for item in getattr(insights, name)) for name in _ITEMS
    }
    for name in ("age", "sex", "reason"):
        item = getattr(insights, name)
        moved[name] = item and _moved(item, by)
    return insights.model_copy(update=moved)


def merged(parts: Sequence[Insights]) -> Insights:
    """Return all that `parts` hold, with places in the whole report, in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    drugs = _without_doubles(
        (name, drug) for part in parts for name in _DRUGS for drug in getattr(part, name)
    )
    return Insights(
        age=_first(part.age for part in parts),
        sex=_first(part.sex for part in parts),
        reason=_first(part.reason for part in parts),
        history=_items(statement for part in parts for statement in part.history),
        renal=_items(lab for part in parts for lab in part.renal),
        hepatic=_items(lab for part in parts for lab in part.hepatic),
        **{name: tuple(drug for kind, drug in drugs if kind == name) for name in _DRUGS},
    )


def _moved(item: AnyItem, by: int) -> AnyItem:
    if item.span is None:
        return item
    return item.model_copy(update={"span": Span(start=item.span.start + by, end=item.span.end + by)})


def _first(items: Iterable[AnyItem | None]) -> AnyItem | None:
    """Return the first proven item, else the first at all."""
    found = [item for item in items if item is not None]
    return next((item for item in found if item.span is not None), found[0] if found else None)


def _items(items: Iterable[AnyItem]) -> tuple[AnyItem, ...]:
    return tuple(item for _, item in _without_doubles(("", item) for item in items))


def _without_doubles(items: Iterable[tuple[str, AnyItem]]) -> list[tuple[str, AnyItem]]:
    kept: list[tuple[str, AnyItem]] = []
    for kind, item in items:
        twin = next((i for i, (_, other) in enumerate(kept) if _are_one(item, other)), None)
        if twin is None:
            kept.append((kind, item))
        elif len(item.citation) > len(kept[twin][1].citation):
            # Its list stays: the heading stood in the earlier part.
            kept[twin] = (kept[twin][0], item)
    return kept


def _are_one(item: Item, other: Item) -> bool:
    if item.span is None or other.span is None:
        return item == other
    overlap = item.span.start < other.span.end and other.span.start < item.span.end
    return overlap and _identity(item) == _identity(other)


def _identity(item: Item) -> object:
    """Return what two readings of the same words have in common."""
    if isinstance(item, Drug):
        return plain(item.name)
    if isinstance(item, Lab):
        return item.test, item.value, item.date
    return isinstance(item, Statement)
