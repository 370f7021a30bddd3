"""The embedded engine: reads a report by rules, with no key and no network. A demonstration engine.

Each module knows one subject. All quote by offsets into the text they were given, so every item is proven.
"""

from app.insights import lexicon
from app.insights.engines.choice import LOCAL_CARD
from app.insights.engines.protocol import ALL_SECTIONS, OnProgress
from app.insights.engines.rules import diseases, history, identity, labs, medicines, reasons
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout
from app.insights.models import Insights


class RulesEngine:
    """Rules and a lexicon; deterministic, a few milliseconds for a report."""

    name = LOCAL_CARD.name
    label = LOCAL_CARD.label
    provider = LOCAL_CARD.provider
    model = LOCAL_CARD.model
    region = LOCAL_CARD.region
    is_cloud = LOCAL_CARD.is_cloud

    def extract(self, text: str, on_progress: OnProgress | None = None) -> Insights:
        """Return what the rules find in `text`; `on_progress` hears of nothing yet, then of everything."""
        if on_progress is not None:
            on_progress(Insights(), frozenset())
        found = self._read(text)
        if on_progress is not None:
            on_progress(found, ALL_SECTIONS)
        return found

    def _read(self, text: str) -> Insights:
        report = Report(text)
        layout = Layout.of_report(report)
        found = medicines.read(report, layout, lexicon.current())
        renal, hepatic = labs.read(report)
        age = identity.age(report)
        # "Antécédents du litige": the minutes of a meeting name no disease.
        is_medical = any(found.every) or renal or hepatic or age or diseases.ANYWHERE.search(report.plain)
        return Insights(
            age=age,
            sex=identity.sex(report),
            reason=reasons.reason(report, layout),
            history=history.history(report, layout) if is_medical else (),
            usual=found.usual,
            discharge=found.discharge,
            during_stay=found.during_stay,
            stopped=found.stopped,
            unclassified=found.unclassified,
            renal=renal,
            hepatic=hepatic,
        )
