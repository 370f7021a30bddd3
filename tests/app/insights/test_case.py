import pickle

import pytest

from app.insights.case import analyse
from app.insights.engines import OnProgress, local_engine
from app.insights.highlights import MarkKind, marks
from app.insights.models import Drug, Insights, Span


class Forgetful:
    """An engine that finds one medicine, quotes words that aren't there, and leaves out the rest."""

    name = "forgetful"
    label = "moteur oublieux"

    def extract(self, text: str, _on_progress: OnProgress | None = None) -> Insights:
        assert text
        found = Drug(
            name="Eliquis", dci="apixaban", dose="5 mg", frequency=None, citation="Eliquis 5 mg", span=None
        )
        return Insights(usual=(found,))


def test_a_drug_that_no_list_holds_is_reported_with_its_words():
    case = analyse("Il prend Eliquis 2,5 mg et Lasilix 40 mg le matin.", Forgetful())
    (omission,) = case.omissions
    assert (omission.name, omission.dci) == ("Lasilix", "furosémide")
    assert "Lasilix 40 mg" in omission.citation


def test_a_citation_without_a_span_is_unproven():
    case = analyse("Il prend Eliquis 2,5 mg.", Forgetful())
    assert [item.citation for item in case.insights.unproven()] == ["Eliquis 5 mg"]


def test_an_allergy_shows_among_the_omissions_and_in_no_list():
    case = analyse("Allergie : amoxicilline (urticaire).", local_engine())
    assert [omission.dci for omission in case.omissions] == ["amoxicilline"]


class Partial:
    """An engine that reads the first line of a list only."""

    name = "partial"
    label = "moteur partiel"

    def extract(self, text: str, _on_progress: OnProgress | None = None) -> Insights:
        start = text.index("Tahor 20 mg")
        span = Span(start=start, end=start + len("Tahor 20 mg"))
        found = Drug(
            name="Tahor",
            dci="atorvastatine",
            dose="20 mg",
            frequency=None,
            citation="Tahor 20 mg",
            span=span,
        )
        return Insights(usual=(found,))


@pytest.mark.parametrize("lost", ["- Tahor", "Il sort avec Tahor 40 mg."])
def test_a_usual_medicine_does_not_hide_its_lost_discharge_line(lost):
    case = analyse(f"Traitement habituel :\n- Tahor 20 mg\n\nTraitement de sortie :\n{lost}\n", Partial())
    (omission,) = case.omissions
    assert omission.citation == lost


def test_a_listed_medicine_named_again_in_passing_is_no_omission():
    case = analyse("Traitement habituel :\n- Tahor 20 mg\n\nLe Tahor est bien toléré.\n", Partial())
    assert case.omissions == ()


def test_a_case_travels_between_processes():
    case = analyse("Traitement habituel : Eliquis 5 mg matin et soir.", local_engine())
    assert pickle.loads(pickle.dumps(case)) == case  # noqa: S301  # our own bytes


def test_marks_go_from_left_to_right_without_overlap():
    def drug(start: int, end: int) -> Drug:
        return Drug(
            name="x", dci=None, dose=None, frequency=None, citation="x", span=Span(start=start, end=end)
        )

    found = marks(Insights(usual=(drug(10, 20),), stopped=(drug(12, 15), drug(0, 4))))
    assert [(mark.start, mark.end, mark.kind) for mark in found] == [
        (0, 4, MarkKind.STOPPED),
        (10, 20, MarkKind.USUAL),
    ]
