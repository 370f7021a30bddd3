"""What every engine is: something that reads a report, and says as it goes what it has found so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.insights.models import Insights


class Section(StrEnum):
    """A part of the result that can be complete before the others; in the order of the page.

    `PATIENT` is age, sex and reason for admission; the others are the fields of `Insights` of that name.
    """

    PATIENT = "patient"
    HISTORY = "history"
    USUAL = "usual"
    DISCHARGE = "discharge"
    DURING_STAY = "during_stay"
    STOPPED = "stopped"
    RENAL = "renal"
    HEPATIC = "hepatic"


ALL_SECTIONS = frozenset(Section)

# Hears what is known so far and which sections are complete. What it raises cancels the extraction.
OnProgress = Callable[["Insights", frozenset[Section]], None]


@dataclass(frozen=True)
class Card:
    """An engine as a reader chooses it: all that must be said before anything is sent, and no key.

    `name` is the engine as configured ("openai"), `label` its name for readers, `provider` who runs it,
    `region` where, in French. `model` is empty for an engine that has none. `is_cloud` says that the report
    leaves this server, for which the reader is asked first.
    """

    name: str
    label: str
    provider: str
    model: str
    region: str
    is_cloud: bool


class Engine(Protocol):
    """Reads a report. Engines keep no state between reports and may be used by several threads.

    What it says of itself is what its `Card` says.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see `Card`
    @property
    def label(self) -> str: ...  # noqa: D102 - see `Card`
    @property
    def provider(self) -> str: ...  # noqa: D102 - see `Card`
    @property
    def model(self) -> str: ...  # noqa: D102 - see `Card`
    @property
    def region(self) -> str: ...  # noqa: D102 - see `Card`
    @property
    def is_cloud(self) -> bool: ...  # noqa: D102 - see `Card`

    def extract(self, text: str, on_progress: OnProgress | None = None) -> Insights:
        """Return what `text`, as `documents.read_report` returns it, says; nothing found is not an error.

        Args:
            text: The report.
            on_progress: Called from one thread at a time, first before anything is sent. What it raises ends
                the extraction and passes through.

        Raises:
            EngineError: a language model could not be asked or gave no usable answer; nothing was kept.
        """
