"""What the words around a drug name say of it: given, stopped, or not given at all."""

import re
from collections.abc import Iterable
from enum import Enum, auto

from app.insights.engines.rules.report import Report
from app.insights.lexicon import Mention


class Fate(Enum):
    """What the words around a name say of it."""

    GIVEN = auto()
    STOPPED = auto()
    NOT_GIVEN = auto()


_ARROW = re.compile(r"\s*(?:=+>|-+>|→|–>)\s*(?:par |switch |relais )?§")
# How many characters around a name may speak of it; a bound, so that a line of 100 000 stays quick.
_REACH = 200
_NEAR = 60
# "§" stands for a drug name in the words around another one.
_CHAIN = (
    r"(?:[\s,/§’'-]|\b(?:de meme que|ainsi que|tout comme|le|la|les|l|du|de|des|d|son|sa|ses|et|ou|ni|par"
    r"|traitement|un|une|tout"
    r"|toute|toutes|antibiotherapie|medicaments?)\b)*+"
)
# A run that gave back what it ate would make a line of commas quadratic: runs are possessive (`*+`).
_NOT_AGAIN = (
    r"(?:(?:pas|plus|jamais)(?: ete| a)? (?:repri\w*|reprendre|renouvel\w*|reintrodui\w*|poursui\w*"
    r"|recondui\w*)|plus prendre)"
)
_CLASS = (
    r"(?:ains|anti-?inflammatoires?|aspirine|antibiotiques?|anticoagulants?|antiagregants?|beta-?bloquants?"
    r"|cortico\w+|opiaces?|opioides?|morphiniques?|benzodiazepines?|statines?|diuretiques?|iec"
    r"|ara ?2|somniferes?)"
)
_RELATED = r"(?:femme|mari|epou(?:x|se)|conjointe?|compagne|compagnon|mere|pere|fille|fils|frere|s(?:oe|o)ur)"
_STOPPING = (
    r"(?:arret\w*|stopp\w*|stop|suspen\w*|interr?omp\w*|supprim\w*|suppression|deprescri\w*|evict\w*"
    r"|retrait|cess(?:e|ee|es|er)\b|sevrage|sevre[es]*|(?<!la )fin(?= d)|ne prend plus"
    r"|ne prenait plus|plus (?:de|d')|retire\w*|mise?s? en pause|en (?:remplacement|substitution)"
    r"|a la place"
    rf"|pas de (?:reprise|reintroduction)|{_NOT_AGAIN})"
)
_ADVERBS = (
    r"(?:\s*+\b(?:\w+ment|bien sur|d'elle-\s?meme|de lui-\s?meme|deja|depuis \w+|immediate?"
    r"|definiti(?:f|ve)"
    r"|et|vite|tres vite|progressi(?:f|ve)|donc|alors|ensuite|aussi|ainsi|par ailleurs|temporaire"
    r"|transitoire|precoce))*"
)
_STOP_BEFORE = re.compile(
    rf"(?<!pas )(?<!pas d')(?<!jamais )(?<!sans )\b{_STOPPING}"
    rf"{_ADVERBS}{_CHAIN}(?:\([^)]*\)\s*)?$"
)
# "Speciafoldine arrêtée, Oracilline 1 MUI": the stop is that of the name before it.
_OF_ANOTHER = re.compile(
    rf"§[\s:=(–-]*(?:a ete|ont ete|est|sont|etait)?\s*{_STOPPING}{_ADVERBS}\s*[),;–-]+\s*(?:et\s+)?$"
)
_STOP_AFTER = re.compile(
    # "L'aspirine, débutée à 160 mg, a été arrêtée"
    r"(?:\s+(?:jusqu'(?:en|a|au)|il y a|depuis)\s[^,.;()§\n]{2,20})?"
    # "Ozempic : essayé en 2022, arrêté"
    r"(?:[\s:,(]*(?:essay|test|tent)\w*(?:\s[^,.;()§\n]{2,25})?(?=,))?"
    r"(?:\s*:?\s*(?:pas d'|sans |plus d')indication,?)?"
    rf"(?:,[^,.;§\n]{{3,60}},(?=\s*(?:a|ont|avai(?:t|ent)|est|sont|n'a|n'ont|n'est"
    rf"|fut)\b))?[\s,;:)=\-–>→]*+(?:\([^)]*\)[\s,;:)=\-–>→]*+|\()?{_CHAIN}"
    r"(?:,[^,.;§\n]{3,60},(?=\s*(?:a|ont|est|sont|n'a|n'ont)\b))?[\s,(]*+"
    rf"(?:ce\s+dernier|cette\s+derniere|qui|lequel|que l'on)?\s*"
    rf"(?:n'(?:est|a|ont|etait)|ne sont|(?:a|ont) (?:pu|du) etre|est|(?:a|ont) (?:\w+ment |bien sur "
    rf"|donc |alors "
    rf"|ainsi |aussi |ensuite |deja )?ete|sont|ayant ete|etait"
    rf"|etaient"
    rf"|avait ete|:|="
    rf"|fut)?{_ADVERBS}\s*\b"
    r"(?:(?:gel|creme|pommade|collyre|patch|sirop|lp)\s+)?"
    # "Jardiance 10 mg (arrêt Forxiga)": the stop is that of the next name.
    r"(?!(?:arret|stop|suspension|interruption)\s+(?:§|(?:du|de la|des|de l'|d')\s?(?!traitement"
    r"|medicament|ce\b)))"
    # "…, d'interrompre le Lasilix": so is this one.
    r"(?!(?:arreter|stopper|suspendre|interrompre|supprimer)\s+(?:(?:le|la|les|l'|du|de la|des|de l'"
    r"|d')\s?)*§)"
    # "arrêt prévu à 36 SA" is still to come
    r"(?!\w+ (?:est |etait )?(?:prevue?|programmee?|envisagee?|a prevoir|a discuter)\b)"
    r"(?:a arreter(?=\s*(?:[.,;)]|$))|arret\w*|stopp\w*|stop\b|suspen\w*|interr?omp\w*|supprim\w*"
    r"|retir\w*|mise?s? en pause|(?:remplac|substitu"
    r"|relay|chang|switch|echang)\w* (?:par|pour|contre)\b|abandonn\w*"
    r"|(?:termine|fini|acheve)e?s?\s+(?:depuis|en\s+(?:19|20)\d\d|il y a)\b"
    r"|echec\b|inefficac\w*|perte de reponse|non (?:repris|poursuivi|reconduit|renouvel|reintrodui)\w*"
    rf"|(?:a )?(?:ne )?{_NOT_AGAIN})"
)
# "Pas de Xanax ici : hypercapnie, je l'ai arrêté", "une gélule que nous avons pu arrêter"
_STOP_TOLD = re.compile(
    r"[^.;§]{0,60}?(?:\b(?:avant d'etre|puis (?:(?:a ete|est|etait) )?)\s*(?:\w+ment )?"
    r"(?:arretee?|stoppee?|suspendue?|interrompue?|supprimee?|retiree?)\b|\b(?:(?:je|nous|on) l'?\s?"
    r"|qu'on |qu'il a |que (?:j'|nous |l'on |le \w+ ))"
    r"(?:a|ai|avons|avait|avions) (?:pu |du |donc |\w+ment ){0,2}"
    r"(?:arret|stopp|suspend|interromp|supprim|retir)\w*"
    # "Il avait du Lexomil mais il ne le prend plus"
    # "Inexium non compatible avec la sonde → arrêté en septembre"
    r"|(?:→|-+>|=+>)\s*(?:arret|stop|suspen)\w*"
    r"|\b(?:qu')?(?:il|elle) (?:ne (?:le |la |les |l')?|n'(?:en )?)(?:prend|prenait|prends|utilise"
    r"|a|avait) plus\b)"
)
_PLURAL = re.compile(
    r"[:=→>]\s*(?:arret|stop)|\bnon (?:repris|poursuivis|reconduits|renouveles)\b|\b(?:ont|sont|etaient"
    r"|furent)\b|\b(?:arrete|stoppe|suspendu|interrompu|supprime)e?s\b"
)
_RESUMED = re.compile(
    r"(?:\b(?:puis|et|avant d'etre) |,\s)(?:a nouveau )?repri\w+|(?<!non )(?<!pas )(?<!pas ete )\breintrodui"
)
# "… fait suspendre la metformine et le Triatec, repris le 18/05"
_ALL_RESUMED = re.compile(
    r"(?:[\s,§]|\b(?:et|le|la|les|l')\b)*+(?:(?:ont|a) ete |sont |est )?\brepris(?:e?s|e)?\b"
)
_RELAYED_BEFORE = re.compile(
    rf"\b(?:(?:relais|remplacement|switch|substitution|rotation)\s+(?:de|du|des|d')"
    rf"|(?:remplac|substitu|chang|relay|switch)\w*){_CHAIN}$"
)
# "Méthotrexate et Spéciafoldine : reprise à la fin de l'antibiothérapie"
_ALL_LATER = re.compile(
    r"(?:[\s,§]|\bet\b)*+[\s:=→(-]*(?:reprise|a reprendre|a reintroduire|reintroduction) (?:a la fin"
    r"|au decours"
    r"|apres|a distance|lors)\b"
)
# "Échec de deux lignes d'antidépresseurs (sertraline 200 mg, puis …"
_FAILED = re.compile(r"\bechecs?\s+(?:de|des|du|d'|sous|apres|a)\b[^.;:\n]{0,80}$")
# "Relais Préviscan → Eliquis"
_SWITCHED = re.compile(r"\b(?:relais|switch|passage)\s+(?:(?:de|du)\s+)?$")
_RELAYED_AFTER = re.compile(r"[^;.]{0,40}?\b(?:par|pour|contre|vers)\b")
_DENIED_BEFORE = re.compile(
    rf"(?:\b(?:pas|sans|aucune?|ni|jamais|non|absence|eviter|refus\w*|contre-indication\w*"
    rf"|contre-indiquee?s?|ci a vie|ci definitive|intolerance\w*|intolerante?"
    rf"|allerg\w*|proscri\w*|(?:pas|jamais) (?:pris|prendre|recu|donner|utiliser|associer)"
    rf"|{_RELATED} (?:qui )?(?:prend|prenait|recoit|est sous|sous)|passage"
    rf"|(?:prevoir|discuter|envisager|proposer) (?:d'|de )?(?:l'\s?|une? )?(?:introdui\w+|introduction"
    rf"|instauration|ajout|reprise|majoration)(?: (?:de|du|d'))?"
    rf"|voire|discuter|envisage\w*|hypersensibilite|reaction|(?:si"
    rf"|en cas) (?:besoin|echec)[^.]*,)\b|\b(?:allerg|proscri|interdi|contre-indi)\w*\s*[:(]"
    rf"|\bci(?: a vie| definitive| absolue)?\s*[:(]"
    rf"|\b(?:pas|sans|ni|aucune?|eviter)\b{_CHAIN}{_CLASS}\s*(?:\(|:|,|dont\b|comme\b|type\b)"
    rf"|[ø∅]\s*|(?<![-–] )(?<![-–\d])\b0(?=\s*§?$|\s)(?!\s*,)){_CHAIN}"
    rf"(?:\b(?:a|au|aux)\b{_CHAIN})?$"
)
# "Son mari est traité par Xarelto 20 mg"; but "sa fille lui donne", "la mère signale qu'elle prend"
_OF_RELATIVE = re.compile(
    rf"\b(?:sa|son|ses|leur|la|le|une?)\s+(?:\w+\s+)?{_RELATED}\b"
    r"(?:(?!\b(?:il|elle|lui|patiente?|qu|que)\b)[^.;:,])*$"
)
# "Poursuite du traitement sauf metformine et Kardegic"
_EXCEPTED = re.compile(
    rf"\b(?:sauf|hormis|excepte|a l'exception (?:de|du|des|d')|en dehors (?:de|du|des|d')|hors){_CHAIN}$"
)
# What the family doctor prescribed, or is to follow, is taken; what he is to begin is not.
_NOT_BY_HIM = "".join(
    rf"(?<!{word} )"
    for word in (
        *("prescrit", "prescrite", "prescrits", "prescrites", "diminuer", "augmenter", "adapter", "ajuster"),
        *("reevaluer", "revoir", "surveiller", "renouveler", "controler", "poursuivre", "arreter", "suivi"),
    )
)
_DENIED_AFTER = re.compile(
    r"[^;]{0,60}?(?:\bnon (?:retenu|delivre|prescrit|introduit|indique|debut)\w*|\brefus\w*"
    r"|\bpropose\w* mais\b"
    r"|\b(?:n'est|ne sera|n'a|n'etait)[^;.]{0,12} pas (?:ete )?(?:prescri|introdui|retenu|repri|indiqu"
    r"|debut)\w*|\ba introduire\b"
    r"|\ba (?:debuter|commencer|instaurer) (?:par|apres|chez|a distance|lors|selon|ulterieurement)\b"
    r"|\ben attente\b|\ba (?:re)?discuter\b"
    r"|\b(?:sera|seront|serait|pourra) (?:introdui|discut|repri|debut|envisag|prescri)\w*"
    r"|\ba (?:programmer|organiser)\b|\betant programm\w*|\bprogramm(?:ee?s?)\b"
    r"|\ba la reprise\b|\bcontre-indiqu\w*|\ba reprendre\b|\bnon prescrit ce jour"
    rf"|{_NOT_BY_HIM}\bpar le (?:mt|medecin traitant))"
    r"|\s*:?\s*non\s*(?:[.;,]|$)|\s*(?:\([^)]*(?:allerg|urticaire|quincke|intoleran|vomis)[^)]*\)|=\s*0\b"
    r"|:?\s*non prise?s?\b)"
)
# A name that stands in a list: first of its item, after a comma or another name, or after a giving word.
_LISTED = re.compile(
    r"(?:^\s*(?:[-*•·→>–—▪‣►▶➤●◆■◦✓.o]+\s*|\d{1,2}[.)]\s*)?|[\n,;:=+|/•→>§(-]|\d\s*(?:mg|g|ui|ml|cp)\b"
    r"|\b(?:et|ou"
    r"|puis|avec"
    r"|sous|par|prend|prenait|recoit|recevait|associe|comporte|comprend|poursui\w*|repri\w*|reprendre"
    r"|recondui\w*|gard\w*|conserv\w*|continu\w*"
    r"|maint\w*|ajout\w*"
    r"|introdui\w*|instaur\w*|debut\w*|prescri\w*|ainsi que|dont|augment\w*|diminu\w*|baiss\w*|major\w*"
    r"|redui\w*|adapt\w*|passer|aussi|egalement|traitement|temps"
    r"|parfois|occasionnellement|regulierement))"
    r"\s*(?:\b(?:le|la|les|l|du|de|des|d|un|une|son|sa|ses|par|avec)\b[\s'’]*)*+$"
)
_GIVING = re.compile(
    r"\b(?:traitee?s? (?:par|avec)|sous|mise? sous|relais|relaye|introduction|introdui\w*|instaur\w*"
    r"|debut\w*|recu|recoit|perfusion|antibiotherapie|mise en place"
    r"|administr\w*|par|apres|ced(?:e|ant)|anesthesie|analgesie|antibioprophylaxie|cure|bolus"
    r"|necessite|dose de charge|puis"
    r"|switch|sedation|curares?|iv"
    r"|ivse|ivl|pse|aerosols?|protocole|premedication)\b"
)
# "HNF IVSE", "clindamycine en antibioprophylaxie".
_GIVEN_SO = re.compile(
    r"(?:[\s/,+-]|§|et\b)*(?:ivse|ivl|ivd|iv|im|sc|s/c|po|pse|au pse|(?:en |au |par )?pca|per os|en (?:iv"
    r"|im|sc|perfusion"
    r"|continu|bolus"
    r"|aerosols?|nebulisation|systematique|probabiliste|preventif|curatif|antibioprophylaxie|prophylaxie"
    r"|monotherapie"
    r"|bitherapie|relais|premedication)|a dose|intraveineu\w+|sous[- ]cutane\w+|nebulise\w*|debute\w*"
    r"|introdui\w*"
    r"|instaure\w*)(?![^\W_])"
)


# "la codéine prescrite par le médecin traitant", "du Voltarène en automédication"
_TAKEN_BEFORE = re.compile(
    r"[^.;§\n]{0,30}?\b(?:(?:prescri\w+|donne\w*|instaure\w*|debute\w*|introdui\w+) par (?:le |la |son "
    r"|sa |votre"
    r" )?(?:medecin|generaliste|mt\b|confrere|\w+logue traitant)|en automedication|par vos soins"
    r"|de (?:son|sa) propre (?:chef|initiative)|de (?:lui|elle)-?\s?meme)"
)

_SELF_MEDICATED = re.compile(rf"\bautomedication\b[\s:]*(?:(?:par|de|d'|avec)\s*)?(?:{_CLASS}\s*)?[(:]?\s*$")


class Context:
    """A report whose drug names are masked, so that the words around one can be read across others."""

    def __init__(self, report: Report, mentions: Iterable[Mention]) -> None:
        """Mask each of `mentions` by as many "§" as it has characters."""
        self._report = report
        self.masked = _mask(report.plain, mentions)

    def fate(self, start: int, end: int) -> Fate:
        """Return what becomes of the drug named at `start`, whose posology ends at `end`."""
        before, after = self._before(start), self._after(end)
        own = _own(after)
        resumed = _RESUMED.search(own) or _ALL_RESUMED.match(after)
        stops = _STOP_AFTER.match(own) or _STOP_TOLD.match(own) or _stops_several(after)
        if not resumed and stops:
            return Fate.STOPPED
        if _RELAYED_BEFORE.search(before) and _RELAYED_AFTER.match(own):
            return Fate.STOPPED
        if _SWITCHED.search(before) and _ARROW.match(after):
            return Fate.STOPPED
        if _EXCEPTED.search(before) and not any(map(str.isdigit, self.masked[start:end])):
            return Fate.STOPPED
        if _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(own) or _OF_RELATIVE.search(before):
            return Fate.NOT_GIVEN
        if self.has_failed(start):
            return Fate.STOPPED
        if _ALL_LATER.match(after):
            return Fate.NOT_GIVEN
        stop = _STOP_BEFORE.search(before)
        ends_another = stop and _OF_ANOTHER.search(before, 0, stop.end())
        return Fate.STOPPED if stop and not ends_another and not resumed else Fate.GIVEN

    def is_giving(self, start: int, end: int) -> bool:
        """Return whether the words around the name say that the drug is given."""
        before, after = self._before(start)[-_NEAR:], self._after(end)
        return bool(_GIVING.search(before) or _GIVEN_SO.match(after))

    def was_taken_before(self, start: int, end: int) -> bool:
        """Return whether the words around the name say that it was taken before the stay."""
        own = _own(self._after(end))
        return bool(_TAKEN_BEFORE.match(own) or _SELF_MEDICATED.search(self._before(start)))

    def has_failed(self, start: int) -> bool:
        """Return whether the words before the name say that it was tried without success."""
        return bool(_FAILED.search(self._before(start)))

    def is_listed(self, start: int) -> bool:
        """Return whether the name at `start` stands as an item of a list does, not amid a sentence."""
        return bool(_LISTED.search(self._before(start)))

    def becomes_another(self, end: int) -> bool:
        """Return whether an arrow leads from the name that ends at `end` to another: "Kardegic → Plavix"."""
        return bool(_ARROW.match(self._after(end)))

    def stopping(self, start: int, end: int) -> tuple[int, int]:
        """Return the range that holds the name, its posology and the words that stop it."""
        before = self._before(start)
        if match := _STOP_BEFORE.search(before) or _EXCEPTED.search(before):
            return start - len(before) + match.start(), end
        words = self._after(end)
        after = _STOP_AFTER.match(_own(words)) or _STOP_TOLD.match(_own(words)) or _STOP_AFTER.match(words)
        return start, end + (after.end() if after else 0)

    def _before(self, start: int) -> str:
        return self.masked[max(self._report.segment_at(start).start, start - _REACH) : start]

    def _after(self, end: int) -> str:
        return self.masked[end : min(self._report.segment_at(max(0, end - 1)).end, end + _REACH)]


def _own(words: str) -> str:
    """Return the words up to the next name, of which one sign shows that it follows."""
    before, name, _ = words.partition("§")
    return before + name


def _stops_several(words: str) -> bool:
    """Return whether what stops a later name reaches back to this one: "A et B arrêtés"."""
    stop = _STOP_AFTER.match(words)
    return stop is not None and bool(_PLURAL.search(stop.group()))


def _mask(folded: str, mentions: Iterable[Mention]) -> str:
    """Replace each drug name by as many "§", so that rules see that a drug stands there."""
    parts, end = [], 0
    for mention in mentions:
        parts += [folded[end : mention.start], "§" * (mention.end - mention.start)]
        end = mention.end
    return "".join([*parts, folded[end:]])
