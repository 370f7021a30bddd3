"""The keys of the session state, in one place; and what the browser says of the reader's time."""

from datetime import UTC, timedelta, tzinfo
from datetime import timezone as fixed

import streamlit as st

LANGUAGE = "language"
REPORT_TEXT = "report_text"
FILES = "files"
FILES_ROUND = "files_round"
ANALYSE = "analyse"
PREVIEW = "preview"
NEW_CASE = "new_case"
FORGET = "forget"
ERASE = "erase"
ENGINE = "engine"
READER = "reader"
REDUCED = "reduced"
AGREE = "agree"
HIDDEN = "hidden"
RESUME = "resume"
RESUME_ERASE = "resume_erase"

SIGN_IN = "sign_in"
SIGN_OUT = "sign_out"

WORKLIST = "worklist"
CASE = "case"
OPEN = "open"
CANCEL = "cancel"
RETRY = "retry"

VIEW = "view"
TEXT = "text"
CORRECTING = "correcting"
RESTORE = "restore"
ROWS = "rows"
EDITOR = "editor"
ROUND = "round"
BASE = "base"
ORDERED = "ordered"
PRESCRIPTION = "prescription"
COMPARE = "compare"
NAME = "qualified_by"
SIGNATORY = "signatory"
DOWNLOAD = "download"
DOWNLOAD_ALL = "download_all"
NO_DIFFERENCE = "no_difference"


def consent(provider: str, region: str) -> str:
    """The key of the consent to send reports to a provider in a region: another one is asked for anew."""
    return f"consent to {provider}, {region}"


def of(key: str, *parts: object) -> str:
    """The key of a widget that stands once per report, or per line."""
    return " ".join((key, *map(str, parts)))


def timezone() -> tzinfo:
    """The time zone of the reader's browser, which says by how many minutes it is behind UTC."""
    behind_min = st.context.timezone_offset
    return fixed(-timedelta(minutes=behind_min)) if isinstance(behind_min, int) else UTC
