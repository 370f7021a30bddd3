import pytest

from app.insights.engines.rules import posology
from app.insights.engines.rules.scans import readable
from app.insights.evidence import plain


def read(text):
    found = posology.read(plain(readable(text)), 0, len(text))
    words = [text[slice(*part)] if part else None for part in (found.dose, found.frequency)]
    return *words, found.as_needed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 2,5 mg : 1 cp le matin", ("2,5 mg", "1 cp le matin", False)),
        (" 7,5 mg : 0,5 cp au coucher si besoin", ("7,5 mg", "0,5 cp au coucher si besoin", True)),
        (" 1000 mg 1-0-1 (diminuée)", ("1000 mg", "1-0-1", False)),
        (" 75 µg/24 h 1 patch tous les 3 jours", ("75 µg/24 h", "1 patch tous les 3 jours", False)),
        (" 24/26 mg : 1 cp matin et soir", ("24/26 mg", "1 cp matin et soir", False)),
        (" 100 000 UI une ampoule tous les 3 mois", ("100 000 UI", "une ampoule tous les 3 mois", False)),
        (" 2 sachets matin et soir", ("2 sachets", "matin et soir", False)),
        (" en cas de gêne", (None, "en cas de gêne", True)),
        (" 500 mg x 3/j pendant 7 jours", ("500 mg", "x 3/j pendant 7 jours", False)),
        (" 4000 UI 1 inj SC/j jusqu'à J35", ("4000 UI", "1 inj SC/j jusqu'à J35", False)),
        (
            " 20 mg : 2 cp/j 3 jours, puis 1 cp/j 3 jours puis stop",
            ("20 mg", "2 cp/j 3 jours, puis 1 cp/j 3 jours puis stop", False),
        ),
        (" 40 mg par voie orale le soir", ("40 mg", "le soir", False)),
        (" 4O0 mg matin et soir", ("4O0 mg", "matin et soir", False)),
        (" est bien toléré", (None, None, False)),
    ],
)
def test_dose_and_frequency_are_read_as_written(text, expected):
    assert read(text) == expected
