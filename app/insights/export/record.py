"""A dossier as JSON: the record of the annotated reports (`records.record`), and beside it what led to it.

The keys of a record are what `score.py` judges; these stand beside them:
    moteur, lexique, date: what read the report, what checked it, when this was written (ISO 8601)
    base_conciliation: "traitement habituel" or "traitement de sortie"; null when nothing is compared
    non_classes: medicines that the rules could not put in a list, in the form of the lists
    omissions: medicines of the text that no list holds, as found after the extraction
    extraction: the record before the reader corrected anything, and its `non_classes`
    corrections: what the reader changed, added and removed, by the names of `corrections.Corrections`
    qualifications: for each line of `conciliation`, in its order, its divergence, comment, author and time
"""

import json
from collections.abc import Iterable
from datetime import datetime

from app.insights import words
from app.insights.dossier import Dossier, Judged
from app.insights.models import Drug, Insights
from app.insights.records import Record, record


def write(dossier: Dossier, at: datetime, lexicon: str = "") -> bytes:
    """Return the record of `dossier` as UTF-8, the same for the same arguments."""
    return (json.dumps(built(dossier, at, lexicon), ensure_ascii=False, indent=1) + "\n").encode()


def built(dossier: Dossier, at: datetime, lexicon: str = "") -> Record:
    """Return the record of `dossier` and what stands beside it; arguments as in `content.sheet`."""
    asked, judged, insights = dossier.reconciliation, dossier.judged(), dossier.insights()
    prescription = asked.prescription if asked else ""
    return {
        **record(dossier.name, insights, prescription, (one.line for one in judged)),
        "moteur": dossier.case.engine_label,
        "lexique": lexicon or None,
        "date": at.isoformat(),
        "base_conciliation": words.before(asked) if asked else None,
        "non_classes": _drugs(insights.unclassified),
        "omissions": [
            {"nom": omission.name, "dci": omission.dci, "citation": omission.citation}
            for omission in dossier.case.omissions
        ],
        "extraction": {
            **record(dossier.name, dossier.case.insights),
            "non_classes": _drugs(dossier.case.insights.unclassified),
        },
        "corrections": dossier.corrections.model_dump(mode="json"),
        "qualifications": [_said(one) for one in judged],
    }


def _drugs(drugs: Iterable[Drug]) -> list[Record]:
    """Return medicines in the very form that a record gives its lists."""
    listed: list[Record] = record("", Insights(usual=tuple(drugs)))["traitements_habituels"]
    return listed


def _said(one: Judged) -> Record:
    said = one.qualification
    return {
        "medicament": one.line.name,
        "divergence": one.discrepancy.value,
        "commentaire": said.comment if said else None,
        "par": said.by if said else None,
        "le": said.at if said else None,
    }
