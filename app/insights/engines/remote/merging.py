"""Puts together what was read in parts that overlap: what both saw counts once.

An item that two parts hold is one when its places overlap. The longer citation is kept, since the edge of a
part cuts items short; between equals the earlier part, which has seen more of the headings.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

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
    drugs = _Kept[Drug]()
    for part in parts:
        drugs.add([(name, drug) for name in _DRUGS for drug in getattr(part, name)])
    return Insights(
        age=_first(part.age for part in parts),
        sex=_first(part.sex for part in parts),
        reason=_first(part.reason for part in parts),
        history=_items(part.history for part in parts),
        renal=_items(part.renal for part in parts),
        hepatic=_items(part.hepatic for part in parts),
        **{name: drugs.of(name) for name in _DRUGS},
    )


def _moved(item: AnyItem, by: int) -> AnyItem:
    if item.span is None:
        return item
    return item.model_copy(update={"span": Span(start=item.span.start + by, end=item.span.end + by)})


def _first(items: Iterable[AnyItem | None]) -> AnyItem | None:
    """Return the first proven item, else the first at all."""
    found = [item for item in items if item is not None]
    return next((item for item in found if item.span is not None), found[0] if found else None)


def _items(parts: Iterable[tuple[AnyItem, ...]]) -> tuple[AnyItem, ...]:
    kept = _Kept[AnyItem]()
    for part in parts:
        kept.add([("", item) for item in part])
    return kept.of("")


class _Kept(Generic[AnyItem]):
    """Items of one kind of thing, by list, as parts bring them."""

    def __init__(self) -> None:
        self._items: list[tuple[str, AnyItem]] = []
        # Only namesakes can be one: a dense report holds a thousand items, and is put together at each step.
        self._namesakes: dict[object, list[int]] = defaultdict(list)

    def of(self, name: str) -> tuple[AnyItem, ...]:
        """Return the items of a list."""
        return tuple(item for kept_in, item in self._items if kept_in == name)

    def add(self, part: list[tuple[str, AnyItem]]) -> None:
        """Add the items of a part, which are different from each other: a usual medicine that is stopped."""
        free = set(range(len(self._items)))
        # First what both parts put into the same list; of the rest, only one part has seen the heading.
        rest = [(name, item) for name, item in part if not self._join(item, free, name)]
        for name, item in rest:
            if not self._join(item, free):
                self._namesakes[_identity(item)].append(len(self._items))
                self._items.append((name, item))

    def _join(self, item: AnyItem, free: set[int], name: str | None = None) -> bool:
        """Return whether earlier parts hold this item; its longer reading stays, in its earlier list."""
        for index in self._namesakes[_identity(item)]:
            kept_in, kept = self._items[index]
            if index in free and name in (None, kept_in) and _are_one(item, kept):
                free.remove(index)
                self._items[index] = (kept_in, max(kept, item, key=lambda one: len(one.citation)))
                return True
        return False


def _are_one(item: Item, other: Item) -> bool:
    """Return whether two namesakes are two readings of the same words."""
    if item.span is None or other.span is None:
        return item == other
    return item.span.start < other.span.end and other.span.start < item.span.end


def _identity(item: Item) -> object:
    """Return what two readings of the same words have in common."""
    if isinstance(item, Drug):
        return plain(item.name)
    if isinstance(item, Lab):
        return item.test, item.value, item.date
    return isinstance(item, Statement)
