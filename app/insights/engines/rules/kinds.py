"""The parts of a report, and the words by which a heading or a sentence names one.

Headings are recognised by the words they hold, never by an exact wording: "3. Traitement à l'entrée", "TTT
HABITUEL", "Médicaments avant l'admission". A label is a folded heading without number, bullet and colon.
"""

import re
from enum import Enum, auto


class Kind(Enum):
    """What a part of a report is about."""

    START = auto()
    REASON = auto()
    HISTORY = auto()
    FAMILY = auto()
    ALLERGY = auto()
    USUAL = auto()
    DISCHARGE = auto()
    STAY = auto()
    STOPPED = auto()
    STORY = auto()
    LABS = auto()
    OTHER = auto()
    ASIDE = auto()


TREATMENT = (
    r"\b(?:traitements?|trait|trts?|tts?|ttt?s?|ordonnances?|ordo|prescriptions?|medicaments?|medocs?|meds"
    r"|plans? de (?:prises?|posologie)|medications?|therapeutiques?|medicamenteu(?:x|ses?)|conciliation)\b"
)
# A treatment that is taken up again stands on a line of its own, and is no heading.
TAKES_UP = re.compile(
    rf"\W*(?:et )?(?:reprise|reprendre|poursuite|poursuivre|maintien|continuer|pas de (?:changement"
    rf"|modification)s?)\b.*{TREATMENT}"
)
# Said of the usual treatment where it goes on; what stands below is added to it.
GOES_ON = re.compile(
    rf"\W*(?:(?:le )?reste (?:du |de (?:son |l')?)|(?:le|son) )?{TREATMENT}(?: (?:habituel|personnel"
    rf"|d'entree|anterieur|par ailleurs"
    rf"|en cours))*(?: est)?"
    r" (?:inchange|identique|a l'identique|poursuivi|reconduit|sans (?:changement|modification))"
)
NAMES_TREATMENT = re.compile(TREATMENT)
_LEAVING = (
    # A scanner reads "sortie" as "sort1e", which is then taken for "sortle".
    r"(?:sort(?:[il]e|ant)\b|retour|\brad\b|poursuivre|relais ville|fin d'hospitalisation|fin de sejour"
    r"|apres (?:l')?hospit|au decours|a l'issue|au terme|\bdepart\b|a continuer|a prendre"
    r"|pour la ville|a suivre\b|prendra\b|faudra\b|devra\b|a (?:donner|administrer|delivrer)\b"
    r"|a partir d[ue]\b"
    r"|desormais|dorenavant"
    r"|fin de (?:la )?(?:prise"
    r" en charge|pec\b)"
    r"|remise?\b|post-?op)"
)
_BEFORE = (
    r"(?:habituel|entree|admission|perso|domicile|maison|avant|anterieur|long cours|de fond|en cours"
    r"|actuel|usuel"
    r"|general\b|generaux|regulier|inchange|associe"
    r"|chronique|ambulatoire|prealable|initial|arrivee|pre-?hosp|quotidien|pris\b|de ville|pre-?op"
    r"|\bdom\b|\behpad"
    r"|\bfoyer|medecin traitant|\bhab\b"
    r"|grossesse)"
)
_HERE = (
    r"(?:service|hospitalisation|hospitalier|sejour|recus?\b|administre|aux? urgences|urg\b"
    r"|institue|instaure"
    r"|entrepris|hospit\b)"
)
HOME = r"(?:chez (?:lui|elle)|a (?:son )?domicile|a la maison|au domicile)"

# First match wins.
_LABELS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.FAMILY, r"familia(?:l|ux)|^famill|heredit|^(?:fam|af)\b"),
        (
            Kind.STOPPED,
            r"^(?:ce )?(?:que |qu'|quels?|quelles?).*\b(?:ne (?:doit|faut|devra|prend"
            r"|prendra) (?:plus|pas)|(?:a ete|sont|est)"
            r" arrete)",
        ),
        # "Avec quoi repart-elle ?", "Que prenait-il ?", "Que s'est-il passé ?"
        (
            Kind.DISCHARGE,
            r"^(?:avec quo?i|sous quoi|(?:ce )?que |quels?|quelles?|(?:ce )?qu')\b.*\b(?:repart|sort"
            r"|rentr|retour|quitt"
            r"|(?:doit|devra|va|faut)\b.*\bprendre|prendra\b)",
        ),
        (
            Kind.USUAL,
            rf"^(?:(?:ce )?que |quels?|quelles?|(?:ce )?qu')\b.*(?:\bpren(?:d|ait|ez|iez)\b"
            rf"|\brecevait|{TREATMENT})",
        ),
        (
            Kind.STAY,
            r"^(?:que |qu'|ce qu[ei]? )\b.*(?:s'est[- ]il passe|\bfaite?s?\b|[- ]fait\b|s'est passe)",
        ),
        (
            Kind.ALLERGY,
            r"^(?:antecedents? |atcds? )?(?:all\b|allergi|intoleranc|terrain allerg)|allergies?$",
        ),
        (
            Kind.DISCHARGE,
            rf"{TREATMENT}.*{_LEAVING}|^(?:a la )?sortie sous\b|^{_LEAVING}.*{TREATMENT}"
            rf"|^a la sortie\b|^en (?:re)?(?:sort|part)ant$|^(?:il |elle )?sort(?:ie?|ant"
            rf"|ante)?(?: ce jour| ce matin"
            rf"| le [\d/]+)? (?:avec"
            rf"|sous)\b|^sortie(?: (?:le )?\d[\d/. ]*(?:[a-z]+)?)?$"
            rf"|^(?:au |a son |des (?:le|son) )?retour(?: {HOME})?$|^(?:pour|relais) {HOME}$|^a sa sortie\b"
            r"|^pour (?:la sortie|le retour|le domicile|la maison)$"
            # "Sortie en SSR neurologique avec"
            r"|^(?:sortie|retour|depart|transfert|mutation|rad)\b[^.;:]{0,60}\b(?:avec|sous)$"
            rf"|^(?:cat|conduite a tenir|consignes?|recommandations?|conseils?|modalites?|decisions?"
            rf"|devenir)\b.*{_LEAVING}|^ord(?:o|onnance)?s?(?! (?:habituelle|d'entree"
            rf"|personnelle|anterieure|du (?:dr|medecin|mt))|.*\b(?:a l'(?:arrivee"
            rf"|entree|admission)|avant|en cours))\b|^{TREATMENT} s$",
        ),
        (
            Kind.USUAL,
            rf"{TREATMENT}.*{_BEFORE}|^(?:(?:il |elle |patiente? )?prend )?(?:{HOME}|avant l'(?:entree"
            rf"|hospitalisation))\b|^(?:a l'(?:entree|admission|arrivee)|avant)\b.*{TREATMENT}"
            rf"|^(?:autres?|reste du) {TREATMENT}$"
            r"|^en (?:entr|arriv)ant$"
            r"|^(?:il |elle |patiente? )?(?:prend|prenait|recoit|recevait)$|\bbilan medicamenteux\b"
            r"|^(?:collyres?|insulines?|psychotropes?|antalgiques?|contraception|inhalateurs?"
            r"|patchs?|aerosols?)"
            r" (?:habituel|actuel|en cours|au long cours)"
            rf"|^(?:habituellement|prend habituellement|automedication|(?:il|elle) prend"
            rf"|{TREATMENT} e)$|\bbmo\b",
        ),
        (
            Kind.STOPPED,
            rf"^(?:{TREATMENT} )?(?:arretes?|arretees?|stoppe[es]*|suspendu[es]*|interrompu[es]*"
            rf"|a arreter|stop|arrets?|non (?:repris|poursuivi|reconduit)[es]*)"
            rf"(?: {TREATMENT})?(?: (?:pendant|durant|au cours|lors|depuis|dans|en|a l'|a la|ce jour|cette"
            rf"|au)\b.*)?$",
        ),
        (
            Kind.STAY,
            r"\b(?:pendant|durant|au cours d[eu]|lors d[eu]) (?:le |la |l'|son |ce "
            r"|cette )?(?:sejour|hospitalisation)\b",
        ),
        (
            Kind.DISCHARGE,
            rf"^{TREATMENT} (?:poursuivi|maintenu|reconduit|conserve)e?s?\b"
            rf"|^{TREATMENT} dont la (?:posologie|dose|prise) "
            rf"|^nouve(?:aux|lles?|au) {TREATMENT}$"
            rf"|^(?:synthese|resume|bilan|recapitulatif|liste|tableau)?(?: ?(?:de|des"
            rf"|les) )?(?:modifications?|changements?|adaptations?|ajustements?)"
            rf"(?: (?:de |du |des |d')?(?:{TREATMENT}|therapeutiques?|medicamenteu(?:x|ses?)))+"
            rf"|^(?:{TREATMENT} )?(?:ajouts?|introductions?|initiations?|poursuivi[es]*|modifie[es]*"
            rf"|ajoute[es]*|debute[es]*|initie[es]*|instaure[es]*|introdui(?:t|te|ts|tes)"
            rf"|nouveau(?:x|tes)?"
            r"|inchange[es]*|a poursuivre"
            rf"|modifications?|changements?|adaptations?|propositions?)(?: (?:de |du |des )?(?:{TREATMENT}"
            rf"|therapeutiques?))?$"
            r"|^(?:retour|rad)\b.*\b(?:avec|sous)$",
        ),
        (
            Kind.STAY,
            rf"{TREATMENT}.*{_HERE}|^(?:pendant|durant|lors d)|^{TREATMENT} et (?:evolution|suites?)\b"
            r"|^ce qui a ete fait\b|^intervention (?:du|le|realisee)\b",
        ),
        (
            Kind.REASON,
            r"^(?:admission|intervention|hospitalise?e?|hospitalisation|entree|adressee?|operee?"
            r"|admise?) (?:pour|devant)$"
            r"|^(?:mot[il]f|ioa\b|raison|circonstances? d|objet d|mc\b|mh\b|cause d|pourquoi"
            r"|venue? pour|pour$"
            r"|adm\b|pbm?\b(?! (?:medic|connu|de sante))|protocole\b"
            r"|probleme principal"
            r"|ce qui (?:l'|le |la |les )?a (?:amen|condui|motiv)|diagnostics? (?:d'|a l'"
            r"|lors de l')(?:entree|admission)|intervention prevue|indication\b"
            r"|geste prevu)",
        ),
        (
            Kind.HISTORY,
            r"^(?:principa(?:ux|les) |autres |ses |les )?(?:antecedents?|atcds?|ante|antec\w*"
            r"|ap|atcdts?|histoire (?:medicale|personnelle|medico-chirurgicale)|passe (?:medical"
            r"|chirurgical)|problemes? (?:medicaux|de sante"
            r"|chroniques|actifs)"
            r"|maladies? (?:chroniques?|connues?|associees?)|profil medical|ce que l'on sait"
            r"|comorbidites?|terrain"
            r"|facteurs? de risque"
            r"|fdr(?:cv)?|pathologies?|rappel)\b"
            r"|^qui est\b|^(?:ses |les )?maladies\b|^(?:pbs?|problemes?|pathologies?) (?:medic|connu"
            r"|de fond)|^(?:le |la |ce |cette |notre )patiente?(?: (?:et|en) .{2,30})?$|^a propos d"
            r"|^(?:medicaux|chirurgicaux|medico-chirurgicaux|personnels|gyneco\w*|ce qu'il faut savoir"
            r"|obstetricaux|medical|chirurgical)\b",
        ),
        (
            Kind.HISTORY,
            r"\b(?:antecedents|atcds?)\b(?!.*:)",
        ),
        (
            Kind.STORY,
            r"^(?:conso\w*\b|histoire|hdlm|hdm|anamnese|mode de vie|a l'(?:entree|arrivee|admission)"
            r"|a l'examen|examen (?:clinique|physique|a|d)"
            r"|ec\b|clinique|clin\b|ddn|habitus|contexte|situation|autonomie)",
        ),
        (
            Kind.LABS,
            r"^(?:evolution )?(?:biolog|bio\b|bilans?\b|examens?\b|explorations?|paraclin|imagerie"
            r"|resultats?|labo|fonction (?:renale|hepatique)|foie\b|rein\b|iono|bh\b|bhc\b|bes\b)",
        ),
        (
            Kind.STAY,
            r"^(?:evol(?:ution)?|conduite tenue|prise en charge|pec\b|sejour|hospitalisation\b"
            r"|dans (?:le service|l'unite"
            r"|notre)|en unite|aux urg"
            r"|au cours|suites|administre|(?:per|post)-?operatoire|anesthesie|hosp\b|recu\b|premedication"
            r"|deroul\w*|evenements?\b|chronologie|parcours|en (?:salle|rea|hospitalisation)|au bloc"
            r"|a l'hopital|ici\b|sur le plan|plan\b"
            r"|complications?)",
        ),
        (
            Kind.OTHER,
            r"^(?:suivi|commentaires?\b|conciliation|tableau|conclusion|au total|synthese"
            r"|diagnostic|devenir|rendez|rdv"
            r"|conseils?"
            r"|surveillance|identite|patiente?\b|consignes?|cs\b|consultations?|a prevoir|modalites"
            r"|projet|soins"
            r"|examens a|remarques?|service\b|secretariat|destinataire|copie|regime|recommandations?|sortie"
            r"|objet|nb\b|note|a faire|interne|signature"
            r"|kinesitherapie|appareillage|ald\b|transport)",
        ),
    )
)
# Most lines are no headings: one look instead of one for each part.
_ANY_LABEL = re.compile("|".join(f"(?:{pattern.pattern})" for _, pattern in _LABELS))
# Before the usual list it says where that list was taken, after it where the patient goes.
_ATHOME = re.compile(rf"{HOME}$")
_BARETREATMENT = re.compile(
    rf"^(?:le |les |son |notre |en pratique,? )?(?:{TREATMENT}|cat|conduite a tenir)(?: (?:est|etait"
    rf"|comporte|comprend))?(?: le)?(?: suivante?s?)?$"
    # Said of the one list as of the other.
    rf"|^{TREATMENT} (?:final|definitif|retenu|propose|conseille|preconise|prescrit|recommande"
    rf"|ulterieur|connu|faite?"
    r"|de relais|a suivre|suivi|ce jour|ville|du patient|pour (?:le|la) \w+)e?s?$"
)
# "Traitement actualisé", "Traitement de base": said of the one list as of the other; but "traitement de
# l'infection" and "traitement chirurgical" list nothing.
_OTHERWISE = re.compile(
    rf"^(?:le |la |les |son |sa |ses |suite du |rappel du |nouveau(?:x|lle)? |(?:conclusion"
    rf"|decisions?) (?={TREATMENT}))*"
    rf"{TREATMENT}(?! (?:d[eu]s?\b(?! (?:base\b|relais|suite|\d))|de l|d'|par\b|pour\b|contre\b|avec\b))"
    r"(?!.*\b(?:et\b|evolution|surveill|complicat|reponse|toleran|efficac|chirurg|orthoped|antibio"
    r"|anticoag|antalg|antiviral|antifong|etiolog|symptom|local|topique|oral"
    r"|crise|endoscop|conservateur|fonctionnel|realise|effectue|entrepris|initie|urgence|chimio"
    r"|hormon|curatif"
    r"|preventif|substitutif|essaye|tente|arrete|refus|immuno|radio|intervent|specifique|allerg|adjuvant))"
    r"(?: [a-z'’-]+){0,4}(?: \d[\d/. ]*)?$"
)
# After the usual list and what followed it, what goes on "now" is what the patient leaves with.
_NOW = re.compile(
    rf"^(?:le |son )?{TREATMENT} (?:actuel|en cours|a ce jour)(?:le)?s?(?: est)?(?: le suivant)?$"
)
_UNDER = re.compile(
    r"^(?:(?:le |la )?patiente? |malade |(?:il|elle) )?(?:est |etait )?(?:sous(?: traitement)?(?: par)?"
    r"|traitee? par)$"
)
_A_DOSE = re.compile(r"\d\s*(?:mg|g|[µμ]g|mcg|ui|ml|cp)\b")
_REMARK = re.compile(r"[ \t]*\([^)]*\)")
_NOT_OF_A_LABEL = " .?*_#=-'\"|>[]<«»"


def of_label(label: str, *, seen_usual: bool, in_usual: bool = False) -> Kind | None:
    """Return the part a heading names, or None; after the usual list, "Traitement" is the other."""
    label = label.strip(_NOT_OF_A_LABEL)
    if _A_DOSE.search(label):
        return None
    names = (label, _REMARK.sub("", label)) if "(" in label else (label,)
    names = (names[0], names[-1].partition(" (")[0]) if "(" in names[-1] else names
    kinds = (_named(name, seen_usual=seen_usual, in_usual=in_usual) for name in names if name)
    return next((kind for kind in kinds if kind), None)


# What a heading that no other rule knows may say of a list of medicines below it, and what it may not.
_OF_MEDICINES = re.compile(
    rf"{TREATMENT}|\bpren(?:d|ait|dre|ez)|\bprises?\b|\bsort|\bretour|\bpilulier|\bmedicament"
)
_NOT_OF_THE_LISTS = re.compile(
    rf"{_HERE}|antibio|anticoag|antalg|chimio|premedic|anesth|urgence|\bbloc\b|arret|stop|suspend|allerg|famil"
    r"|effets?|intoleran|essay|tent|echec"
)


def of_list(label: str, *, seen_usual: bool) -> Kind | None:
    """Return the list a folded line names if medicines stand below it: after the usual one, the other."""
    if not _OF_MEDICINES.search(label) or _NOT_OF_THE_LISTS.search(label):
        return None
    return Kind.DISCHARGE if seen_usual else Kind.USUAL


def is_bare(label: str) -> bool:
    """Return whether a folded heading says "Traitement" or "CAT" and no more."""
    return bool(_BARETREATMENT.search(label.strip(_NOT_OF_A_LABEL)))


def _named(label: str, *, seen_usual: bool, in_usual: bool) -> Kind | None:
    if _BARETREATMENT.search(label):
        return Kind.DISCHARGE if seen_usual else Kind.USUAL
    if seen_usual and not in_usual and _ATHOME.match(label):
        return Kind.DISCHARGE
    if seen_usual and not in_usual and _NOW.match(label):
        return Kind.DISCHARGE
    if not seen_usual and _UNDER.match(label):
        return Kind.USUAL
    known = _ANY_LABEL.search(label)
    found = next((kind for kind, pattern in _LABELS if pattern.search(label)), None) if known else None
    if found is None and _OTHERWISE.match(label):
        return Kind.DISCHARGE if seen_usual else Kind.USUAL
    return found


# Words addressed to software, not to a clinician: what they dictate is not what the patient takes.
_ASIDE = re.compile(
    r"\b(?:ignor(?:e|ez|er)|oubli(?:e|ez|er)|ne tiens pas compte|ne tenez pas compte|disregard)\b[^.]{0,40}"
    r"\b(?:consignes?|instructions?|regles?|precede|prompt)"
    r"|\bsystemes? automatiques?\b|\b(?:reponds|repondez) que\b|\bmodele de langage\b|\bsystem prompt\b"
    r"|\b(?:assistant|logiciel|outil|ia)\b[^.]{0,60}\b(?:ajoute[rz]?|indique[rz]?|reponds?|ecris)\b"
)


def is_aside(words: str) -> bool:
    """Return whether a folded paragraph speaks to software."""
    return bool(_ASIDE.search(words))


# "Cardio : HTA, ACFA": a heading within the history, over a list with commas.
SPECIALTY = re.compile(
    r"\s*(?:cardi[oa][\w-]*|coeur|rein|renal\w*|foie|articul\w*|osseux|thyroide|cognitif|oncolog\w*|sensoriel|vasc\w*|endoc\w*|metab\w*|neuro\w*|psy\w*|pneumo\w*|respi\w*|dig\w*|gastro\w*"
    r"|hepat\w*|uro\w*"
    r"|nephro\w*|rhumato\w*|ortho\w*|traumato\w*|chir\w*|med(?:icaux|ical)?|gyn\w*|obst\w*|onco\w*"
    r"|hemato\w*|dermato\w*"
    r"|ophtalmo\w*|orl|addict\w*|infectieux|autres?|somatiques?|som|personnels?|perso"
    r"|facteurs? de risque\w*|fdr\w*"
    r"|toxiques?|immuno\w*)(?:\s+(?:et|/)\s+\w+|\s*\.)?\s*:\s*"
)
