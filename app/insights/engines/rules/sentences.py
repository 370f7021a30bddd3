"""What a sentence says it lists: what the patient takes at home, or what he or she leaves with."""

import re

from app.insights.engines.rules.kinds import HOME, TREATMENT, Kind

_DISCHARGE = (
    # "Elle regagne son domicile avec", "il est sorti sous", "nous la laissons repartir avec"
    r"\b(?:regagne|rejoint|rentre|retourne|repart|quitte|sort|sortira|ressort)\b[^.]*\b(?:avec|sous"
    r"|traitement"
    r"|ordonnance)\b",
    r"\b(?:est|etait|sera|laiss\w+|autoris\w+ a) (?:re)?(?:sort(?:ie?|ir)|rentrer"
    r"|partir)\b[^.]*\b(?:avec|sous"
    r"|traitement|ordonnance)\b",
    r"\b(?:retour|rentree?|sortie?|rad)(?: ce jour| ce matin| le [\d/]+)?,? (?:a (?:son )?domicile "
    r"|en ehpad )?"
    r"(?:avec|sous)\b",
    # "Sortie en SSR neurologique avec :", "Transfert ce jour en rééducation sous :"
    r"^\W*(?:sortie|retour|depart|transfert|mutation|rad)\b"
    r"(?!.{0,20}\b(?:bloc|chambre|salle|rea\w*|usc|dialyse)\b)[^.;:]{0,60}\b(?:avec|sous)\b",
    r"\b(?:transferee?|mutee?|adressee?|orientee?) (?:en|au|a|vers) [^.]{0,30}\b(?:ssr|smr|ehpad|had"
    r"|reeducation"
    r"|convalescence|soins de suite|domicile)\b[^.]{0,30}\b(?:avec|sous)\b",
    # "Le traitement de sortie associe", "à la sortie, il reçoit", "au départ du service"
    rf"{TREATMENT}[^.,;]{{0,25}}\b(?:de|a la|a sa|pour la) sortie\b|{TREATMENT} (?:au depart|final"
    rf"|definitif)\b",
    r"\ba (?:la|sa) sortie,? (?:il|elle|le|la|les|son|du|de|nous|on|poursuite|reprise|reconduction"
    r"|maintien|ordonnance"
    r"|l')\b"
    r"|\bau depart du service\b",
    rf"{TREATMENT} (?:devient|(?:est|sera|comporte) (?:desormais|maintenant))\b",
    # "Poursuite du traitement habituel"; but "reprise du traitement habituel à J2" tells the stay
    r"\b(?:poursuite|reprise|reprendre|poursuivre|maintien|continuer) (?:(?:de|du|des|le|les|son"
    r"|ses|l')\s?)*"
    rf"{TREATMENT} (?:habituel|personnel|anterieur|d'entree|de fond)s?(?! (?:a j|le \d|des\b|en post"
    rf"|au lendemain))",
    # "Le traitement habituel est poursuivi à l'identique"
    rf"{TREATMENT} (?:habituel|a domicile|personnel|de fond|anterieur|au long cours|chronique|en cours"
    rf"|d'entree)[^.]{{0,30}}\b(?:poursuivi|repris"
    r"|reconduit|inchange|a l'identique|sans (?:changement|modification))",
    r"\bordonnance\b(?! d[eu] (?:son|sa|leur|medecin|generaliste))[^.]{0,40}\b(?:suivante|comport\w+"
    r"|compren\w+"
    r"|associ\w+)\b",
    # "Je diminue l'Advagraf à 3,5 mg": what a letter does as it is written
    r"\b(?:je |j'|nous )(?:diminu|augment|major|ajout|rajout|remplac|baiss|pass)(?:e|ons)\b"
    r"|\b(?:je |nous )(?:redui|introdui|poursui|recondui)(?:s|sons|vons)\b|\b(?:je maintiens"
    r"|nous maintenons)\b",
    rf"\breste (?:du |de (?:son |sa |l')?|des ){TREATMENT}[^.;]{{0,20}}\b(?:inchang|identique|idem"
    rf"|poursuivi|sans (?:changement|modif))",
    r"\b(?:nous|je) (?:vous )?(?:propos|conseill|sugger|recommand)\w+ (?:de |la |d'|un |une )?(?:poursui"
    r"|redui|diminu|augment|major|pass(?:er|age)|introdui|ajout|remplac|baiss|continu|mainten"
    r"|maintien|traitement)",
    rf"{TREATMENT} (?:a ete|est) (?:modifi|adapt|simplifi|ajust)\w+ (?:comme suit|ainsi|de la (?:facon"
    rf"|maniere))",
    rf"{TREATMENT} (?:de relais|(?:propos|conseill|preconis|recommand)ee?|retenu) (?:est|sera|associe"
    rf"|compren|comport)",
    r"\bsortie (?:est|a ete|etait|sera) [^.;]{0,30}\b(?:avec|sous)\b",
    r"\b(?:il|elle|patiente?) prend (?:desormais|maintenant|donc)\b",
    r"\b(?:nous lui|je lui|lui) (?:avons|ai|a ete|ont ete|sont|est) (?:prescri\w+|remis\w*|propose\w*)\b",
    r"\b(?:faudra (?:lui )?(?:donner|prendre|poursuivre|continuer)|a poursuivre|poursuivra"
    r"|devra prendre|doit prendre|prendra|recevra|continuera|gardera)\b",
)
_USUAL = (
    r"\b(?:prenait|recevait|avalait|consommait)\b|\b(?:declare|dit|rapporte|signale|reconnait) prendre\b"
    r"|\b(?:il|elle|patiente?) prend (?!conscience|en charge|du poids|contact|rendez|appui|part\b"
    r"|son (?:petit|repas))"
    r"|\b(?:vous|tu) (?:le |la |l')(?:traite[sz]|aviez mise?|avez mise?) (?:par|avec|sous)\b"
    rf"|\bon note (?:comme |un |une )?{TREATMENT}"
    r"|\bprend (?:habituellement|au long cours|a domicile|chaque jour"
    r"|tous les jours|actuellement|comme|depuis|par ailleurs|du|de l'|de la|la|le|un|une|des|seulement"
    r"|uniquement)",
    r"\b(?:il|elle|patiente?) (?:recoit|consomme|s'automedique|se traite)\b|\bs(?:ui(?:t"
    r"|vait)) un traitement\b",
    # "Son traitement habituel comprend", "le traitement qu'elle suit"
    rf"{TREATMENT}[^.,;:]{{0,20}}\b(?:habituel|personnel|actuel|de fond|au long cours|a domicile|anterieur"
    r"|en cours|d'entree|a l'entree|a l'admission|a l'arrivee|comport|compren|associ|consist|suivi\b"
    r"|qu'(?:il|elle) (?:suit|prend|suivait))",
    rf"\b(?:son|ses) (?:seuls? |uniques? )?{TREATMENT} (?:sont|etai(?:en)?t|se (?:resum|limit))\w*\b"
    rf"|\bau titre des traitements\b"
    rf"|\bcomme {TREATMENT}"
    rf"|\b(?:a|avait) pour {TREATMENT}",
    # "Elle a bénéficié d'un traitement" tells the stay.
    r"(?<!\ba )\bbeneficie(?:ait|e)? d'un traitement\b|\bbeneficiait d'un traitement\b"
    r"|\bavec un traitement par\b",
    # "Il est traité depuis 2010 par", "elle était sous", "sous Plavix depuis"
    r"\b(?:etait|est) (?:habituellement |deja |actuellement )?traitee? (?:[^.,;]{2,25} )?(?:par|avec"
    r"|au long cours)\b"
    r"|\btraitee? (?:depuis [^,.;]{2,20}|au long cours) par\b|\best (?:equilibree?|stabilisee?) (?:par"
    r"|sous)\b",
    r"\b(?:est|etait) (?:deja |habituellement )?sous\b|\barrive (?:avec|sous)\b|\bsubstitue\w* par\b",
    r"^\W*sous [^.,;]{2,40} depuis\b|\bau long cours\s*:",
    rf"\b(?:{HOME}|habituellement|d'habitude|avant (?:son |l'|cette |d'etre )?(?:entree|hospitalis\w+"
    rf"|admission"
    r"|arrivee|venue))\b,?[^.]{0,60}\b(?:avait|sous|avec|par|prend|traitement|etait)\b",
    # "Ce patient, traité pour une épilepsie par Dépakine, est hospitalisé", "patiente sous Xarelto, adressée"
    r"(?<!ete )\btraitee? (?:pour|depuis)[^.;]{2,60}\b(?:par|avec)\b[^.]{0,200}\b(?:est|a ete|etait)"
    r" (?:hospitalis|admis|adress|transfer)",
    r"\b(?:patiente?|homme|femme)\b[^.;:]{0,60}\bsous\b[^.;:]{2,80},\s(?:est |a ete )?(?:hospitalis|admis"
    r"|adress)",
    # "Vous lui aviez prescrit", "vous lui prescriviez"
    r"\b(?:vous|tu) lui (?:aviez|avais|prescri\w+|donn(?:iez|ais|ez|es))\b(?! (?:demande|conseille|dit))",
    r"\bmedecin (?:traitant )?lui prescrit\b|\bordonnance d[eu] (?:son |sa )?medecin\b",
)
_CUES = tuple(
    (kind, re.compile("|".join(cues))) for kind, cues in ((Kind.DISCHARGE, _DISCHARGE), (Kind.USUAL, _USUAL))
)
# Every cue holds one of these; most lines hold none, and a look for a plain word is ten times as quick.
# fmt: off
_STEMS = (
    "sort", "retour", "rentr", "rad", "depart", "partir", "repart", "regagn", "rejoint", "quitt",
    "transf", "mut", "adress", "orient", "trait", "tt", "trt", "ordo", "prescri", "medic", "medoc",
    "meds", "therap", "concil", "nous", "je", "lui", "vous", "tu ", "poursuiv", "prendr", "recevr",
    "continuer", "prend", "pren", "recevait", "avalait", "recoit", "consomm", "automediq", "suit",
    "suiv", "benefici", "equilibr", "stabilis", "sous", "arriv", "substitu", "long cours", "chez",
    "domicile", "maison", "habitu", "avant",
)
# fmt: on
# "Son mari est traité par Xarelto" lists nothing; "sa fille signale qu'elle prend du Stilnox" does.
_RELATED = re.compile(
    r"\b(?:pere|mere|frere|s(?:oe|o)ur|fils|fille|mari|epoux|epouse|conjointe?|oncle|tante)\b"
)
_OF_RELATIVE = re.compile(
    rf"(?:sa|son|ses|leur|la|le|une?)\s+(?:\w+\s+)?{_RELATED.pattern}"
    r"(?:(?!\b(?:il|elle|lui|patiente?|qu|que)\b)[^.;:,])*"
)
# Said of either list: what goes before tells which, and after the usual list it is the other.
_FOLLOWING = re.compile(r"\b(?:traitement|ordonnance|prescription) suivante?\b")
_CURRENT = re.compile(rf"{TREATMENT}[^.,;:]{{0,12}}\bactuel")
_SAME_LIST = re.compile(
    r"\s*(?:(?:il|elle|le patient|la patiente) (?:prend|prenait|recoit|recevait) (?:aussi|egalement|enfin"
    r"|par ailleurs)|s'y ajoute|y sont associes|ainsi que|egalement|enfin,|(?:on|nous) (?:y )?(?:ajout"
    r"|associ)\w+"
    r"|et aussi|(?:il|elle|le patient|la patiente) (?:est|etait) (?:aussi|egalement|par ailleurs"
    r"|enfin) (?:sous|traite))"
)
# After what is taken up again on leaving: "Le Zaldiar est remplacé par …", "Nous avons débuté …".
_CHANGES = re.compile(
    r"\s*(?:par ailleurs,? |enfin,? |de plus,? |egalement,? )?(?:(?:le |la |les "
    r"|l')[^.;:]{2,60}?\b(?:est|sont|sera"
    r"|seront|a ete|ont ete) (?:(?:re)?poursui|repri|recondui|remplac|maintenu|conserv|inchang"
    r"|identique|sans (?:changement|modification)"
    r"|major|augment|diminu"
    r"|redui|arret|stopp|introdui|debut|ajout)"
    r"|(?:nous|on|je|j'|l'on) ?(?:y )?(?:avons|a|ai)? ?(?:debut|introdui|ajout|instaur|major|augment|diminu"
    r"|recondui|poursui|repren|maint|mett|remplac|rajout|associ)\w*"
    r"|(?:ajout|introduction|majoration|diminution|augmentation|arret|poursuite|remplacement|reprise)"
    r" (?:de |du |des |d'))"
)


def list_told(words: str) -> Kind | None:
    """Return the list, usual or discharge, that a folded sentence says it tells, or None."""
    if not any(stem in words for stem in _STEMS):
        return None
    if _RELATED.search(words):
        words = _OF_RELATIVE.sub("", words)
    named = next((kind for kind, cue in _CUES if cue.search(words)), None)
    return named or (Kind.DISCHARGE if _FOLLOWING.search(words) else None)


def is_current(words: str) -> bool:
    """Return whether a folded sentence speaks of the treatment that goes on now."""
    return bool(_CURRENT.search(words))


def goes_on(words: str, listing: Kind | None) -> bool:
    """Return whether a folded sentence goes on with the list, `listing`, of the one before."""
    return bool(_SAME_LIST.match(words) or (listing is Kind.DISCHARGE and _CHANGES.match(words)))
