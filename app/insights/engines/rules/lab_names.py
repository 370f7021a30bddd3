"""Names of renal and hepatic tests, alone or together ("ASAT et ALAT"), with what may qualify them."""

import re

from app.insights.models import HepaticTest, RenalTest

Test = RenalTest | HepaticTest

_TESTS: tuple[tuple[Test, str], ...] = (
    (
        "clairance",
        r"(?:clairance|clair(?=\.?\s*:?\s*\d)|cl\.? ?cr|cl\.? ?creat\w*|cockcroft)(?:\s+(?:estimee\s+)?(?:de"
        r"|a)\s+la\s+creatinine?(?:mie)?)?",
    ),
    ("DFG", r"dfge?|debit de filtration(?: glomerulaire)?|egfr|mdrd|ckd-?epi"),
    ("creatinine", r"creat(?:inine|ininemie|ininemies)?|cr(?=\s*:?\s*\d+\s*[µμu]mol)"),
    ("uree", r"uree"),
    ("ASAT", r"asat|sgot|tgo"),
    ("ALAT", r"alat|sgpt|tgp"),
    ("GGT", r"ggt|gamma[- ]?gt|γ-?gt"),
    ("PAL", r"pal|phosphatases?\s+alcalines?"),
    ("bilirubine", r"bili(?:rubine)?|bilirubinemie|bt(?=\s*:?\s*(?:\d|\())"),
)
RENAL = ("creatinine", "DFG", "clairance", "uree")
_TEST = "|".join(rf"(?P<t{i}>{pattern})" for i, (_, pattern) in enumerate(_TESTS))
ONE = re.compile(rf"\b(?:{_TEST})(?![^\W_])")
# "clairance de la créatinine (Cockcroft)", "DFG MDRD": two names of one test.
_SAME_TEST = re.compile(rf"\s+\(?(?:{_TEST})\)?(?![^\W_])")
# "la clairance (Cockcroft)", "créatinine plasmatique", "DFG estimé (CKD-EPI)", "ASAT (TGO)".
_QUALIFIER = re.compile(
    r"(?:\s*\((?![^)]*\d\s*(?:µ|u|mmol|mg))(?!\s*[µμum]?mol|\s*m?l\s*/|\s*u?i?\s*/)[^)\n]{0,30}\)"
    r"|\s+(?:plasmatique|serique|sanguine|estimee?|calculee?|selon|(?:la\s+)?formule|(?:de|par"
    r"|en)?\s*(?:ckd[- ]?epi|mdrd|cockcroft(?:[- ]et[- ]gault)?|cg|c-g)"
    r"|totale?|t(?![^\W_])|tot\.?|libre|conjuguee|initiale?|basale|habituelle|de base|d'entree|de sortie"
    r"|a l'entree"
    r"|a l'admission|a la sortie|de controle|pre(?:-?dialyse|-?op\w*)?|post(?:-?dialyse|-?op\w*)?|stable"
    r"|controlee?|max(?:imale?|i)?|au pic))*"
)
# "bili T/D 34/21": the whole and a part of it.
_PART = re.compile(r"\s*/\s*(?:d|c|dir(?:ecte)?|conj(?:uguee?)?|libre|indirecte)\.?(?![^\W_])")
_JOINED = re.compile(r"\s*(?:/|,|et|-|\+)\s*")


def name(match: re.Match[str]) -> Test:
    """Return the test that a match of `ONE` names."""
    return next(test for i, (test, _) in enumerate(_TESTS) if match[f"t{i}"])


def group(folded: str, first: re.Match[str]) -> tuple[list[Test], int]:
    """Return the tests written together ("ASAT et ALAT"), and where the last one ends with its qualifiers."""
    tests = [name(first)]
    end = _end(_QUALIFIER, folded, first.end())
    if tests == ["bilirubine"] and (part := _PART.match(folded, end)):
        return [*tests, *tests], part.end()
    for _ in _TESTS:  # nobody lists more tests than there are
        joint = _JOINED.match(folded, end)
        following = (ONE.match(folded, joint.end()) if joint else None) or _SAME_TEST.match(folded, end)
        if following is None:
            break
        # "ASAT ALAT N" are two, "DFG MDRD" is one.
        two = following.re is ONE or (name(following) not in RENAL and tests[-1] not in RENAL)
        if two and name(following) not in tests:
            tests.append(name(following))
        end = _end(_QUALIFIER, folded, following.end())
    return tests, end


def _end(pattern: re.Pattern[str], folded: str, start: int) -> int:
    match = pattern.match(folded, start)
    return match.end() if match else start
