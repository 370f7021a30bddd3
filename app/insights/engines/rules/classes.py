"""A usual medicine that is stopped under the name of its class: "L'IPP, sans indication, est stoppé"."""

import re
from collections.abc import Iterator, Sequence

from app.insights.engines.rules.context import Context, Fate
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout
from app.insights.evidence import plain
from app.insights.models import Drug

# A class, and how the substances of it end or what they are.
_CLASSES = (
    (r"ipp|inhibiteurs? de la pompe a protons?", r"prazole"),
    (r"statines?", r"statine"),
    (r"beta-?bloqu?ants?", r"olol"),
    (r"iec|inhibiteurs? de l'enzyme de conversion", r"pril"),
    (r"ara ?(?:2|ii)|sartans?", r"sartan"),
    (r"benzodiazepines?|bzd", r"(?:azepam|azolam|clobazam|oxazolam|clorazepate)"),
    (r"avk|anti-?vitamines? k", r"(?:warfarine|fluindione|acenocoumarol)"),
    (r"aod|anticoagulants? oral(?: direct)?", r"(?:apixaban|rivaroxaban|dabigatran(?: etexilate)?|edoxaban)"),
    (r"ains|anti-?inflammatoires?", r"(?:profene|diclofenac|naproxene|coxib|oxicam|ibuprofene)"),
    (r"biguanides?", r"metformine"),
    (r"gliflozines?|isglt2", r"gliflozine"),
    (r"diuretiques? de l'anse", r"furosemide|bumetanide"),
    (r"thiazidiques?", r"hydrochlorothiazide|indapamide"),
)
_ANY = "|".join(rf"(?P<c{i}>{words})" for i, (words, _) in enumerate(_CLASSES))
_NAMED = re.compile(rf"\b(?=[abdgipst])(?:{_ANY})(?![^\W_])")
_SILENT = (Kind.FAMILY, Kind.ALLERGY, Kind.ASIDE, Kind.HISTORY)


def stopped(report: Report, layout: Layout, context: Context, usual: Sequence[Drug]) -> Iterator[Drug]:
    """Yield the one usual medicine of each class that the report stops, under the name it gives the class."""
    for match in _NAMED.finditer(context.masked) if usual else ():
        if layout.at(match.start()).kind in _SILENT:
            continue
        ending = _CLASSES[int((match.lastgroup or "c0")[1:])][1]
        members = [drug for drug in usual if re.search(rf"(?:{ending})\b", plain(drug.dci or ""))]
        in_list = layout.at(match.start()).kind is Kind.STOPPED
        if len(members) == 1 and (in_list or context.fate(*match.span()) is Fate.STOPPED):
            words = report.quote(*context.stopping(*match.span()))
            yield Drug(
                name=report.text[slice(*match.span())],
                dci=members[0].dci,
                dose=None,
                frequency=None,
                **words,
            )
