"""The languages of the page: sentences are written in French where they are used, and looked up in English.

What a report says, and the words of a prescription, stay as they are written. Sentences that come from
elsewhere (why a file can't be read, why an engine gave nothing) are French too, with values already in them:
they are recognised by their template.
"""

import re
from functools import cache
from typing import Final

import streamlit as st

from app.ui import state
from app.ui.english import ENGLISH

FRENCH: Final = "Français"
IN_ENGLISH: Final = "English"
LANGUAGES: Final = {FRENCH: "fr", IN_ENGLISH: "en"}


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


def t(french: str, /, **values: object) -> str:
    """Return a sentence in the language in use.

    Args:
        french: a template, with the names of `values` in braces.
        values: what goes into it, as it is in every language.
    """
    if not values:
        return said(french)
    return (french if code() == "fr" else ENGLISH.get(french, french)).format(**values)


def said(french: str) -> str:
    """Return a whole sentence in the language in use: a French one that no template fits stays French."""
    return french if code() == "fr" else english(french)


def english(french: str) -> str:
    """Return `french` in English, its values carried over; as it is where no template fits."""
    if french in ENGLISH:
        return ENGLISH[french]
    for pattern, template in _templates():
        if found := pattern.fullmatch(french):
            return template.format(**{name: english(value) for name, value in found.groupdict().items()})
    return french


@cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(french), template) for french, template in ENGLISH.items() if "{" in french)


def _pattern(french: str) -> re.Pattern[str]:
    """What a template matches once its values are in it; each value is as short as may be."""
    parts = re.split(r"\{(\w+)(?::[^}]*)?\}", french)
    return re.compile(
        "".join(re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+?)" for i, part in enumerate(parts)),
        re.DOTALL,
    )
