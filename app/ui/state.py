"""The keys of the session state, in one place."""

REPORT_TEXT = "report_text"
ANALYSE = "analyse"
NEW_CASE = "new_case"
CASE = "case"
FORGET = "forget"
