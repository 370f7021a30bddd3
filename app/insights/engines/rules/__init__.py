"""The embedded engine: reads a report by rules, with no key and no network. A demonstration engine.

Each module knows one subject. All quote by offsets into the text they were given, so every item is proven.
"""

from app.insights import lexicon
from app.insights.engines import LOCAL
from app.insights.engines.rules import history, identity, labs, medicines
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout
from app.insights.models import Insights


class RulesEngine:
    """Rules and a lexicon; deterministic, a few milliseconds for a report."""

    name = LOCAL
    label = "moteur embarqué (démonstration)"

    def extract(self, text: str) -> Insights:
        """Return what the rules find in `text`."""
        report = Report(text)
        layout = Layout(report)
        found = medicines.read(report, layout, lexicon.starter())
        renal, hepatic = labs.read(report)
        return Insights(
            age=identity.age(report),
            sex=identity.sex(report),
            reason=history.reason(report, layout),
            history=history.history(report, layout),
            usual=found.usual,
            discharge=found.discharge,
            during_stay=found.during_stay,
            stopped=found.stopped,
            unclassified=found.unclassified,
            renal=renal,
            hepatic=hepatic,
        )
