"""The lists of medicines as they fill, and what becomes of them once a report is read to its end."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.insights.engines.rules.duplicates import is_held, once, one_per_substance, same_substance
from app.insights.engines.rules.kinds import Kind
from app.insights.evidence import plain
from app.insights.models import Drug


@dataclass(frozen=True)
class Medicines:
    """The five lists of medicines; `repeated` are lines of the discharge list that another says already."""

    usual: tuple[Drug, ...]
    discharge: tuple[Drug, ...]
    during_stay: tuple[Drug, ...]
    stopped: tuple[Drug, ...]
    unclassified: tuple[Drug, ...]
    repeated: tuple[Drug, ...] = ()

    @property
    def every(self) -> tuple[Drug, ...]:
        """The medicines of all lists."""
        return (*self.usual, *self.discharge, *self.during_stay, *self.stopped, *self.unclassified)


@dataclass
class Lists:
    """What was found so far. `by_kind` holds the usual, discharge and stay lists.

    `in_history` are medicines with a posology that the history tells; `doubtful` those named in a list, in
    words that do not say they are taken; `unclassified` those that no part of the report claims.
    """

    by_kind: dict[Kind, list[Drug]] = field(default_factory=lambda: defaultdict(list))
    in_history: list[Drug] = field(default_factory=list)
    stopped: list[Drug] = field(default_factory=list)
    doubtful: dict[Kind, list[Drug]] = field(default_factory=lambda: defaultdict(list))
    unclassified: list[Drug] = field(default_factory=list)

    def take_history(self) -> None:
        """What the history tells was taken before, though no list says so."""
        listed = tuple(self.by_kind[Kind.USUAL])
        self.by_kind[Kind.USUAL] += [drug for drug in self.in_history if not same_substance(drug, listed)]

    def medicines(self) -> Medicines:
        """Return the lists, each medicine once and none in a list that another one contradicts."""
        usual, discharge = (tuple(once(self.by_kind[kind])) for kind in (Kind.USUAL, Kind.DISCHARGE))
        stay = (drug for drug in self.by_kind[Kind.STAY] if not is_held(drug, usual, discharge))
        resumed = tuple(_with_posology(discharge))
        stopped = (drug for drug in self.stopped if not same_substance(drug, resumed))
        return Medicines(
            usual=usual,
            discharge=discharge,
            during_stay=tuple(once(stay)),
            stopped=tuple(one_per_substance(stopped, apart=_names(usual))),
            unclassified=tuple(one_per_substance(self._open(usual, discharge))),
            repeated=tuple(_repeated(self.by_kind[Kind.DISCHARGE], discharge)),
        )

    def _open(self, usual: tuple[Drug, ...], discharge: tuple[Drug, ...]) -> Iterator[Drug]:
        """Yield what no list holds; a doubtful line is held by its own list only."""
        for drugs, held in (
            (self.unclassified, (*usual, *discharge)),
            (self.doubtful[Kind.USUAL], usual),
            (self.doubtful[Kind.DISCHARGE], discharge),
        ):
            yield from (drug for drug in drugs if not same_substance(drug, (*held, *self.stopped)))


def _names(drugs: Iterable[Drug]) -> frozenset[str]:
    return frozenset(plain(drug.name) for drug in drugs)


def _repeated(lines: Iterable[Drug], kept: tuple[Drug, ...]) -> Iterator[Drug]:
    """Yield the lines with a posology that were left out since another one says the same."""
    places = {drug.span for drug in kept}
    yield from (drug for drug in _with_posology(lines) if drug.span not in places)


def _with_posology(drugs: Iterable[Drug]) -> Iterator[Drug]:
    """Only a prescription in full says that a stopped medicine was taken up again."""
    return (drug for drug in drugs if drug.dose or drug.frequency)
