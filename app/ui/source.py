"""The report itself, with what was found in it highlighted by kind."""

from collections.abc import Iterable

from app.insights.highlights import Mark, MarkKind
from app.ui.language import t
from app.ui.markup import Html, join, tag
from app.ui.proof import passage

LABELS = {
    MarkKind.IDENTITY: "identité et motif",
    MarkKind.HISTORY: "antécédents",
    MarkKind.USUAL: "traitement habituel",
    MarkKind.DISCHARGE: "traitement de sortie",
    MarkKind.STAY: "pendant le séjour",
    MarkKind.STOPPED: "arrêté",
    MarkKind.UNCLASSIFIED: "non classé",
    MarkKind.LAB: "biologie",
    MarkKind.OMITTED: "absent de l'extraction",
}


def source(text: str, marks: Iterable[Mark], label: str) -> Html:
    """Return a text as it is written, with its marks, in a box that scrolls and takes the keyboard."""
    return tag(
        "div",
        *_passages(text, marks),
        class_="source",
        role="region",
        aria_label=label,
        tabindex="0",
        lang="fr",
    )


def legend(marks: Iterable[Mark]) -> Html:
    """Return the kinds that `marks` holds, each in its colour."""
    kinds = dict.fromkeys(mark.kind for mark in marks)
    shown = (tag("mark", t(LABELS[kind]), class_=kind.value) for kind in LABELS if kind in kinds)
    return tag("p", join(part for mark in shown for part in (mark, " ")), class_="legend")


def _passages(text: str, marks: Iterable[Mark]) -> Iterable[str | Html]:
    end = 0
    for mark in marks:
        yield text[end : mark.start]
        yield passage(text[mark.start : mark.end], mark.keys, mark.kind.value, t(LABELS[mark.kind]))
        end = mark.end
    yield text[end:]
