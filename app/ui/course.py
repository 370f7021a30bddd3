"""What becomes of each medicine from admission to discharge, in a word."""

from app.insights import reconcile
from app.insights.models import Drug, Insights
from app.insights.reconcile import Line, Status
from app.ui.changes import described
from app.ui.language import t


def course(insights: Insights) -> dict[Drug, str]:
    """Return a word for each medicine that is started, changed, kept or left out at discharge.

    Nothing is said of a report without a discharge treatment: what it leaves out, it may not have meant to.
    """
    if not insights.discharge:
        return {}
    lines = reconcile.compare(insights.usual, insights.discharge, insights.stopped)
    return {drug: word for line in lines for drug, word in _words(line)}


def _words(line: Line) -> list[tuple[Drug, str]]:
    if line.status is Status.NEW and line.after:
        return [(line.after, t("débuté"))]
    if line.status is Status.STOPPED and line.before:
        return [(line.before, t("arrêté") if line.after else t("absent de la sortie"))]
    if line.status is Status.CHANGED and line.after:
        return [(line.after, t("modifié : {changes}", changes=described(line.changes)))]
    return [(line.after, t("inchangé"))] if line.after else []
