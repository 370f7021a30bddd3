"""The languages of the page: sentences are written in French where they are used, and looked up in English.

What a report says, and the words of a prescription, stay as they are written. Sentences that come from
elsewhere (why a file can't be read, why an engine gave nothing) are French too, with values already in them:
they are recognised by their template.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, TypeVar

import streamlit as st

from app.ui import state
from app.ui.english import ENGLISH, OURS, RECOGNISED

FRENCH: Final = "Français"
IN_ENGLISH: Final = "English"
LANGUAGES: Final = {FRENCH: "fr", IN_ENGLISH: "en"}

Option = TypeVar("Option")

_FIELD: Final = re.compile(r"\{(\w+)\}")
# A French sign that stands after a space, or before one, keeps to its word: no line begins with it.
_BEFORE_SIGN: Final = re.compile(r" (?=[:;!?»])|(?<=«) ")
# "100\u202f000", as French groups digits.
_THOUSANDS: Final = re.compile(r"(?<=\d)\u202f(?=\d{3})")


def choose() -> None:
    """Let the reader choose the language of what follows."""
    st.segmented_control(
        "Langue · Language",
        list(LANGUAGES),
        default=FRENCH,
        required=True,
        key=state.LANGUAGE,
        label_visibility="collapsed",
    )


def code() -> str:
    """Return the language in use, as BCP 47 calls it."""
    return LANGUAGES[st.session_state.get(state.LANGUAGE) or FRENCH]


def key(of: str) -> str:
    """Return the key of a widget whose options are translated: in another language it is another widget.

    A browser knows an option by its words, and would have none of another language's selected.
    """
    return of if code() == "fr" else f"{of} {code()}"


def keep(key: str, *french: str) -> None:
    """Have a widget that knows its options by their labels stay where it is when the language changes.

    Args:
        key: of the widget, which has yet to be drawn.
        french: its labels, as `t` takes them.
    """
    shown = st.session_state.get(key)
    for label in french:
        if shown != t(label) and shown in (label, ENGLISH[label]):
            st.session_state[key] = t(label)


def labels(french: Mapping[Option, str]) -> Callable[[Option], str]:
    """Return what says the label of an option in the language of this run, whenever it is asked."""
    shown = {option: said(label) for option, label in french.items()}
    return shown.__getitem__


def t(french: str, /, **values: object) -> str:
    """Return a sentence of the page in the language in use; French where there is no other.

    Args:
        french: a sentence, or a template with the names of `values` in braces.
        values: what goes into it, as it is in every language.
    """
    sentence = _typeset(french) if code() == "fr" else ENGLISH.get(french, french)
    return sentence.format(**values) if values else sentence


def counted(count: int, one: str, several: str, **values: object) -> str:
    """Return one of two sentences of the page, with `count` in it: none is as one in French alone."""
    is_one = count == 1 or (count == 0 and code() == "fr")
    return t(one if is_one else several, count=count, **values)


def said(french: str) -> str:
    """Return a finished sentence in the language in use: a French one that no template fits stays French."""
    return _typeset(french) if code() == "fr" else english(french)


def english(french: str) -> str:
    """Return a finished sentence in English, its values carried over; as it is where no template fits."""
    if french in ENGLISH:
        return ENGLISH[french]
    for pattern, template in _templates():
        if found := pattern.fullmatch(french):
            return template.format(**{name: _value(name, words) for name, words in found.groupdict().items()})
    return french


def _typeset(french: str) -> str:
    return _BEFORE_SIGN.sub("\u00a0", french)


def _value(name: str, words: str) -> str:
    """Return a value as English has it: what a report or a file says stays as it is written."""
    if name == "aspects":
        return " and ".join(map(english, re.split(", | et ", words)))
    return english(words) if name in OURS else _THOUSANDS.sub(",", words)


@cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What recognises sentences: first those that hold others, then those that say most of themselves.

    A short one may fit what a longer one fits.
    """

    def rank(french: str) -> tuple[bool, int]:
        return "{reason}" in french, len(_FIELD.sub("", french))

    in_order = sorted(filter(_FIELD.search, RECOGNISED), key=rank, reverse=True)
    return tuple((_pattern(french), RECOGNISED[french]) for french in in_order)


def _pattern(french: str) -> re.Pattern[str]:
    """What a template matches once its values are in it; each value is as short as may be.

    Nothing is tried twice (atomic groups), so that a long file name costs no more than its length.
    """
    start, *rest = _FIELD.split(french)
    fields = [f"(?P<{name}>.+?){re.escape(text)}" for name, text in zip(rest[::2], rest[1::2], strict=True)]
    middle = "".join(f"(?>{field})" for field in fields[:-1])
    return re.compile(re.escape(start) + middle + "".join(fields[-1:]), re.DOTALL)
