"""What is said of what a reader takes away; the files themselves are French, as a hospital files them."""

from typing import Final

EXPORTING: Final = {
    "Sans conciliation, la fiche est un bilan médicamenteux : comparez d'abord pour concilier.": (
        "Without a reconciliation, the sheet is a medication history: compare first, to reconcile."
    ),
    "{count} divergence n'est pas encore qualifiée : la fiche le dit.": (
        "{count} discrepancy is not qualified yet: the sheet says so."
    ),
    "{count} divergences ne sont pas encore qualifiées : la fiche le dit.": (
        "{count} discrepancies are not qualified yet: the sheet says so."
    ),
    "Fiche à signer": "Sheet to sign (in French)",
    "Données": "Data",
    "CSV des médicaments": "CSV of the medicines",
    "CSV de la conciliation": "CSV of the reconciliation",
    "Tout télécharger (ZIP)": "Download everything (ZIP)",
    "Tout télécharger, sans les fiches (ZIP)": "Download everything but the sheets (ZIP)",
    "Comptes rendus {first} à {last}, avec les fiches (ZIP)": (
        "Reports {first} to {last}, with their sheets (ZIP)"
    ),
}
