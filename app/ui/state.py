"""The keys of the session state, in one place."""

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
REDUCED = "reduced"
MEMORY = "memory"
RESUME = "resume"
RESUME_ERASE = "resume_erase"

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
NO_DIFFERENCE = "no_difference"


def consent(provider: str, region: str) -> str:
    """The key of the consent to send reports to a provider in a region: another one is asked for anew."""
    return f"consent to {provider}, {region}"


def of(key: str, *parts: object) -> str:
    """The key of a widget that stands once per report, or per line."""
    return " ".join((key, *map(str, parts)))
