"""Reads an answer that is still being written."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from app.insights.engines.protocol import Section
from app.insights.engines.remote.answers import EMPTY, Answer

FIELDS: dict[Section, tuple[str, ...]] = {
    Section.PATIENT: ("age", "sexe", "raison_hospitalisation"),
    Section.HISTORY: ("antecedents_medicaux",),
    Section.USUAL: ("traitements_habituels",),
    Section.DISCHARGE: ("traitement_sortie",),
    Section.DURING_STAY: ("pendant_sejour",),
    Section.STOPPED: ("arretes",),
    Section.RENAL: ("fonction_renale",),
    Section.HEPATIC: ("fonction_hepatique",),
}


def read(content: str) -> tuple[Answer, frozenset[Section]] | None:
    """Return what `content` says so far and the sections that nothing can be added to; None: nothing yet.

    The last property and the last item of its list may still grow ("14" of "142"), so they wait for what
    follows them.
    """
    try:
        growing = from_json(content, allow_partial=True)
    except ValueError:
        return None
    if not isinstance(growing, dict) or not growing:
        return None
    last, value = growing.popitem()
    kept = growing | ({last: value[:-1]} if isinstance(value, list) else {})
    return _validated(kept, growing.keys())


def _validated(kept: dict[str, Any], finished: Any) -> tuple[Answer, frozenset[Section]] | None:
    try:
        answer = Answer.model_validate({**EMPTY, **kept})
    except ValidationError:
        return None
    return answer, frozenset(section for section, fields in FIELDS.items() if set(fields) <= set(finished))
