"""The words of a posology: strengths, quantities, and phrases of rhythm, moment, length and condition."""

import re

_NUMBER = r"(?:\d{1,3}(?:[  ]\d{3})+|\d+(?:[.,]\d+)?)"
_STRENGTH_UNIT = (
    r"(?:mg|g|µg|μg|γ|mcg|gammas?|microg(?:rammes?)?|milligrammes?|grammes?|gr|ml|mui|mu|m ?ui|ui|u"
    r"|unites?|meq|mmol|%)"
)
STRENGTH = re.compile(
    rf"{_NUMBER}\s?{_STRENGTH_UNIT}?(?:\s?/\s?{_NUMBER}\s?{_STRENGTH_UNIT}?)*\s?{_STRENGTH_UNIT}(?:(?![^\W\d])|(?=x\s?\d))"
    rf"(?:\s?/\s?(?:{_NUMBER}\s?)?(?:mg|g|µg|μg|ml|h|heures?|bouffee|dose|m[²2]|kg(?:/(?:j|h"
    rf"|min))?)(?![^\W\d]))?"
    r"|doses?(?:[- ]poids)?\s+(?:de\s+)?\d+(?:[.,]\d+)?\s?kg(?![^\W\d])"
    r"|(?:une?|deux|trois|quatre|cinq|dix|vingt|trente|cinquante|cent)\s+(?:milli|micro)?grammes?"
    r"(?:\s(?:par|/)\s?(?:heure|jour|h|j))?(?![^\W\d])"
    r"|\d+(?:[.,]\d+)?(?:\s?/\s?\d+(?:[.,]\d+)?){1,2}(?=\s+(?:\d|un|deux|trois|x|le\b|au\b|matin|midi"
    r"|soir)|\s*:|\s*\(|\s*$|\s*,(?<!/0\d,)(?<!/1[0-2],))"
)
_FRACTION = (
    r"(?:\d+(?:[.,]\d+)?(?:\s?/\s?\d)?|½|¼|¾|une?\s+demi[e-]*|(?:un\s+quart|trois\s+quarts)(?:\s+de)?"
    r"|demi[- ]|une?|deux"
    r"|trois|quatre|cinq|six)"
)
_FORM = (
    r"(?:comprimes?|cps?|cpr|cp|gelules?|gel|gelu|sachets?|sach|ampoules?|amp|bouff?(?:ees?)?"
    r"|inhalations?|inhal|inh|nebulisations?|aerosols?|gouttes?|gt?tes?|gtt"
    r"|patchs?|emplatres?|dispositifs?|perfusions?|injections?|inj|doses?[- ](?:de )?(?:poids|kg|\d+\s?kg)"
    r"|doses?|ui|unites?"
    r"|pressions?|cuilleres?(?:[- ]mesures?)?(?:\s+a\s+(?:soupe|cafe))?"
    r"|c\.?\s?a\.?\s?[sc]\.?|c\.?\s?(?:a\.?\s?)?mesures?"
    r"|applications?|prises?|suppositoires?|suppo|ovules?|flacons?|stylos?|seringues?|pulverisations?"
    r"|sprays?|comp\.?|mesures?|mes|dosettes?|capsules?|lyocs?)"
)
QUANTITY = (
    rf"{_FRACTION}(?:\s*(?:a|ou|-)\s*{_FRACTION})?\s*-?{_FORM}(?![^\W\d])"
    r"(?:\s+et\s+(?:une?\s+)?demie?(?![^\W\d]))?"
)
# "Eliquis 5 : 1-0-1", "Tahor 20": right after a name that is surely a drug, a number alone is its strength.
BARE_STRENGTH = re.compile(
    r"[ \t]+(?P<number>(?!(?:19|20)\d\d\b)(?:\d{1,3}[  ]\d{3}|\d{1,6})(?:[.,]\d{1,3})?)(?![.,]\d)"
    r"(?=[ \t]*(?:[:(),;\n]|\.?[ \t]*$)|[ \t]+(?:/|lp|xr)[ \t]|[ \t]+(?:iv|im|sc|po|per os)\b"
    r"|[ \t]+et\b"
    r"|[ \t]+[\d½¼]+(?:[.,/]\d)?(?:\s?[-–]\s?[\d½¼]){2}"
    rf"|[ \t]+{QUANTITY}|[ \t]+(?:½|¼|1/[24])[ \t]*(?=[,;.]|$)|[ \t]+(?:½|¼|1/[24]|\d)[ \t]+(?:le|au|a"
    rf"|matin|midi|soir|si)\b|[ \t]+(?:½|¼|¾"
    rf"|[13]/[24])[ \t]*[/x])"
    # "Levothyrox 75 le matin"; but "Kardegic 1 le midi" counts units.
    r"|[ \t]+(?P<large>(?!(?:19|20)\d\d\b)(?:[5-9]|\d{2,4}|\d{1,3}[  ]\d{3}|\d{1,4}[.,]\d{1,3}))"
    r"(?=[ \t]+(?:(?:le |au |a )?(?:matin|midi|soir|coucher|diner|dejeuner)|(?:un|une|chaque|tous|toutes)\b"
    r"|(?:deux|trois|quatre) fois\b|(?:avant|apres|pendant|a jeun|en (?:cas d|debut|fin|cours|hdf?\b"
    r"|dialyse)|a la demande|par (?:jour"
    r"|semaine|mois|trimestre|an)|a raison"
    r"|egalement|aussi|depuis)"
    r"|x[ \t]?\d|\d[ \t]?(?:x|fois|/|par|j)|si\b"
    r"|s\.?b\b|m{1,2}\b|m[-/+]s\b|mms\b|s\b)"
    r"|x[ \t]?\d)"
    # "Inexium 20/j"; but "Aotal 6/j" counts intakes.
    r"|[ \t]+(?P<daily>\d{2,4}(?:[.,]\d{1,3})?)(?=[ \t]?/[ \t]?j(?![^\W\d]))"
)
_MOMENT = (
    r"(?:(?:le|la|au|aux|a|du|chaque|tous les|avant|apres|pendant|l')\s*(?:le|les|la)?\s*)?"
    r"(?:matins?|midis?|soirs?|coucher|lever|reveil|nuit|petit[- ]dejeuner|dejeuner|diner|gouter"
    r"|repas(?:\s+d[eu]\s+(?:matin|midi|soir))?|\d{1,2}\s?h(?:\d\d)?(?![^\W\d]))"
)
_PERIOD = (
    r"(?:jours?|j|24\s?h|semaines?|sem|mois|heures?|h|prise|nuit|soir|an|minutes?|min|cure|cycle|trimestre)"
)
_DAYS = r"(?:lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?|lun|mer|jeu|ven|sam|dim)"
_COUNT = r"(?:\d+|une|deux|trois|quatre|cinq|six|sept|huit|dix|quinze)"
_LASTING = r"(?:jours?|j|semaines?|sem|mois|ans?|heures?|h)(?![^\W\d])"
_CONDITION = (
    # "si douleur", "si EVA > 5", "si température > 38,5 °C"
    r"(?:(?:si\s|s')\s?(?:besoin|necessaire|[^\W\d]+(?:(?:\s+(?:ou|et)\s+|\s?/\s?)[^\W\d]+)?)"
    # "si diarrhée post chimio", "si gêne respiratoire": all of it, where it ends the item
    r"(?:(?:\s+(?!(?:a|par|pour|puis|relais|arret\w*|stop\w*|introdui\w*|sans|max\w*|ne|n|est|sera|avec|et"
    r"|ou)\b)(?:d'|l'|de\s+l')?[^\W\d]+){1,3}(?=\s*(?:[,;.()]|$)))?"
    r"(?:\s+(?:de|d[ue]rant)?\s?(?:plus|moins)\s+de\s+\d+\s?(?:minutes?|min|mn|h(?:eures?)?|jours?|j|kg)(?![^\W\d]))?"
    r"(?:\s*[<>≥≤]\s*\d+(?:[.,]\d+)?(?:\s?(?:°\s?c?|kg|mmhg|g/l|mmol/l)(?![^\W\d]))?)?"
    r"|en\s+cas\s+d(?:e\s|')\s?[^\W\d]+(?:\s+d(?:e\s|')\s?[^\W\d]+)?"
    r"(?:\s+(?:[^\W\d]+ante?s?|graves?|severes?|intenses?|fortes?|aigues?|rebelles?|thoraciques?"
    r"|abdominales?"
    r"|lombaires?|articulaires?|importantes?|persistantes?)"
    r"|(?:\s+(?!(?:a|par|pour|puis|relais|sans|max\w*|ne|n|est|sera|avec|et|ou)\b)(?:d'|l'|de\s+l')?[^\W\d]+){1,3}(?=\s*(?:[,;.()]|$)))?"
    r"(?:\s+de\s+(?:plus|moins)\s+de\s+\d+\s?(?:minutes?|min|mn|h(?:eures?)?|jours?|j|kg)(?![^\W\d]))?"
    r"|lors\s+d(?:e\s+(?:la\s+|l')?|es\s+|u\s+|')(?!\s?(?:hospit|sejour|consult|admission|entree|sortie|passage"
    r"|transfert|bilan|intervention|chirurgie))[^\W\d]+(?:\s+[^\W\d]+){0,2}(?=\s*(?:[,;.:()]|$))"
    r"|(?:en\s+fonction|selon|a\s+adapter)\s+(?:aux?\s+|d(?:e\s+|es\s+|u\s+|'))?(?:la\s+|les?\s+|l')?(?:douleurs?|symptomes?|besoins?|gene|eva"
    r"|transit|anxiete)(?![^\W\d])"
    r"|(?:apres|a)\s+chaque\s+(?:selles?(?:\s+liquides?)?|diarrhees?|vomissements?|crises?)"
    r"|a\s+la\s+demande|au\s+besoin|en\s+inter-?doses?|prn|s\.?b\.?(?![^\W\d]))"
)
_PHRASES = (
    # 1-0-1, ½-0-½, 1 – 0 – 1 – 0, 1.0.1, 1/0/1
    r"[\d½¼]+(?:[.,/]\d)?(?:\s?[-–—]\s?[\d½¼]+(?:[.,/]\d)?){2,3}(?:\s?(?:ui|u|unites?|cp))?(?![\w-])",
    r"\d(?:\.\d){2,3}(?![\w.,])|\d(?:/\d){2,3}(?![\w/])",
    # "matin : 2, soir : 1"
    r"(?:matin|midi|soir|coucher|nuit)\s*[:=]\s*(?:\d+(?:[.,/]\d+)?|½|¼)"
    rf"(?:\s?{_FORM}(?![^\W\d]))?(?!\s*(?:mg|g|[µμ]g|ui|ml)(?![^\W\d]))",
    # The cells of a table: 1 | 0 | 1, or 1   0   1
    r"[\d½¼](?:[.,/]\d)?(?:[ \t]*\|[ \t]*[\d½¼](?:[.,/]\d)?){2,3}|[\d½¼](?:(?:\t"
    r"|[ ]{2,})[\d½¼](?:[.,/]\d)?){2,3}(?![\w.,/])",
    rf"{QUANTITY}(?:\s+(?:buvables?|effervescente?s?|secables?|injectables?|vaginales?|nasales?|rectales?))?(?:\s?/\s?(?:\d+\s?)?{_PERIOD}(?![^\W\d]))?",
    rf"x\s?{_COUNT}\s*{_LASTING}",
    rf"x\s?{_COUNT}(?:\s*(?:fois))?(?:\s*(?:/|par)\s*{_PERIOD}(?![^\W\d]))?",
    rf"(?:{_COUNT}|un)\s*(?:fois\s*)?(?:/|par\s)\s*{_PERIOD}",
    rf"{_COUNT}(?:\s*(?:a|ou)\s*{_COUNT})?\s+fois(?:\s*(?:/|par)\s*{_PERIOD}(?![^\W\d]))?",
    rf"{_COUNT}\s?x(?:\s?(?:/|par)\s?{_PERIOD})?(?![^\W_])",
    r"dans\s+(?:les\s+(?:2|deux)\s+yeux|chaque\s+(?:oeil|narine)|l'oeil\s+[^\W\d]+)",
    rf"/\s?(?:\d+\s?)?{_PERIOD}",
    rf"puis\s+{STRENGTH.pattern}",
    rf"(?:{STRENGTH.pattern})(?=\s+(?:{_MOMENT}|le\s+lendemain))",
    rf"(?:decroissance|diminu\w+|baisser"
    rf"|augmenter)\s+(?:progressive(?:ment)?\s+)?(?:de\s+)?(?:{STRENGTH.pattern})",
    r"\d+\s*(?:minutes?|min)\s+(?:avant|apres)|a\s+(?:changer|remplacer|poser|prendre|mettre)",
    rf"soit\s+{STRENGTH.pattern}",
    rf"puis\s+(?:decroissance|diminution|sevrage|arret)(?:\s+progressi\w+)?(?:\s+(?:sur|en)\s+{_COUNT}\s*{_LASTING}|\s+(?:de\s+|par\s+)(?:paliers?\s+de\s+)?(?:{STRENGTH.pattern}))?",
    r"(?:jusqu'a|depuis|a\s+partir\s+de|des)\s+\d+\s*sa(?![^\W_])|au\s+\d\s?e(?:me)?\s+mois",
    r"par\s+kg(?:\s+et(?=\s+par))?",
    r"(?:avant|apres|pendant|au\s+(?:cours|milieu|debut)\s+(?:de|du|des)|a|aux)\s*(?:le|les|des|de)?\s*"
    r"(?:chaque|3|trois|principaux)?\s*(?:principaux\s+)?repas(?:\s+d[eu]\s+(?:matin|midi|soir))?",
    r"a\s+(?:croquer|sucer|avaler|inhaler|laisser\s+fondre)|sous\s+la\s+langue|en\s+sublingual",
    r"(?:a\s+)?renouvel(?:er|able)s?(?:\s+une\s+fois)?",
    rf"\((?:le\s+)?{_DAYS}\)",
    r"\((?:le\s+)?(?:matin|midi|soir|coucher)(?:\s+et\s+(?:le\s+)?(?:midi|soir))?\)"
    r"|\((?:max\w*|jusqu'a|sans\s+depasser|soit|si\b|[½\d][\d.,/]*(?:\s?(?:a|ou|-)\s?\d+)?\s?(?:prises?|au\s+total|cp|comp|gel|sachet|bouff|goutt"
    r"|amp|dose|mes|fois|h|j|sem|x|/|kg))"
    r"[^()\n]{0,40}\)",
    rf"(?:par|chaque)\s+{_PERIOD}",
    rf"tou(?:te)?s\s+les\s+(?:(?:\d+|deux|trois|quatre|six|huit)\s?)?{_PERIOD}",
    # "34 UI matin / 28 UI soir"
    rf"/\s?(?:(?:{STRENGTH.pattern})|\d+)(?=\s+{_MOMENT})",
    r"toutes\s+les\s+\d+\s*a\s*\d+\s*h(?:eures?)?|1\s?/\s?\d+\s?(?:jours?|j|semaines?|sem|mois)",
    r"(?:1|un|une)\s?(?:jour|j|matin|midi|soir|semaine|sem)\s?(?:/|sur)\s?(?:2|3|4|deux|trois|quatre)",
    rf"(?:jusqu'a|au\s+plus)\s+{_COUNT}\s*(?:fois|prises?|{_FORM})?\s*(?:/|par)\s*{_PERIOD}",
    r"(?:tant\s+que|jusqu'(?:a|au|en))\s+(?:la\s+|l'\s?)?[^\W\d][^,.;()\n\d]{2,40}?(?=\s*(?:[,.;(]|$|et\s*$))",
    r"de\s+\d{1,2}\s?h(?:\d\d)?\s+a\s+\d{1,2}\s?h(?:\d\d)?",
    rf"(?:jusqu'a|pour\s+atteindre)\s+(?:{STRENGTH.pattern})",
    r"(?:avant|apres|pendant|a)\s+(?:chaque|les|le|la)\s+(?:biberons?|tetees?|pansements?|toilettes?|kine|cures?|cycles?|mictions?|injections?|soins?|changes?)",
    rf"(?:les\s+)?{_COUNT}\s+jours?\s+(?:suivant|precedant|avant|apres)s?(?:\s+(?:la|le|les|chaque)\s+|\s+l')[^\W\d]+",
    rf"(?:les\s+)?{_COUNT}\s+premiers?\s+{_LASTING}|la\s+veille|a\s+l'induction",
    r"en\s+alternance(?:\s+avec\s+[\d/½¼¾]+(?:\s?cp)?)?|(?:[13]/[24]|[½¼¾]"
    r"|1)\s?[-–]\s?[\d/½¼¾]+(?=\s+en\s+alternance)",
    rf"bolus\s+(?:de\s+)?(?:{STRENGTH.pattern})",
    r"dans\s+\d+\s?(?:cc|ml)(?:\s+(?:de|d')\s?[^\W\d]+(?:\s+\d+(?:[.,]\d+)?\s?%)?)?",
    r"selon\s+(?:les?\s+|la\s+)?(?:glycemies?|dextros?|inr|protocole|schema)",
    rf"(?:\d{{1,2}}\s?j(?:ours?)?\s?(?:sur|/)\s?\d{{1,2}}|a\s+heures?\s+fixes?|{_COUNT}\s+jours\s+sur\s+{_COUNT})",
    rf"(?:les?\s+)?{_DAYS}(?:[\s,/]*(?:et\s+)?(?:le\s+)?{_DAYS})*",
    r"quotidien(?:ne)?(?:ment)?|journalier|hebdomadaires?|mensuel(?:le)?s?|bi-?quotidien|hebdo",
    r"(?:a\s+)?espacer\s+(?:de\s+|d'au\s+moins\s+)?\d+\s?h(?:eures?)?",
    r"a\s+(?:une|deux|trois)\s+reprises?|a\s+vie|systematique(?:ment)?|au\s+plus(?!\s+(?:tot|tard|pres))|en\s+decroissance(?:\s+progressive)?",
    rf"(?:pendant|pdt|pour|durant|sur|encore|depuis)\s+(?:(?:un|{_COUNT})\s*{_LASTING}|(?:la|le|les|l'"
    rf"|toute la)\s*[^\W\d]+)",
    rf"{_COUNT}\s*{_LASTING}",
    r"(?:de\s+)?j\s?\d+\s*(?:a|-|au)\s*j\s?\d+|a\s+j\s?\d+",
    r"(?:du\s+\d{1,2}(?:/\d{1,2}(?:/\d{2,4})?)?\s+)?(?:jusqu'a|jusqu'au|jsq(?:u'au)?|au"
    r"|le)\s*(?:\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?"
    r"|j\s?\d+|[\d]{1,2}\s+[^\W\d]{3,9}(?=\b))(?!/)(?:\s+inclus)?",
    r"en\s+(?:une\s+|deux\s+|\d\s+)?(?:injections?|fois|perfusions?(?!\s+continue)|administrations?|applications?)"
    rf"(?:\s+(?:de|sur|en)\s+{_COUNT}\s*(?:minutes?|mn|min|heures?|h))?",
    r"(?:en|a)\s+(?:une\s+|\d\s+)?prises?(?:\s+unique)?|en\s+(?:une|prise)\s+unique|dose\s+unique"
    r"|unique|en\s+(?:une|deux|trois)\s+(?:fois|prises?)",
    r"(?:a\s+)?jeun|au\s+long\s+cours|(?:en\s+(?:perfusion\s+)?)?continue?|periode\s+refractaire\s+(?:de\s+)?\d+\s?min(?:utes)?|au\s+pse|ivse"
    r"|en\s+(?:per|pre|post)-?\s?(?:operatoire|procedure|dialytique)|en\s+nebulisation"
    r"|en\s+aerosols?",
    r"(?:a\s+)?[js]\s?\d+(?:\s*(?:,|et|puis)\s*[js]\s?\d+)*",
    rf"{_FRACTION}(?=\s+(?:{_MOMENT}|{_CONDITION}|a\s+(?:jeun|chaque\s+repas)|un\s+jour|le\s+lendemain|tou(?:te)?s\s+les))",
    _CONDITION,
    # M-S, MMS, M, S: the moments by their letters
    r"m\s?[-/+]?\s?m\s?[-/+]?\s?s|m\s?[-/+]\s?s|[ms](?=\s*(?:[,/;.(\n]|$))",
    r"le\s+1er\s+jours?(?!\s+(?:du|de))|les\s+\d\s+premiers\s+jours|au\s+maxi?(?:mum)?",
    r"le\s+1er(?:\s+(?:jour\s+)?(?:du|de\s+chaque)\s+mois)?|un\s+jour(?!\s*(?:sur|/))|le\s+lendemain",
    r"(?:½|¼|¾|[13]/[24])(?=\s*(?:/|x|par|[,;.)]|$))",
    r"les\s+jours\s+(?:de|sans)\s+(?:hemo)?(?:dialyse|seance|chimio\w*|cure|perfusion|prise|traitement)s?"
    r"|(?:avant|apres|pendant)\s+(?:la\s+|les\s+|chaque\s+)?(?:seances?\s+(?:de\s+|d')?)?(?:(?:hemo)?(?:dialyses?|seances?)|hdf?(?![^\W_]))"
    r"|(?:en\s+(?:debut|fin|cours)\s+de\s+|en\s+|a\s+(?:chaque|la)\s+|au\s+branchement\s+de\s+)(?:seance|(?:hemo)?dialyse|hdf?(?![^\W_]))",
    rf"sauf\s+(?:le\s+|les\s+)?{_DAYS}(?:[\s,/]*(?:et\s+)?(?:le\s+)?{_DAYS})*(?:\s*:?\s*(?:{STRENGTH.pattern}))?",
    r"a\s+(?:adapter|ajuster|moduler)(?:\s+(?:selon|en\s+fonction\s+d(?:e\s|es\s|u\s|')|aux?)\s*(?:les?\s+|la\s+|l')?[^\W\d]+)?",
    r"max(?:imum)?\.?(?=\s+si\b)|de\s+temps\s+en\s+temps|occasionnellement|ponctuellement",
    r"(?:sans\s+depasser|maximum|maxi?\.?|au\s+max(?:imum)?)\s*(?:de\s+)?(?:x?\s?\d+(?![.,]\d)"
    r"|(?!si\b|x\s?\d)[^\W\d]+)\s*(?:g|mg|cp"
    r"|prises?|sachets?|fois)?(?:\s*(?:/|par)\s*(?:jour|j|24\s?h))?",
    r"dans\s+(?:chaque|les\s+deux|l')\s*(?:oe?il|yeux|ol|narine)\w*|o[dg]{1,2}(?![^\W\d])|oe?il\s+(?:droit"
    r"|gauche)|dans chaque narine",
    r"a\s+(?:retirer|enlever|oter)\s+[^\W\d]+\s+[^\W\d]+|puis\s+(?:stop|arret)|uniquement|seulement"
    r"|avec\s+(?:une\s+)?chambre\s+d'inhalation",
    _MOMENT,
)
PHRASE = re.compile(f"(?:{'|'.join(_PHRASES)})(?![^\\W\\d])")
LINK = re.compile(
    r"(?:[\s,+&-]|et(?![^\W\d])|puis(?!\s+(?:stop|arret|decroissance|diminution|sevrage|\d+(?:[.,]\d+)?\s?(?:mg|g|[µμ]g|ui|ml)\b)|[^\W\d])"
    r"|ou(?![^\W\d])|a(?=\s\d)|soit(?![^\W\d]))*"
)
_ROUTE = (
    r"(?:ivd|ivl|ivse|iv|s/?c|s/?l|im|po|per\s?os|voie\s+\w+|v\.o\.|par\s+voie\s+\w+|sous[- ]cutanee?"
    r"|sublinguale?|inhale|pse|perfusion)(?:\s+(?:sur|par|via)\s+(?:picc\w*|midline|vv[pc]|pac|chambre|kt\w*|gpe|sng|sonde)(?![^\W\d]))?"
)
ROUTE_LINK = re.compile(rf"[\s,]*{_ROUTE}(?![^\W\d])(?:\s+puis\s+{_ROUTE}(?![^\W\d]))?[\s,]*")
ROUTE_AFTER = re.compile(rf"\s+{_ROUTE}(?![^\W\d])")
# What may stand between a name and its dose, or a dose and its frequency, without being either.
FILLER = re.compile(
    # "2,5 mg (ancien 5 mg) 1/j"
    rf"(?:\((?!si\b|s'|en\s+cas|a\s|au\s|le\s|matin|midi|soir|chaque|tous|toutes|arret|stop|suspen|{QUANTITY})[^()\d\n]{{2,40}}\)(?=\s*:)"
    rf"|\((?:ancien\w*|au\s+lieu\s+d|auparavant|contre|vs)\b[^)\n]{{0,30}}\)"
    rf"|\.(?=\s*:)|[\s:,;=|()↑↓↗↘→>–—-]|qu'(?:il|elle)\s+(?:prend|prenait|utilise)(?=\s)|a\s+raison\s+d'"
    rf"|{_ROUTE}(?![^\W\d])|(?:lp|l\.p\.?|xr|sr|ret|gastro-?resistante?s?"
    rf"|orodispersible|effervescente?s?|suppo(?:sitoires?)?|ovules?|unidoses?|inhaleur|aerosols?|collyre|pommade|creme|gel"
    r"|lyoc|sirop|solution|buvable|gouttes|nebulisee?|injectable|intraveineu(?:se|x)|orale?|retard"
    r"|nourrisson"
    r"|enfant|adultes?|suspension|poudre|pellicules?|secables?|comprimes?|cp|gelules?|sachets?|patchs?"
    r"|transdermique|spray|nasal"
    r"|(?:(?:que\s+(?:j'ai|nous\s+avons|l'on\s+a|on\s+a)|qui\s+(?:a\s+ete|est|sera)|(?:a|ont)\s+ete|est"
    r"|sera)\s+)?(?:augmente|diminue|debute|introduit|initie|instaure|reintroduit|prescrit|majore|minore|reduit|baisse|passe|porte|adapte|monte|descendu|ramene"
    r"|remonte)e?s?\s+(?:progressivement\s+)?(?:de\s+\d+(?:[.,]\d+)?\s?(?:mg|g|[µμ]g|ui|ml)?\s+)?(?:a|jusqu'a)"
    r"|pca|debit(?:\s+(?:continu|de\s+base|de\s+fond))?"
    r"|a\s+(?:debuter|commencer|poursuivre)(?:\s+(?:a|le|des)\s+(?:j\s?\d+|\d{1,2}/\d{1,2})"
    r"|\s+dans\s+\d+\s+jours?)?"
    r"|(?:dose\s+de\s+)?charge(?:\s+de)?|max(?:imum"
    r"|imale?)?(?=\s+\d+(?:[.,]\d+)?\s?(?:mg|[µμ]g|ui|ml)\s?/)"
    r"|anti-?xa(?:\s?/\s?\d+(?:[.,]\d+)?\s?ml)?|(?:a|jusqu'a)(?=\s\d+(?:[.,]\d+)?\s?(?:mg|g|[µμ]g|ui"
    r"|ml|u|cp|gel|sachets?|bouffees?|gouttes?|amp)(?![^\W\d]))|a la dose de|a raison de"
    r"|dosee? a|au dosage de|de(?!\s+temps|\s+\d{1,2}\s?h)|sous forme de|respimat|ellipta|elipta"
    r"|turbuhaler|diskus|breezhaler|autohaler"
    r"|nexthaler|flexpen|kwikpen|solostar|penfill|biogaran|arrow|mylan|viatris|sandoz|teva|zentiva|eg"
    r"|cristers|zydus|almus|ranbaxy)"
    r"(?![^\W\d]))*"
)
# Where a word begins: "en perfusion" holds no "si".
AS_NEEDED = re.compile(rf"(?<![^\W\d])(?:{_CONDITION})")
NAME_ENDING = re.compile(
    r"\s+(?:lp|l\.p\.|respimat|ell?ipta|turbuhaler|diskus|breezhaler|autohaler|flexpen|solostar|chrono|lyoc"
    r"|kwikpen|d3?)(?![^\W_])"
)
# Words that belong to a name and that no lexicon knows: "Doliprane suspension pédiatrique : 1 dose".
GAP = re.compile(
    r"(?:[ \t]+(?!(?:et|ou|puis|par|pour|avec|sans|a|en|si|non|relais|depuis|avant|apres|le|la|les|du|de"
    r"|des|au|aux|ce|un|une|jusqu|pendant|dont|soit|est|a|dans|arret\w*|stop\w*|suspen\w*|interr\w*"
    r"|repri\w*|pas|ne)\b)[^\W\d]{2,}){1,2}(?=[ \t:]+\d)"
)
# "75 mg pdr p sol buv sach : 1 sachet": whatever a software writes of the form.
FORM_TO_COLON = re.compile(r"[ \t]+[^\d\n:;,.()|]{1,40}:[ \t]*")
