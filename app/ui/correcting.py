"""Tables that a reader edits in place. What they change is kept beside what was extracted, never in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from app.insights import corrections, lexicon
from app.insights.corrections import DRUGS, LABS, PATIENT, Corrections, Place, Row
from app.insights.words import SEXES, TESTS
from app.ui import state, watching
from app.ui.language import code, labels, t
from app.worklists import Report, Worklist

LISTS: Final = {
    Place.USUAL: "Traitements habituels",
    Place.DISCHARGE: "Traitement de sortie",
    Place.DURING_STAY: "Pendant le séjour",
    Place.STOPPED: "Arrêtés",
    Place.UNCLASSIFIED: "Non classés",
}
_RENAL: Final = ("creatinine", "DFG", "clairance", "uree")
_OLDEST: Final = 130

Cells = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """What is corrected together: places of the extraction, and how their rows look in a table."""

    name: str
    places: tuple[Place, ...]
    edit: Callable[[str, tuple[Row, ...]], list[Row]]


def switch(subject: Subject, worklist: Worklist, report: Report) -> bool:
    """Let the reader turn the editing of `subject` on, or take its corrections back; whether it is on."""
    toggle = state.of(state.CORRECTING, subject.name, report.id)
    corrected = worklist.noted(report.id).corrections
    is_on = st.toggle(t("Corriger"), key=toggle)
    if _touches(corrected, subject) and st.button(
        t("Revenir à l'extraction"), key=state.of(state.RESTORE, subject.name, report.id)
    ):
        # Another key is another editor: the one before remembers its cells.
        _begin(subject, report)
        watching.change(worklist.with_notes(report.id, corrections=_without(corrected, subject)))
        st.rerun()
    return is_on


def edit(subject: Subject, worklist: Worklist, report: Report) -> None:
    """Draw what of `subject` stands as a table to edit, and keep what changes."""
    case, corrected = st.session_state[state.CASE], worklist.noted(report.id).corrections
    rows_key = state.of(state.ROWS, subject.name, report.id)
    # An editor knows its cells by the words that they show: in another language it is another editor.
    if rows_key not in st.session_state or st.session_state[rows_key][0] != code():
        _begin(subject, report)
        st.session_state[rows_key] = code(), corrections.rows(case.insights, corrected, subject.places)
    editor = state.of(state.EDITOR, subject.name, report.id, st.session_state[_round(subject, report)])
    edited = subject.edit(editor, st.session_state[rows_key][1])
    now = corrections.revised(case.insights, corrected, subject.places, edited)
    if now != corrected:
        watching.change(worklist.with_notes(report.id, corrections=now))
        st.rerun()


def leave(subject: Subject, report: Report) -> None:
    """Forget the table of an editing that is turned off: the next one begins with what stands then."""
    st.session_state.pop(state.of(state.ROWS, subject.name, report.id), None)


def _begin(subject: Subject, report: Report) -> None:
    leave(subject, report)
    key = _round(subject, report)
    st.session_state[key] = st.session_state.get(key, 0) + 1


def _round(subject: Subject, report: Report) -> str:
    return state.of(state.ROUND, subject.name, report.id)


def _touches(made: Corrections, subject: Subject) -> bool:
    return _without(made, subject) != made


def _without(made: Corrections, subject: Subject) -> Corrections:
    case = st.session_state[state.CASE]
    extracted = corrections.rows(case.insights, Corrections(), subject.places)
    return corrections.revised(case.insights, made, subject.places, extracted)


def _patient(key: str, rows: tuple[Row, ...]) -> list[Row]:
    held = {row.place: row for row in rows}

    def value(place: Place, name: str) -> Any:
        return held[place].fields[name] if place in held else None

    extracted = value(Place.AGE, "years")
    # Whatever an engine has found can be corrected.
    oldest = max(_OLDEST, extracted or 0)
    age = st.number_input(t("Âge (années)"), 0, oldest, extracted, key=f"{key} age", step=1)
    sexes = list(SEXES)
    sex = st.selectbox(
        t("Sexe"),
        sexes,
        index=sexes.index(value(Place.SEX, "value")) if Place.SEX in held else None,
        format_func=labels(SEXES),
        placeholder="—",
        key=f"{key} sex",
    )
    reason = st.text_area(
        t("Motif d'hospitalisation"), value(Place.REASON, "citation") or "", key=f"{key} reason"
    )
    said = ((Place.AGE, "years", age), (Place.SEX, "value", sex), (Place.REASON, "citation", reason.strip()))
    return [
        Row(key=held[place].key if place in held else None, place=place, fields={name: now})
        for place, name, now in said
        if now not in (None, "")
    ]


def _history(key: str, rows: tuple[Row, ...]) -> list[Row]:
    given = [{"key": row.key, "citation": row.fields["citation"]} for row in rows]
    config = {"citation": st.column_config.TextColumn(t("Antécédent"), required=True, width="large")}
    return [
        Row(key=cells["key"], place=Place.HISTORY, fields={"citation": cells["citation"]})
        for cells in _table(key, given, config, t("Antécédents"))
        if cells["citation"]
    ]


def _drugs(key: str, rows: tuple[Row, ...]) -> list[Row]:
    titles = {place: t(title) for place, title in LISTS.items()}
    given = [{"key": row.key, "list": titles[row.place], **row.fields} for row in rows]
    text = st.column_config.TextColumn
    config = {
        "list": st.column_config.SelectboxColumn(
            t("Liste"), options=list(titles.values()), required=True, default=titles[Place.USUAL]
        ),
        "name": text(t("Médicament"), required=True),
        "dci": text(t("DCI")),
        "dose": text(t("Dose")),
        "route": text(t("Voie")),
        "frequency": text(t("Fréquence")),
        "as_needed": st.column_config.CheckboxColumn(t("Si besoin"), default=False),
    }
    places = {title: place for place, title in titles.items()}
    before = {row.key: row.fields for row in rows}
    return [
        Row(key=cells["key"], place=places[cells["list"]], fields=_drug(cells, before.get(cells["key"], {})))
        for cells in _table(key, given, config, t("Médicaments"))
        if cells["name"] and cells["list"]
    ]


def _drug(cells: Cells, before: Cells) -> dict[str, Any]:
    """Another name stands for another substance, unless the reader says which."""
    fields = {name: cells[name] for name in ("name", "dci", "dose", "route", "frequency")}
    if fields["name"] != before.get("name") and fields["dci"] == before.get("dci"):
        fields["dci"] = lexicon.current().dci(fields["name"])
    return {**fields, "as_needed": bool(cells["as_needed"])}


def _labs(key: str, rows: tuple[Row, ...]) -> list[Row]:
    tests = {test: t(name) for test, name in TESTS.items()}
    given = [{"key": row.key, **row.fields, "test": tests[row.fields["test"]]} for row in rows]
    config = {
        "test": st.column_config.SelectboxColumn(t("Examen"), options=list(tests.values()), required=True),
        "value": st.column_config.NumberColumn(t("Valeur"), min_value=0),
        "unit": st.column_config.TextColumn(t("Unité")),
        "date": st.column_config.TextColumn(t("Date")),
    }
    codes = {name: test for test, name in tests.items()}
    return [
        Row(
            key=cells["key"],
            place=Place.RENAL if codes[cells["test"]] in _RENAL else Place.HEPATIC,
            fields={
                **{name: cells[name] for name in ("value", "unit", "date")},
                "test": codes[cells["test"]],
            },
        )
        for cells in _table(key, given, config, t("Biologie"))
        if cells["test"]
    ]


def _table(key: str, given: list[dict[str, Any]], config: dict[str, Any], name: str) -> Iterable[Cells]:
    """Draw a table and return its rows; a cell without a value is None, whatever stands for it in a frame."""
    # Comes with Streamlit, and without types.
    import pandas as pd  # type: ignore[import-untyped]

    frame = pd.DataFrame(given, columns=["key", *config], dtype=object)
    edited = st.data_editor(
        frame,
        key=key,
        column_config=config,
        column_order=list(config),
        num_rows="dynamic",
        hide_index=True,
        placeholder="—",
        alt=name,
    )
    for cells in edited.to_dict("records"):
        yield {column: None if pd.isna(cell) or cell == "" else cell for column, cell in cells.items()}


PATIENT_ROWS = Subject("patient", PATIENT, _patient)
HISTORY_ROWS = Subject("history", (Place.HISTORY,), _history)
DRUG_ROWS = Subject("drugs", DRUGS, _drugs)
LAB_ROWS = Subject("labs", LABS, _labs)
