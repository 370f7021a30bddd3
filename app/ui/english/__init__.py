"""What the page says, in English: for each French sentence or template its translation.

Templates name their values in braces. Those of `RECOGNISED` arrive with values in them already, from parts of
the app that know nothing of the page; the names of their values are given here.
"""

from typing import Final

from .exporting import EXPORTING
from .files import FILES
from .giving import GIVING
from .reading import READING
from .recognised import OURS, SENTENCES
from .reconciling import RECONCILING
from .signing_in import SIGNING_IN

__all__ = ["ENGLISH", "OURS", "RECOGNISED"]

RECOGNISED: Final[dict[str, str]] = {**FILES, **SENTENCES}
ENGLISH: Final[dict[str, str]] = {**SIGNING_IN, **GIVING, **READING, **RECONCILING, **EXPORTING, **RECOGNISED}
