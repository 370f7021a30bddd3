"""One analysed report: what a session keeps and the page shows."""

from pydantic import BaseModel, ConfigDict

from app.insights import lexicon, omissions
from app.insights.documents import read_report
from app.insights.engines import Engine, OnProgress
from app.insights.models import Insights, Omission


class Case(BaseModel):
    """A report, what an engine found in it, and what the lexicon says it left out."""

    model_config = ConfigDict(frozen=True)

    text: str
    engine_label: str
    insights: Insights
    omissions: tuple[Omission, ...] = ()

    @property
    def to_check(self) -> int:
        """How many items are unproven or left out: what a reader looks at first."""
        return len(self.insights.unproven()) + len(self.omissions)


def analyse(pasted: str, engine: Engine, on_progress: OnProgress | None = None) -> Case:
    """Read what was pasted with `engine`, which tells `on_progress` as it goes, and check it by the lexicon.

    Raises:
        UnreadableReportError: nothing to analyse; the message is for the reader.
    """
    text = read_report(pasted)
    insights = engine.extract(text, on_progress)
    left_out = omissions.find(text, insights, lexicon.current())
    return Case(text=text, engine_label=engine.label, insights=insights, omissions=left_out)
