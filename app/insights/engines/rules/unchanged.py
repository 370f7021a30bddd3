"""Usual medicines that a discharge list repeats in few words: "traitement habituel inchangé"."""

import re
from collections.abc import Sequence

from app.insights.engines.rules.duplicates import same_substance
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout, Section
from app.insights.evidence import plain
from app.insights.models import Drug

_LIST = r"(?:traitements?|ttt|ordonnance)"
_UNCHANGED = re.compile(
    # "idem maison", "le reste sans changement"
    r"\b(?:(?P<same>(?:le )?reste (?:du traitement )?(?:est )?(?:idem|inchang\w+|identique|a l'identique"
    r"|comme avant"
    r"|sans (?:changement|modification))"
    r"|(?:idem|identique|memes? traitements?)\s*(?:maison|entree|domicile|traitement|ttt|habituel\w*"
    r"|qu'a|avant"
    r"|au ttt|a l'entree|\+|,|et\b|sauf|a part|hors|par ailleurs))"
    # "reprise de son traitement habituel"
    rf"|(?:poursuite|reprise|reprendre|poursuivre|continuer|maintien|maintenir|garder|conserver)"
    rf" (?:de |du |des |de l'|l'|le |les )?(?P<own>(?:son |ses )?{_LIST}"
    r" (?:habituels?|personnels?|anterieurs?|de fond|d'entree)(?: habituels?)?)"
    # "traitement habituel inchangé"; alone, "inchangé" speaks of what it stands beside.
    rf"|(?:(?P<all>{_LIST}(?: (?:au long cours|chroniques?|habituels?|habituelle|personnels?"
    rf"|d'entree|anterieurs?|de fond"
    rf"|par ailleurs"
    r"|ci-dessus|en cours|actuels?))*)\s*:?\s*)?"
    r"(?:(?:est |etait )?(?:repri\w*|reconduit\w*|poursuivi\w*|laisse\w*) )?(?:inchangee?s?"
    r"|a l'identique|idem"
    r"|sans (?:changement|modification)|identique a l'entree)"
    # "traitement personnel à poursuivre"
    rf"|(?P<pursued>{_LIST} (?:habituels?|personnels?|d'entree|anterieurs?|de fond))\s*:? (?:est "
    rf"|sera |a ete )?"
    r"(?:a (?:poursuivre|reprendre|continuer|conserver|maintenir|renouveler)|poursuivi|repris|reconduit"
    r"|maintenu)\b"
    # "Traitement de sortie : traitement habituel, en ajoutant …"
    rf"|(?P<bare>{_LIST} (?:habituels?|personnels?|anterieurs?|de fond|d'entree))(?=\s*(?:[,+;.]"
    rf"|et\b|avec\b|sauf\b|hormis\b"
    r"|en (?:ajout|rempla|associ|modifi)|plus\b|$)))"
)
# Said of one medicine or a few: "Cordarone et Ganfort inchangés".
_GOES_ON = re.compile(
    r"[^.;\n]{0,60}?\b(?:inchange|poursuiv(?:i|re)|maintenu|identique|idem|sans changement"
    r"|sans modification"
    r"|comme avant"
    r"|memes? (?:posologie|dose|dosage)|reconduit|repris)"
)
_CONTINUED = re.compile(
    r"\b(?:reconduit|reconduisons|reconduction|poursuit|poursuivons|poursuite|poursuivre|repren\w+|reprise"
    r"|gard\w+|conserv\w+|maint\w+|continu\w+|laiss\w+)\b[^.;:\n\d]{0,60}$"
)

_EXCEPT = re.compile(
    r"\b(?:hormis|sauf|excepte|hors|a l'exception d\w+|en dehors d\w+|a part|moins)\b(?P<who>[^.;\n]*)"
)


def fill(
    report: Report,
    layout: Layout,
    usual: Sequence[Drug],
    discharge: Sequence[Drug],
    stopped: Sequence[Drug],
) -> list[Drug]:
    """Return the discharge list with what it takes over from the usual one, quoting the words that say so."""
    listed = [_as_before(report, drug, usual) for drug in discharge]
    has_list = any(section.headed and section.kind is Kind.DISCHARGE for section in layout.sections)
    for section in layout.of(Kind.DISCHARGE):
        if has_list and not section.headed:
            continue  # what a sentence of the stay takes up again, the list at its end says
        match = _UNCHANGED.search(report.plain, section.start, section.end)
        alone = not any(_starts_in(drug, section) for drug in discharge)
        # Beside a list, "inchangé" may speak of one line; "traitement habituel inchangé" speaks of all.
        first = match and not report.plain[section.start : match.start()].strip(" :=-–•*\n\t")
        said = match and any(match[name] for name in ("all", "same", "own", "pursued"))
        if match and (said or first or (alone and not match["bare"])):
            held = [*stopped, *listed]
            quote = report.quote(*match.span())
            excepted = _excepted(report, match.end())
            listed += [
                drug.model_copy(update=quote)
                for drug in usual
                if _is_regular(layout, drug, usual)
                and not same_substance(drug, held)
                and not _is_named(drug, excepted)
            ]
    return listed


def _is_regular(layout: Layout, drug: Drug, usual: Sequence[Drug]) -> bool:
    """What was taken by the way, told outside the usual list, is not taken over with that list."""
    in_list = [one for one in usual if one.span and layout.at(one.span.start).kind is Kind.USUAL]
    return drug in in_list or not in_list


def _excepted(report: Report, offset: int) -> str:
    """Return the words after "hormis" or "sauf" in the sentence that goes on at `offset`."""
    match = _EXCEPT.search(report.plain, offset, report.segment_at(max(0, offset - 1)).end)
    return match["who"] if match else ""


def _is_named(drug: Drug, words: str) -> bool:
    return bool(words) and (plain(drug.name) in words or plain(drug.dci or drug.name) in words)


def _as_before(report: Report, drug: Drug, usual: Sequence[Drug]) -> Drug:
    """Give a bare name that "goes on unchanged" the posology of its usual line."""
    same = [other for other in usual if same_substance(drug, [other])]
    same_dose = not drug.dose or [plain(drug.dose)] == [plain(other.dose or "") for other in same]
    if not same_dose or drug.frequency or drug.span is None or len(same) != 1:
        return drug
    before = report.plain[
        max(report.segment_at(drug.span.start).start, drug.span.start - 80) : drug.span.start
    ]
    if not _GOES_ON.match(report.plain, drug.span.end) and not _CONTINUED.search(before):
        return drug
    taken_over = {"dose": same[0].dose, "frequency": same[0].frequency, "as_needed": same[0].as_needed}
    return drug.model_copy(update=taken_over)


def _starts_in(drug: Drug, section: Section) -> bool:
    return drug.span is not None and section.start <= drug.span.start < section.end
