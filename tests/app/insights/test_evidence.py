"""A citation is found whatever its typography, and never when a digit, a unit or a word differs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.evidence import FoldedText, plain

WORDS = st.sampled_from(
    [
        *("Lasilix", "œdème", "µg", "mg", "g", "UI", "le", "à l'entrée", "Créatinine", "mmol/L", "B12", "<"),
        *("2,5", "25", "5", "10", "100", "1-0-1", "24/26", "7", "850", "000"),
    ]
)
TOKEN = re.compile(r"(?:[<>≤≥] ?)?(?:\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,/:-]\d+)*)[^\W_]*|\w+")


def tokens(text: str) -> list[str]:
    return [plain(token) for token in TOKEN.findall(" ".join(text.split()))]


@pytest.mark.parametrize(
    ("citation", "found"),
    [
        ("lasilix 40 MG", "Lasilix 40 mg"),
        ("Lasilix\u00a040  mg", "Lasilix 40 mg"),
        ("a l’entree", "à l'entrée"),
        ("oedeme", "œdème"),
        ("75 μg", "75 µg"),
        ("le matin à jeun", "le matin\nà jeun"),
    ],
)
def test_typography_does_not_hide_a_citation(citation, found):
    text = "Lasilix 40 mg à l'entrée, œdème, Levothyrox 75 µg le matin\nà jeun"
    span = FoldedText(text).find(citation)
    assert span is not None
    assert text[span.start : span.end] == found


@pytest.mark.parametrize(
    ("text", "citation"),
    [
        ("Lasilix 40 mg", "Lasilix 4 mg"),
        ("Lasilix 40 mg", "Lasilix 40 g"),
        ("Lasilix 40 mg", "Lasilix 400 mg"),
        ("Levothyrox 25 µg", "5 µg"),
        ("Bisoprolol 2,5 mg", "5 mg"),
        ("Entresto 24/26 mg", "26 mg"),
        ("Metformine 1-0-1", "0-1"),
        ("NT-proBNP 7 850 ng/L", "850 ng/L"),
        ("DFG < 15", "15"),
        ("Levothyrox 75 µg", "75 mg"),
        ("dose ≠ 5", "dose = 5"),
        ("10² UI", "102 UI"),
        ("Créatinine 98 µmol/L", "Créatinine 98 mmol/L"),
        ("un texte", ""),
        ("un texte", "   "),
    ],
)
def test_a_changed_digit_unit_or_word_is_not_found(text, citation):
    assert FoldedText(text).find(citation) is None


@given(st.lists(WORDS, min_size=1, max_size=20), st.lists(WORDS, min_size=1, max_size=4))
def test_what_is_found_is_the_same_words_and_numbers(words, cited):
    text, citation = " ".join(words), " ".join(cited)
    span = FoldedText(text).find(citation)
    if span is not None:
        assert tokens(text[span.start : span.end]) == tokens(citation)
        before, after = tokens(text[: span.start]), tokens(text[span.end :])
        assert before + tokens(citation) + after == tokens(text)


@given(st.lists(WORDS, min_size=2, max_size=20), st.data())
def test_a_changed_digit_never_matches(words, data):
    text = " ".join(words)
    places = [i for i, char in enumerate(text) if char.isdigit()]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != text[place]]))
    # The whole text with one digit changed can't be a part of the text.
    assert FoldedText(text).find(text[:place] + digit + text[place + 1 :]) is None


UNITS = ("mg", "g", "µg", "UI", "mmol/L", "µmol/L", "mL", "%")
NAMES = ("Lasilix", "Lasix", "œdème", "le", "la", "matin", "soir", "sans", "avec", "B12", "B1")


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8), st.data())
def test_a_changed_unit_or_word_never_matches(before, after, data):
    kind = data.draw(st.sampled_from([UNITS, NAMES]))
    written = data.draw(st.sampled_from(kind))
    changed = data.draw(st.sampled_from([other for other in kind if other != written]))
    text, cited = (" ".join([*before, word, *after]) for word in (written, changed))
    # The whole text with one word changed can't be a part of the text.
    assert FoldedText(text).find(cited) is None


@given(st.text(max_size=200))
def test_plain_keeps_every_offset(text):
    assert len(plain(text)) == len(text)


@given(st.text(max_size=120), st.text(max_size=20))
def test_any_text_can_be_searched(text, citation):
    span = FoldedText(text).find(citation)
    assert span is None or 0 <= span.start < span.end <= len(text)
