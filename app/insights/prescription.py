"""Reads a new prescription, in whatever order and however many medicines a line holds."""

from app.insights import lexicon, omissions
from app.insights.engines.rules.prescriptions import Prescription, read
from app.insights.models import Insights, Omission

__all__ = ["Prescription", "read_prescription", "unread"]


def read_prescription(text: str) -> Prescription:
    """Return what the prescription `text` orders and stops, each quoted; nothing found is not an error."""
    return read(text, lexicon.current())


def unread(text: str, prescription: Prescription) -> tuple[Omission, ...]:
    """Return the medicines that `text` names and that `prescription`, as it was read, does not hold."""
    held = Insights(discharge=(*prescription.ordered, *prescription.repeated), stopped=prescription.stopped)
    return omissions.find(text, held, lexicon.current())
