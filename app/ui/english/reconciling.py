"""What is said while a prescription is compared with what the patient takes."""

from typing import Final

RECONCILING: Final = {
    "Écrit plus d'une fois": "Written more than once",
    "Cité, mais pas comparé": "Named, but not compared",
    "Les statuts sont des propositions. Une divergence reste « non qualifiée » tant que personne ne "
    "l'a qualifiée.": (
        "Statuses are proposals. A discrepancy stays “unqualified” until somebody has qualified it."
    ),
    "Comparer": "Compare",
    "avec": "with",
    "Une ordonnance collée ici": "A prescription pasted here",
    "Le traitement de sortie du compte rendu": "The discharge medication of the report",
    "Nouvelle prescription": "New prescription",
    "Collez ici la nouvelle prescription, un médicament par ligne…": (
        "Paste the new prescription here, one medicine per line…"
    ),
    "Collez d'abord la nouvelle prescription, ou choisissez le traitement de sortie.": (
        "First paste the new prescription, or choose the discharge medication."
    ),
    "Rien à comparer : aucun médicament d'un côté ni de l'autre.": (
        "Nothing to compare: there is no medicine on either side."
    ),
    "Qualifié par (nom et fonction)": "Qualified by (name and position)",
    "Indiquez d'abord votre nom : une qualification est signée.": (
        "First give your name: a qualification is signed."
    ),
    "Aucune divergence sur les lignes identiques": "No discrepancy on the identical lines",
    "{shown}. À qualifier : {unqualified}.": "{shown}. To be qualified: {unqualified}.",
    "Identique": "Identical",
    "Équivalence": "Equivalent",
    "Changé": "Changed",
    "Arrêté": "Stopped",
    "Nouveau": "New",
    "Divergence": "Discrepancy",
    "non qualifiée": "unqualified",
    "aucune": "none",
    "intentionnelle": "intentional",
    "non intentionnelle": "unintentional",
    "Commentaire": "Comment",
    "Par {by}, le {at}": "By {by}, on {at}",
    "Avant": "Before",
    "Après": "After",
    "absent": "absent",
    "dose": "dose",
    "rythme": "frequency",
    "durée": "duration",
    "forme": "form",
    "voie": "route",
}
