"""A new prescription beside what the patient takes: proposals with both citations, for a reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import streamlit as st

from app.insights.corrections import Entry
from app.insights.documents import UnreadableReportError, read_report
from app.insights.dossier import Base, Discrepancy, Dossier, Judged, Qualification, Reconciliation
from app.insights.highlights import Mark, MarkKind
from app.insights.models import Drug, Item, Omission
from app.insights.prescription import Prescription
from app.insights.reconcile import Line, Status
from app.ui import state, watching
from app.ui.changes import described
from app.ui.language import key, labels, said, t
from app.ui.markup import Html, badge, join, literal, tag
from app.ui.medicines import one_line, posology
from app.ui.proof import citation, proof
from app.ui.source import source
from app.worklists import Report, Worklist

BASES = {Base.USUAL: "Traitements habituels", Base.DISCHARGE: "Traitement de sortie"}
_PASTED, _DISCHARGE = "Une ordonnance collée ici", "Le traitement de sortie du compte rendu"
ORDERED = {one: one for one in (_PASTED, _DISCHARGE)}
_DISCREPANCIES = list(Discrepancy)
_KINDS = {Status.SAME: "plain", Status.EQUIVALENT: "plain"}


def draw(worklist: Worklist, report: Report, dossier: Dossier) -> None:
    """Ask what to compare with what; then draw each line with what is said of it."""
    st.caption(
        t(
            "Les statuts sont des propositions. Une divergence reste « non qualifiée » tant que personne ne "
            "l'a qualifiée."
        )
    )
    _ask(worklist, report, dossier)
    if dossier.reconciliation is None:
        return
    judged, prescribed = dossier.judged(), dossier.prescribed()
    if prescribed is not None and (asked := _to_ask(prescribed[0].repeated, prescribed[1])):
        st.html(asked)
    if not judged:
        st.info(t("Rien à comparer : aucun médicament d'un côté ni de l'autre."))
        return
    places = {entry.item: entry for entry in dossier.entries()}
    st.caption(_summary(judged))
    # Kept beside the field: Streamlit forgets a field that is out of sight, while another view is looked at.
    who = st.text_input(
        t("Qualifié par (nom et fonction)"), st.session_state.get(state.SIGNATORY, ""), key=state.NAME
    )
    st.session_state[state.SIGNATORY] = who
    if _say_no_difference(judged, who):
        same = [one.key for one in judged if one.line.status is Status.SAME and not one.qualification]
        # The fields of these lines are about to be drawn, and would else say what they said before.
        fields = [key(_field("discrepancy", report, line)) for line in same]
        st.session_state.update(dict.fromkeys(fields, Discrepancy.NONE))
        _keep(worklist, report, dossier, dict.fromkeys(same, _qualification(Discrepancy.NONE, "", who)))
    for one in judged:
        _line(worklist, report, dossier, one, places, who)
    if prescribed is not None:
        _prescription(dossier, prescribed[0])


def _ask(worklist: Worklist, report: Report, dossier: Dossier) -> None:
    before = dossier.reconciliation or Reconciliation(base=Base.USUAL)
    with st.form(state.of(state.COMPARE, "form", report.id), border=False):
        base = st.radio(
            t("Comparer"),
            list(BASES),
            index=list(BASES).index(before.base),
            format_func=labels(BASES),
            horizontal=True,
            key=key(state.of(state.BASE, report.id)),
        )
        ordered = st.radio(
            t("avec"),
            list(ORDERED),
            index=int(dossier.reconciliation is not None and not before.prescription),
            format_func=labels(ORDERED),
            horizontal=True,
            key=key(state.of(state.ORDERED, report.id)),
        )
        prescription = st.text_area(
            t("Nouvelle prescription"),
            before.prescription,
            height=140,
            key=state.of(state.PRESCRIPTION, report.id),
            placeholder=t("Collez ici la nouvelle prescription, un médicament par ligne…"),
        )
        asked = st.form_submit_button(t("Comparer"), key=state.of(state.COMPARE, report.id), type="primary")
    if not asked:
        return
    if ordered == _PASTED and not prescription.strip():
        st.error(t("Collez d'abord la nouvelle prescription, ou choisissez le traitement de sortie."))
        return
    try:
        pasted = read_report(prescription).strip() if ordered == _PASTED else ""
    except UnreadableReportError as reason:
        st.error(literal(said(str(reason))))
        return
    now = before.model_copy(update={"base": base, "prescription": pasted})
    watching.change(worklist.with_notes(report.id, reconciliation=now))
    st.rerun()


def _summary(judged: tuple[Judged, ...]) -> str:
    counts = Counter(one.line.status for one in judged)
    shown = ", ".join(f"{t(status)}{t(' : ')}{counts[status]}" for status in Status if counts[status])
    unqualified = sum(one.discrepancy is Discrepancy.UNQUALIFIED for one in judged)
    return t("{shown}. À qualifier : {unqualified}.", shown=shown, unqualified=unqualified)


def _say_no_difference(judged: tuple[Judged, ...], who: str) -> bool:
    """Offer to qualify all identical lines at once; whether a named reader does."""
    if not any(one.line.status is Status.SAME and not one.qualification for one in judged):
        return False
    asked = st.button(t("Aucune divergence sur les lignes identiques"), key=state.NO_DIFFERENCE)
    if asked and not who.strip():
        st.warning(t("Indiquez d'abord votre nom : une qualification est signée."))
    return asked and bool(who.strip())


def _line(
    worklist: Worklist,
    report: Report,
    dossier: Dossier,
    one: Judged,
    places: Mapping[Item, Entry],
    who: str,
) -> None:
    with st.container(border=True):
        st.html(_shown(one.line, places))
        judgement = st.container(horizontal=True)
        discrepancy = judgement.segmented_control(
            t("Divergence"),
            _DISCREPANCIES,
            default=one.discrepancy,
            required=True,
            format_func=labels({one: one.value for one in Discrepancy}),
            key=key(_field("discrepancy", report, one.key)),
        )
        comment = judgement.text_input(
            t("Commentaire"),
            one.qualification.comment if one.qualification else "",
            key=_field("comment", report, one.key),
        )
        if one.qualification:
            by, at = one.qualification.by, datetime.fromisoformat(one.qualification.at)
            st.caption(t("Par {by}, le {at}", by=literal(by), at=at.strftime("%d/%m/%Y %H:%M")))
        held = (one.discrepancy, one.qualification.comment if one.qualification else "")
        # As it is kept: what differs from that for ever would be kept again for ever.
        comment = comment.strip()
        if (discrepancy, comment) == held:
            return
        if not who.strip():
            st.warning(t("Indiquez d'abord votre nom : une qualification est signée."))
            return
        _keep(worklist, report, dossier, {one.key: _qualification(discrepancy, comment, who)})


def _field(name: str, report: Report, line_key: str) -> str:
    return state.of(name, report.id, line_key)


def _keep(
    worklist: Worklist, report: Report, dossier: Dossier, said_now: Mapping[str, Qualification]
) -> None:
    before = dossier.reconciliation
    assert before is not None  # noqa: S101 - a line comes of a comparison
    after = {
        key: qualification
        for key, qualification in {**before.qualifications, **said_now}.items()
        if qualification.discrepancy is not Discrepancy.UNQUALIFIED or qualification.comment
    }
    now = before.model_copy(update={"qualifications": after})
    watching.change(worklist.with_notes(report.id, reconciliation=now))
    st.rerun()


def _qualification(discrepancy: Discrepancy, comment: str, who: str) -> Qualification:
    at = datetime.now(state.timezone()).isoformat(timespec="seconds")
    return Qualification(discrepancy=discrepancy, comment=comment, by=who.strip(), at=at)


def _shown(line: Line, places: Mapping[Item, Entry]) -> Html:
    status = badge(t(line.status), _KINDS.get(line.status, "warning"))
    title = tag("p", tag("strong", one_line(line.name).upper()), " ", status, class_="line-title")
    changes = tag("p", described(line.changes), class_="line-changes") if line.changes else Html("")
    sides = tag(
        "dl",
        tag("div", tag("dt", t("Avant")), tag("dd", _side(line.before, places))),
        tag("div", tag("dt", t("Après")), tag("dd", _side(line.after, places))),
        class_="sides",
    )
    question = tag("p", said(line.question), class_="question") if line.question else Html("")
    return join([title, changes, sides, question])


def _side(drug: Drug | None, places: Mapping[Item, Entry]) -> Html:
    if drug is None:
        return tag("span", t("absent"), class_="absent")
    words = f"{one_line(drug.name)} {posology(drug)} "
    return join([words, proof(places[drug]) if drug in places else citation(drug, _ordered_key(drug))])


def _prescription(dossier: Dossier, read: Prescription) -> None:
    """Draw the pasted prescription with what was read of it."""
    if dossier.reconciliation is not None:
        text = dossier.reconciliation.prescription.strip()
        st.subheader(t("Nouvelle prescription"), anchor=False)
        st.html(source(text, _marks(read), t("Nouvelle prescription")))


def _to_ask(repeated: Iterable[Drug], unread: Iterable[Omission]) -> Html:
    """Return what is to be asked about a prescription before its lines; empty when nothing is."""
    lines = (
        *(_said_of(t("Écrit plus d'une fois"), drug.name, drug.citation) for drug in repeated),
        *(_said_of(t("Cité, mais pas comparé"), one.name, one.citation) for one in unread),
    )
    if not lines:
        return Html("")
    return tag("section", tag("ul", *lines), class_="to-check", aria_label=t("À vérifier"))


def _said_of(what: str, name: str, quoted: str) -> Html:
    return tag(
        "li",
        f"{what}{t(' : ')}",
        tag("strong", one_line(name).upper()),
        f", «\u00a0{one_line(quoted)}\u00a0»",
    )


def _marks(read: Prescription) -> list[Mark]:
    marks: list[Mark] = []
    for drug in sorted((*read.ordered, *read.stopped), key=lambda drug: drug.span.start if drug.span else -1):
        if drug.span and (not marks or drug.span.start >= marks[-1].end):
            start, end = drug.span.start, drug.span.end
            kind = MarkKind.STOPPED if drug in read.stopped else MarkKind.DISCHARGE
            marks.append(Mark(start=start, end=end, kind=kind, keys=(_ordered_key(drug),)))
    return marks


def _ordered_key(drug: Drug) -> str:
    return f"ordered/{drug.span.start if drug.span else 0}"
