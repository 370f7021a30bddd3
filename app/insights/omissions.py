"""What an extraction left out: drugs that the lexicon sees in the text and that no list holds."""

from app.insights.evidence import plain
from app.insights.lexicon import Lexicon, Mention
from app.insights.models import Insights, Omission, Span

_CONTEXT_CHARS = 60


def find(text: str, insights: Insights, lexicon: Lexicon) -> tuple[Omission, ...]:
    """Return one omission per substance, with the words around its first mention.

    An allergy or "pas de metformine" is listed too: the reader sees why no list holds it.
    """
    held = {substance for drug in insights.drugs() for substance in _substances(drug.dci)}
    held |= {plain(drug.name) for drug in insights.drugs()}
    found: dict[str, Omission] = {}
    for mention in lexicon.mentions(text):
        if mention.dci not in found and not _is_held(text, mention, held):
            found[mention.dci] = _omission(text, mention)
    return tuple(found.values())


def _is_held(text: str, mention: Mention, held: set[str]) -> bool:
    return plain(text[mention.start : mention.end]) in held or _substances(mention.dci) <= held


def _substances(dci: str | None) -> set[str]:
    return {plain(part.strip()) for part in (dci or "").split("+") if part.strip()}


def _omission(text: str, mention: Mention) -> Omission:
    """Quote the line around a mention, cut at word ends when it is long."""
    start = max(text.rfind("\n", 0, mention.start) + 1, mention.start - _CONTEXT_CHARS)
    line_end = text.find("\n", mention.end)
    end = min(line_end if line_end >= 0 else len(text), mention.end + _CONTEXT_CHARS)
    while start and start < mention.start and not text[start - 1].isspace():
        start += 1
    while end < len(text) and end > mention.end and not text[end].isspace():
        end -= 1
    return Omission(
        name=text[mention.start : mention.end],
        dci=mention.dci,
        citation=text[start:end].strip(),
        span=Span(start=mention.start, end=mention.end),
    )
