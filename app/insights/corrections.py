"""What a reader corrects, kept apart from what an engine extracted.

An extraction never changes. Corrections name its items by place and number ("usual/0"), and `entries` lays
them over it: each entry has the item as corrected and as extracted, so that both can be shown and exported.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from app.insights.models import Age, Drug, Insights, Item, Lab, SexMention, Statement

Fields = Mapping[str, Any]


class Place(StrEnum):
    """Where an item stands: the fields of `Insights`."""

    AGE = "age"
    SEX = "sex"
    REASON = "reason"
    HISTORY = "history"
    USUAL = "usual"
    DISCHARGE = "discharge"
    DURING_STAY = "during_stay"
    STOPPED = "stopped"
    UNCLASSIFIED = "unclassified"
    RENAL = "renal"
    HEPATIC = "hepatic"


PATIENT: Final = (Place.AGE, Place.SEX, Place.REASON)
DRUGS: Final = (Place.USUAL, Place.DISCHARGE, Place.DURING_STAY, Place.STOPPED, Place.UNCLASSIFIED)
LABS: Final = (Place.RENAL, Place.HEPATIC)

_MODELS: Final[dict[Place, type[Item]]] = {
    Place.AGE: Age,
    Place.SEX: SexMention,
    Place.REASON: Statement,
    Place.HISTORY: Statement,
    **dict.fromkeys(DRUGS, Drug),
    **dict.fromkeys(LABS, Lab),
}
# What a reader may change of each; the citation of a statement is the statement.
EDITABLE: Final[dict[type[Item], tuple[str, ...]]] = {
    Age: ("years",),
    SexMention: ("value",),
    Statement: ("citation",),
    Drug: ("name", "dci", "dose", "route", "frequency", "as_needed"),
    Lab: ("test", "value", "unit", "date"),
}


class Row(BaseModel):
    """One item as a reader left it: `key` is None for one that they added."""

    model_config = ConfigDict(frozen=True)

    key: str | None
    place: Place
    fields: dict[str, Any]


class Corrections(BaseModel):
    """What differs from an extraction: items changed or moved, by key; keys of those removed; those added."""

    model_config = ConfigDict(frozen=True)

    changed: dict[str, Row] = {}
    removed: tuple[str, ...] = ()
    added: tuple[Row, ...] = ()

    def is_empty(self) -> bool:
        """Return whether the extraction stands as it is."""
        return not (self.changed or self.removed or self.added)


@dataclass(frozen=True)
class Entry:
    """One item: as it stands now, and as it was extracted (`was` is None: added by the reader)."""

    key: str
    place: Place
    item: Item
    was: Item | None
    was_at: Place | None

    @property
    def is_corrected(self) -> bool:
        """Whether the reader changed or moved what was extracted."""
        return self.was is not None and (self.item, self.place) != (self.was, self.was_at)

    @property
    def is_added(self) -> bool:
        """Whether the reader added it; nothing in the report proves it."""
        return self.was is None

    @property
    def proof(self) -> str:
        """The words of the report that stand for it, whatever the reader made of them; "" when added."""
        return self.was.citation if self.was else ""


def entries(insights: Insights, corrections: Corrections) -> tuple[Entry, ...]:
    """Return all that stands now, place by place, in the order of the text; what was added comes last."""
    extracted = (
        _laid_over(key, place, item, corrections.changed.get(key))
        for key, place, item in keyed(insights)
        if key not in corrections.removed
    )
    added = (
        Entry(f"{row.place}/+{number}", row.place, _added(row), None, None)
        for number, row in enumerate(corrections.added)
    )
    order = list(Place)
    return tuple(sorted((*extracted, *added), key=lambda entry: order.index(entry.place)))


def removed(insights: Insights, corrections: Corrections) -> tuple[Item, ...]:
    """Return the extracted items that the reader took out."""
    return tuple(item for key, _, item in keyed(insights) if key in corrections.removed)


def corrected(insights: Insights, corrections: Corrections) -> Insights:
    """Return the extraction with the corrections made: what is compared, counted and signed."""
    if corrections.is_empty():
        return insights
    standing: dict[Place, list[Item]] = {place: [] for place in Place}
    for entry in entries(insights, corrections):
        standing[entry.place].append(entry.item)
    return Insights.model_validate(
        {
            str(place): items if place not in PATIENT else items[0] if items else None
            for place, items in standing.items()
        }
    )


def keyed(insights: Insights) -> Iterator[tuple[str, Place, Item]]:
    """Yield every extracted item with its key and place."""
    for place in Place:
        held = getattr(insights, place)
        items: Iterable[Item] = held if isinstance(held, tuple) else [held] if held is not None else []
        for number, item in enumerate(items):
            yield f"{place}/{number}", place, item


def rows(insights: Insights, corrections: Corrections, places: Iterable[Place]) -> tuple[Row, ...]:
    """Return what stands at `places`, as a reader may edit it; `revised` takes it back."""
    wanted = set(places)
    return tuple(
        Row(key=entry.key, place=entry.place, fields=_fields(entry.item))
        for entry in entries(insights, corrections)
        if entry.place in wanted
    )


def revised(
    insights: Insights, corrections: Corrections, places: Iterable[Place], edited: Iterable[Row]
) -> Corrections:
    """Return `corrections` with those of `places` replaced by what `edited` says.

    Args:
        insights: the extraction.
        corrections: what was corrected before; of other places it stays.
        places: where all of `edited` stand and stood.
        edited: all that shall stand there; items of the extraction that it leaves out are removed.
    """
    wanted, edited = set(places), tuple(edited)
    by_key = {row.key: row for row in edited if row.key is not None}
    here = {key: (place, item) for key, place, item in keyed(insights) if place in wanted}
    changed = {
        key: row
        for key, row in by_key.items()
        if key in here and (row.place, row.fields) != (here[key][0], _fields(here[key][1]))
    }
    others = {key: row for key, row in corrections.changed.items() if key not in here}
    return Corrections(
        changed={**others, **changed},
        removed=(
            *(key for key in corrections.removed if key not in here),
            *(key for key in here if key not in by_key),
        ),
        added=(
            *(row for row in corrections.added if row.place not in wanted),
            *(row.model_copy(update={"key": None}) for row in edited if row.key not in here),
        ),
    )


def _laid_over(key: str, place: Place, item: Item, row: Row | None) -> Entry:
    if row is None:
        return Entry(key, place, item, item, place)
    return Entry(key, row.place, item.model_copy(update=row.fields), item, place)


def _added(row: Row) -> Item:
    return _MODELS[row.place].model_validate({"citation": "", "span": None, **row.fields})


def _fields(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in EDITABLE[type(item)]}
