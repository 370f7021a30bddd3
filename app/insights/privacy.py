"""Sends less of a patient's identity: « réduction des identifiants ».

Names, birth dates, numbers and addresses that rules recognise are replaced by what they are. Rules find less
than half of what identifies somebody (0.43 recall was measured elsewhere), so this is never called by a
stronger name, and the reader sees exactly what will be sent.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from app.insights import identifiers
from app.insights.engines.protocol import Engine, OnProgress, Section
from app.insights.identifiers import Identifier
from app.insights.models import Insights, Item, Span

AnyItem = TypeVar("AnyItem", bound=Item)


@dataclass(frozen=True)
class Reduction:
    """A report, and the words of it that are replaced before it is sent."""

    original: str
    identifiers: tuple[Identifier, ...]

    @cached_property
    def text(self) -> str:
        """Exactly what will be sent."""
        kept = []
        end = 0
        for one in self.identifiers:
            kept += [self.original[end : one.start], one.placeholder]
            end = one.end
        return "".join([*kept, self.original[end:]])

    @cached_property
    def placeholders(self) -> tuple[Span, ...]:
        """Where the placeholders stand in `text`, in order: what a preview marks."""
        spans = []
        shift = 0
        for one in self.identifiers:
            start = one.start + shift
            spans.append(Span(start=start, end=start + len(one.placeholder)))
            shift += len(one.placeholder) - (one.end - one.start)
        return tuple(spans)

    def origin(self, span: Span) -> Span:
        """Return the range of the original report behind a range of `text`; placeholders count as a whole."""
        return Span(start=self._origin(span.start, is_end=False), end=self._origin(span.end, is_end=True))

    def restored(self, insights: Insights) -> Insights:
        """Return what was found in `text`, with places and words of the original report."""
        values = {name: getattr(insights, name) for name in Insights.model_fields}
        return insights.model_copy(
            update={
                name: tuple(map(self._restored, value))
                if isinstance(value, tuple)
                else value and self._restored(value)
                for name, value in values.items()
            }
        )

    def _restored(self, item: AnyItem) -> AnyItem:
        if item.span is None:
            return item
        span = self.origin(item.span)
        return item.model_copy(update={"span": span, "citation": self.original[span.start : span.end]})

    def _origin(self, offset: int, *, is_end: bool) -> int:
        """Return where an offset of `text` comes from."""
        index = bisect_right(self._starts, offset - is_end) - 1
        if index < 0:
            return offset
        placeholder, one = self.placeholders[index], self.identifiers[index]
        if offset - is_end < placeholder.end:
            return one.end if is_end else one.start
        return offset - placeholder.end + one.end

    @cached_property
    def _starts(self) -> list[int]:
        return [span.start for span in self.placeholders]


def reduce(text: str) -> Reduction:
    """Return `text` with the identifiers that rules find replaced; the same text gives the same reduction."""
    return Reduction(text, identifiers.find(text))


class ReducingEngine:
    """An engine that is sent the reduced report, and whose results are those of the original one."""

    def __init__(self, engine: Engine) -> None:
        """Reduce what `engine` reads."""
        self._engine = engine
        self.name, self.provider, self.model = engine.name, engine.provider, engine.model
        self.region, self.is_cloud = engine.region, engine.is_cloud
        self.label = f"{engine.label}, identifiants réduits"

    def extract(self, text: str, on_progress: OnProgress | None = None) -> Insights:
        """Return what the engine finds in the reduced report, at its places in `text`."""
        reduction = reduce(text)

        def tell(found: Insights, complete: frozenset[Section]) -> None:
            if on_progress is not None:
                on_progress(reduction.restored(found), complete)

        return reduction.restored(self._engine.extract(reduction.text, tell if on_progress else None))
