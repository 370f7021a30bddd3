"""Turns an answer into insights: each item with its place in the report, or without one when unproven.

The words a model quotes are looked for by code, and what it read in them must stand in them: a changed dose,
a unit or a drug that the report doesn't name leaves the item without a place, which the page shows first.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from app.insights.engines.remote import identity, labs
from app.insights.engines.remote.answers import Answer, CitedAge, CitedDrug, CitedSex
from app.insights.engines.remote.places import Places
from app.insights.evidence import FoldedText, plain
from app.insights.lexicon import Lexicon, Mention
from app.insights.models import Age, Drug, Insights, SexMention, Span, Statement

Value = TypeVar("Value")

_CONDITION = re.compile(r"\bsi\b|\ben cas\b|\bsb\b|\bprn\b|\bdemande\b|\bbesoin\b")
# "Traitement habituel inchangé" stands for each line of the usual treatment.
_CARRIED_OVER = re.compile(r"\binchang|\bidentique|\bidem\b|\bpoursui|\breconduit|\bmeme traitement")


def insights(answer: Answer, text: str, lexicon: Lexicon) -> Insights:
    """Return what `answer` says of `text`, in the order of the answer, exact repetitions left out."""
    places = Places(text)
    usual = _drugs(answer.traitements_habituels, places, lexicon)
    return Insights(
        age=_age(answer.age, places),
        sex=_sex(answer.sexe, places),
        reason=_statement(answer.raison_hospitalisation, places) if answer.raison_hospitalisation else None,
        history=_once(_statement(words, places) for words in answer.antecedents_medicaux if words.strip()),
        usual=usual,
        discharge=_drugs(answer.traitement_sortie, places, lexicon, usual),
        during_stay=_drugs(answer.pendant_sejour, places, lexicon),
        stopped=_drugs(answer.arretes, places, lexicon),
        renal=_once(labs.lab(cited, places) for cited in answer.fonction_renale),
        hepatic=_once(labs.lab(cited, places) for cited in answer.fonction_hepatique),
    )


def _age(cited: CitedAge | None, places: Places) -> Age | None:
    if cited is None:
        return None
    span = places.next(cited.citation) if identity.proves_age(cited, places.text) else None
    return Age(years=cited.valeur, citation=_quoted(cited.citation, span, places), span=span)


def _sex(cited: CitedSex | None, places: Places) -> SexMention | None:
    if cited is None:
        return None
    span = places.next(cited.citation, of="sex") if identity.proves_sex(cited) else None
    return SexMention(value=cited.valeur, citation=_quoted(cited.citation, span, places), span=span)


def _statement(words: str, places: Places) -> Statement:
    span = places.next(words, of="statement")
    return Statement(citation=_quoted(words, span, places), span=span)


def _drugs(
    cited: Iterable[CitedDrug], places: Places, lexicon: Lexicon, usual: tuple[Drug, ...] = ()
) -> tuple[Drug, ...]:
    proven = {_written(drug.name, drug.dose, drug.frequency) for drug in usual if drug.span is not None}
    return _once(_drug(drug, places, lexicon, proven) for drug in cited)


def _drug(cited: CitedDrug, places: Places, lexicon: Lexicon, usual: set[tuple[str | None, ...]]) -> Drug:
    span = places.next(cited.citation)
    carried = _written(cited.nom, cited.dosage, cited.frequence) in usual and _carries_over(cited)
    if not carried and not _proves(cited):
        span = None
    dci, is_approximate = _substance(cited, lexicon)
    return Drug(
        name=cited.nom,
        dci=dci,
        dose=cited.dosage,
        frequency=cited.frequence,
        as_needed=cited.si_besoin,
        approximate=is_approximate,
        citation=_quoted(cited.citation, span, places),
        span=span,
    )


def _proves(cited: CitedDrug) -> bool:
    quoted = FoldedText(cited.citation)
    values = filter(None, (cited.nom, cited.dosage, cited.frequence))
    is_named = bool(cited.nom.strip()) and all(quoted.find(value) for value in values)
    return is_named and (not cited.si_besoin or bool(_CONDITION.search(plain(cited.citation))))


def _carries_over(cited: CitedDrug) -> bool:
    return bool(_CARRIED_OVER.search(plain(cited.citation)))


def _substance(cited: CitedDrug, lexicon: Lexicon) -> tuple[str | None, bool]:
    """Return the DCI and whether the name was only nearly recognised; what the lexicon knows comes first."""
    known = lexicon.dci(cited.nom)
    mentions = [] if known else list(_mentions(cited, lexicon))
    if known or len(mentions) != 1:
        return known or cited.dci, False
    (mention,) = mentions
    return (cited.dci or mention.dci, True) if mention.approximate else (mention.dci, False)


def _mentions(cited: CitedDrug, lexicon: Lexicon) -> Iterator[Mention]:
    """Yield what the lexicon recognises in the name, read where it stands: before its posology."""
    named = FoldedText(cited.citation).find(cited.nom)
    for mention in lexicon.mentions(cited.citation):
        if named is not None and mention.start < named.end and named.start < mention.end:
            yield mention


def _quoted(citation: str, span: Span | None, places: Places) -> str:
    """Return the report's own words, which typography may tell from those of the model."""
    return places.text[span.start : span.end] if span else citation


def _written(*values: str | None) -> tuple[str | None, ...]:
    return tuple(value and plain(value).strip() for value in values)


def _once(items: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(items))
