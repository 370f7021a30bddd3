"""Reads a prescription: a text that is one list of medicines from its first line to its last."""

from dataclasses import dataclass

from app.insights.engines.rules import medicines
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout, Section
from app.insights.lexicon import Lexicon
from app.insights.models import Drug


@dataclass(frozen=True)
class Prescription:
    """What a prescription orders, and what it stops ("Zyrtec arrêté"), both in the order of its lines.

    `repeated` are lines that order once more, word for word, what another line orders.
    """

    ordered: tuple[Drug, ...]
    stopped: tuple[Drug, ...]
    repeated: tuple[Drug, ...] = ()


def read(text: str, lexicon: Lexicon) -> Prescription:
    """Return the medicines of the prescription `text`; spans and citations are those of `text`."""
    report = Report(text)
    whole = Layout([Section(Kind.DISCHARGE, 0, len(text))])
    found = medicines.read(report, whole, lexicon)
    return Prescription(found.discharge, found.stopped, found.repeated)
