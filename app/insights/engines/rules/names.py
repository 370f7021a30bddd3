"""The medicines a report names: each name once, two names of one medicine joined."""

import re
from collections.abc import Iterator

from app.insights.engines.rules.report import Report
from app.insights.evidence import plain
from app.insights.lexicon import Lexicon, Mention

# What may stand between two names of one medicine, and the name that a brand of insulin adds to.
_SAME_MEDICINE = ("(", "", "/", "=", "[", "ou")
_ANY_INSULIN = "insuline humaine"
_ABBREVIATION = 4
_TWO_STRENGTHS = re.compile(r"\s*:?\s*\d+(?:[.,]\d+)?\s*(?:mg|g|[µμ]g)?\s*/\s*\d")


def read(report: Report, lexicon: Lexicon) -> Iterator[tuple[Mention, int]]:
    """Join two names of one medicine, "Lasilix (furosémide)" or "insuline Lantus"; yield where both end."""
    last: Mention | None = None
    end = 0
    for mention in lexicon.mentions(report.plain):
        if mention.dci == _ANY_INSULIN and report.text[mention.end - 1] in "éÉ":
            continue  # "diabète insuliné" is an adjective
        between = report.text[end : mention.start].strip(" \n\t") if last else "."
        if last and between in _SAME_MEDICINE and mention.dci == last.dci:
            end = mention.end
            continue
        if last and (both := _combined(report, last, mention, between, lexicon)):
            last, end = Mention(last.start, mention.end, both), mention.end
            continue
        if last and not (last.dci == _ANY_INSULIN and not between and mention.dci.startswith("insuline")):
            yield last, end
        last, end = mention, mention.end
    if last:
        yield last, end


def _is_substance(report: Report, mention: Mention) -> bool:
    """Return whether a name is that of the substance itself, or short for it ("HCTZ"): no brand."""
    written = report.text[mention.start : mention.end]
    if plain(written).startswith("vitamine "):
        return True
    return plain(written) == plain(mention.dci) or (written.isupper() and len(written) <= _ABBREVIATION)


def _combined(report: Report, left: Mention, right: Mention, between: str, lexicon: Lexicon) -> str | None:
    """Return the DCI of "irbésartan/hydrochlorothiazide 300/25 mg": two substances in one tablet."""
    if between not in ("/", "+", "-", "") or not all(_is_substance(report, m) for m in (left, right)):
        return None
    if not between and "\n" in report.text[left.end : right.start]:
        return None
    both = lexicon.combination(left.dci, right.dci)
    strengths = _TWO_STRENGTHS.match(report.plain, right.end)
    return both or (f"{left.dci} + {right.dci}" if strengths else None)
