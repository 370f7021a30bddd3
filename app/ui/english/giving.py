"""What is said while reports are given, sent and read."""

from typing import Final

GIVING: Final = {
    "Collez un compte rendu d'hospitalisation ou déposez des fichiers : l'essentiel en est extrait, chaque "
    "élément avec les mots qui le prouvent.": (
        "Paste a hospital report or add files: the essentials are extracted, each item with the words that "
        "prove it."
    ),
    "Nouveau cas": "New case",
    "Effacer mes données": "Erase my data",
    "Textes et fichiers sont gardés chiffrés sur le serveur une heure après le dernier clic, les "
    "résultats une heure après l'analyse. Ce navigateur retient où les retrouver : sur un poste partagé, "
    "effacez-les en partant. « Effacer mes données » le fait tout de suite.": (
        "Texts and files are kept encrypted on the server for one hour after the last click, results for "
        "one hour after the analysis. This browser remembers where to find them: on a shared computer, "
        "erase them when you leave. “Erase my data” does so at once."
    ),
    "Un travail commencé à {time} dans ce navigateur est encore gardé : {count} compte rendu.": (
        "Work begun in this browser at {time} is still kept: {count} report."
    ),
    "Un travail commencé à {time} dans ce navigateur est encore gardé : {count} comptes rendus.": (
        "Work begun in this browser at {time} is still kept: {count} reports."
    ),
    "Reprendre": "Resume",
    "Effacer": "Erase",
    "En attendant, l'analyse est faite par le moteur embarqué.": (
        "Meanwhile, reports are read by the built-in engine."
    ),
    "Moteur": "Engine",
    "Le moteur embarqué est un moteur de démonstration : il se trompe et il oublie. "
    "Vérifiez chaque élément dans le texte. Rien ici n'est un avis médical ou pharmaceutique.": (
        "The built-in engine is a demonstration engine: it makes mistakes and omissions. "
        "Check every item against the text. Nothing here is medical or pharmaceutical advice."
    ),
    "Compte rendu": "Report",
    "Collez ici le texte d'un compte rendu d'hospitalisation…": "Paste the text of a hospital report here…",
    "{count} caractères au plus.": "{count} characters at most.",
    "\u202f": ",",
    "Ou des fichiers : TXT, PDF, DOCX, ou un ZIP qui en contient": (
        "Or files: TXT, PDF, DOCX, or a ZIP that holds some"
    ),
    "{reports} comptes rendus au plus, {size} Mo par fichier et {total} Mo ensemble, "
    "ZIP décompressés ; pour chacun {count} caractères "
    "ou {pages} pages. Un scan sans texte n'est pas lu.": (
        "{reports} reports at most, {size} MB per file and {total} MB together, ZIPs unpacked; "
        "for each of them {count} characters "
        "or {pages} pages. A scan without text is not read."
    ),
    "Analyser": "Analyse",
    "Voir ce qui sera envoyé": "See what will be sent",
    "Texte collé": "Pasted text",
    # To a provider
    "Rien n'a été envoyé : autorisez d'abord l'envoi, ci-dessus, ou choisissez le moteur embarqué. "
    "Vos textes et vos fichiers sont restés en place.": (
        "Nothing was sent: first allow it, above, or choose the built-in engine. "
        "Your texts and files are still in place."
    ),
    "Avec le {engine}, le texte part chez : {provider} (région : {region}). "
    "Vérifiez que votre établissement l'autorise pour des données de santé. "
    "Rien ici n'est un avis médical ou pharmaceutique.": (
        "With the {engine}, the text goes to: {provider} (region: {region}). "
        "Make sure that your hospital allows it for health data. "
        "Nothing here is medical or pharmaceutical advice."
    ),
    "Réduction des identifiants avant l'envoi": "Reduce identifiers before sending",
    "Noms, dates de naissance, numéros et adresses que des règles reconnaissent sont remplacés. "
    "Il en reste : ce n'est pas une anonymisation. « Voir ce qui sera envoyé » montre le texte exact.": (
        "Names, dates of birth, numbers and addresses that rules recognise are replaced. "
        "Some remain: this is not anonymisation. “See what will be sent” shows the exact text."
    ),
    "J'autorise, pendant cette session, l'envoi de mes textes à : {provider}": (
        "For this session, I allow my texts to be sent to: {provider}"
    ),
    "Exactement ce qui sera envoyé, avec nos consignes au modèle :": (
        "Exactly what will be sent, with our instructions to the model:"
    ),
    "Et {count} autres, de même.": "And {count} others, likewise.",
    # On the way
    "Analyse en cours. {found}": "Analysis under way. {found}",
    "Le moteur lit le texte…": "The engine is reading the text…",
    "Déjà lu : {names}.": "Read so far: {names}.",
    "patient": "patient",
    "antécédents": "medical history",
    "traitements habituels": "usual medication",
    "traitement de sortie": "discharge medication",
    "pendant le séjour": "during the stay",
    "arrêtés": "stopped",
    "fonction rénale": "renal function",
    "fonction hépatique": "hepatic function",
    "Annuler": "Cancel",
    "Relancer": "Try again",
    "Relancer les échecs": "Retry those that failed",
    "Analyse annulée.": "Analysis cancelled.",
    "Le travail précédent, avec vos notes, est gardé : rechargez la page pour le reprendre.": (
        "The work before, with your notes, is kept: reload the page to resume it."
    ),
    "Le {engine} lit sur ce serveur : {provider}. Il se trompe et il oublie : vérifiez chaque "
    "élément dans le texte. Rien ici n'est un avis médical ou pharmaceutique.": (
        "The {engine} reads on this server: {provider}. It makes mistakes and forgets: check each item in "
        "the text. Nothing here is medical or pharmaceutical advice."
    ),
    "{count} compte rendu sur {total}": "{count} of {total} reports",
    "{count} comptes rendus sur {total}": "{count} of {total} reports",
    "{count} échec": "{count} failed",
    "{count} échecs": "{count} failed",
    "Comptes rendus": "Reports",
    "État": "Status",
    "en attente": "waiting",
    "en cours": "under way",
    "lu": "read",
    "échec": "failed",
    "annulé": "cancelled",
    "Compte rendu affiché": "Report shown",
    "Choisissez un compte rendu lu": "Choose a report that is read",
}
