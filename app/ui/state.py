"""The keys of the session state, in one place."""

REPORT_TEXT = "report_text"
ANALYSE = "analyse"
NEW_CASE = "new_case"
CASE = "case"
FORGET = "forget"
ENGINE = "engine"
REDUCED = "reduced"
PREVIEW = "preview"
JOB = "job"
LAST_JOB = "last_job"
FAILURE = "failure"
CANCEL = "cancel"
ERASE = "erase"


def consent(provider: str, region: str) -> str:
    """The key of the consent to send reports to a provider in a region: another one is asked for anew."""
    return f"consent to {provider}, {region}"
