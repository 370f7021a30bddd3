"""The lexicon of the real database, where its files lie beside this repository; else these are skipped."""

from pathlib import Path

import pytest

from app.insights.bdpm.builder import build
from app.insights.lexicon import Lexicon, starter

ROOT = Path(__file__).parents[4]
FILES = ROOT.parent / "shared" / "data" / "bdpm"
ORDINARY = (ROOT / "tests" / "data" / "ordinary.txt").read_text(encoding="utf-8").split("\n\n")

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="the files of the BDPM are not here")


@pytest.fixture(scope="module")
def full():
    return Lexicon({}, build(FILES, starter()).names)


@pytest.mark.parametrize("paragraph", ORDINARY, ids=lambda paragraph: paragraph[:24])
def test_a_report_without_medicines_names_none(full, paragraph):
    found = list(full.mentions(paragraph))
    assert [paragraph[mention.start : mention.end] for mention in found] == []


@pytest.mark.parametrize(
    ("name", "dci"),
    [
        ("Voltarenplast", "diclofénac"),
        ("Setofilm", "ondansétron"),
        ("Migpriv", "acide acétylsalicylique + métoclopramide"),
        ("Alprolix", "eftrénonacog alfa"),
        ("Euphytose", None),
        ("millepertuis", "millepertuis"),
    ],
)
def test_a_brand_that_the_starter_does_not_know_gives_its_substance(full, name, dci):
    assert starter().dci(name) is None
    assert full.dci(name) == dci if dci else full.dci(name) is not None


@pytest.mark.parametrize("paragraph", ORDINARY, ids=lambda paragraph: paragraph[:24])
def test_neither_does_the_starter_name_any(paragraph):
    assert [paragraph[one.start : one.end] for one in starter().mentions(paragraph)] == []
