"""The same medicines with the same doses, whether a report is pasted, printed or typed in Word."""

import functools
import re
from pathlib import Path

import pytest

from app.insights.documents import decoded, read_file, read_report
from app.insights.engines import local_engine
from app.insights.evidence import plain
from tests.app.insights.documents.made import pdf, typed, word

ROOT = Path(__file__).parents[4]
REPORTS = [
    file
    for folder in (ROOT / "tests" / "data" / "reports", ROOT.parent / "shared" / "data" / "reports")
    for file in sorted(folder.glob("*.txt"))
    if not file.name.endswith(".prescription.txt") and file.read_bytes().strip()
]
FORMS = {
    "monospace": lambda text: pdf(text, size=8),
    "proportional": lambda text: pdf(text, font="Helvetica"),
    "justified": lambda text: pdf(text, font="Times", size=11, width_mm=170, align="J"),
    "tables": lambda text: pdf(text, font="Helvetica", tables=True),
    "narrow": lambda text: pdf(text, font="Helvetica", width_mm=120),
    "word": word,
}
# Lines wrapped in other places cost some: "100" / "000 UI", "x" / "3/j".
LEAST_KEPT = {
    "word": 1.0,
    "monospace": 0.99,
    "proportional": 0.985,
    "justified": 0.985,
    "tables": 0.98,
    "narrow": 0.96,
}


def folded(words):
    return " ".join(re.sub(r"[|\s]+", " ", plain(words or "")).split())


@functools.cache
def pasted(report):
    """What is found in a report that is pasted: its medicines and its labs."""
    return found_in(read_report(typed(decoded(report.read_bytes()))))


def found_in(text):
    found = local_engine().extract(text)
    return medicines(found), labs(found)


def medicines(found):
    return {
        (kind, folded(drug.name), folded(drug.dose), folded(drug.frequency))
        for kind in ("usual", "discharge", "during_stay", "stopped")
        for drug in getattr(found, kind)
    }


def labs(found):
    return {(str(lab.test), lab.value, folded(lab.date)) for lab in (*found.renal, *found.hepatic)}


@pytest.mark.parametrize("form", FORMS)
def test_medicines_and_labs_survive_paper(form):
    asked, kept, added, labs_asked, labs_kept = 0, 0, 0, 0, 0
    for report in REPORTS:
        expected, expected_labs = pasted(report)
        found, found_labs = found_in(read_file("a", FORMS[form](typed(decoded(report.read_bytes())))))
        asked, kept, added = (
            asked + len(expected),
            kept + len(expected & found),
            added + len(found - expected),
        )
        labs_asked, labs_kept = labs_asked + len(expected_labs), labs_kept + len(expected_labs & found_labs)
    print(f"{form}: {kept} of {asked} medicines, {added} others; {labs_kept} of {labs_asked} labs")
    assert kept >= LEAST_KEPT[form] * asked
    assert labs_kept >= 0.98 * labs_asked
