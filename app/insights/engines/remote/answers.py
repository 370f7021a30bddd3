"""What a language model is asked to fill in, and the strict JSON schema that makes it do so.

The names are those of the reports annotated by hand. A strict schema wants every property required and none
with a default, so what may be missing is null. A citation comes first in each object: the model copies the
words before it says what they mean.
"""

from typing import Any, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from app.insights.models import HepaticTest, RenalTest, Sex


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CitedAge(_Strict):
    """Age in completed years."""

    citation: str
    valeur: int


class CitedSex(_Strict):
    """Sex, as written."""

    citation: str
    valeur: Sex


class CitedDrug(_Strict):
    """A medicine in one list."""

    citation: str
    nom: str
    dci: str | None
    dosage: str | None
    frequence: str | None
    si_besoin: bool


class CitedRenalTest(_Strict):
    """A value of renal function."""

    citation: str
    test: RenalTest
    valeur: float | None
    unite: str | None
    date: str | None


class CitedHepaticTest(_Strict):
    """A value of hepatic function."""

    citation: str
    test: HepaticTest
    valeur: float | None
    unite: str | None
    date: str | None


class Answer(_Strict):
    """Everything asked about one report; reason and history are themselves the words of the report."""

    age: CitedAge | None
    sexe: CitedSex | None
    raison_hospitalisation: str | None
    antecedents_medicaux: list[str]
    traitements_habituels: list[CitedDrug]
    traitement_sortie: list[CitedDrug]
    pendant_sejour: list[CitedDrug]
    arretes: list[CitedDrug]
    fonction_renale: list[CitedRenalTest]
    fonction_hepatique: list[CitedHepaticTest]


def _bare(schema: Any) -> Any:
    """Return `schema` without what the model has no use for: our titles and docstrings."""
    if isinstance(schema, dict):
        return {
            name: _bare(value)
            for name, value in schema.items()
            if not (name in ("title", "description") and isinstance(value, str))
        }
    return [_bare(value) for value in schema] if isinstance(schema, list) else schema


# Built once: making it takes longer than sending it.
RESPONSE_FORMAT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "compte_rendu",
        "strict": True,
        "schema": _bare(Answer.model_json_schema()),
    },
}

EMPTY: dict[str, Any] = {
    name: [] if get_origin(field.annotation) is list else None for name, field in Answer.model_fields.items()
}


def read(content: str) -> Answer | None:
    """Return a whole answer, or None when it is not what the schema demands."""
    try:
        return Answer.model_validate_json(content)
    except ValidationError:
        return None
