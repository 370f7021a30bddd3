"""Reads a new prescription, in whatever order and however many medicines a line holds."""

from app.insights import lexicon
from app.insights.engines.rules.prescriptions import Prescription, read

__all__ = ["Prescription", "read_prescription"]


def read_prescription(text: str) -> Prescription:
    """Return what the prescription `text` orders and stops, each quoted; nothing found is not an error."""
    return read(text, lexicon.current())
