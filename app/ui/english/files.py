"""Why a text or a file can't be read; templates are those of `app.insights.documents`."""

from typing import Final

FILES: Final = {
    "Plus de {max_reports} comptes rendus ont été donnés. Rien n'en a été lu. "
    "Donnez-les en plusieurs fois.": (
        "More than {max_reports} reports were given. Nothing was read of them. Give them in several goes."
    ),
    "Les fichiers donnés dépassent ensemble {max_size}. Rien n'en a été lu. Donnez-les en plusieurs fois.": (
        "The files given exceed {max_size} together. Nothing was read of them. Give them in several goes."
    ),
    "Collez d'abord le texte d'un compte rendu : le champ est vide.": (
        "First paste the text of a report: the field is empty."
    ),
    "Le texte compte {characters} caractères, pour {max_characters} au plus. Gardez un seul compte rendu, "
    "ou analysez-le en plusieurs fois. Votre texte est resté dans le champ.": (
        "The text has {characters} characters; {max_characters} is the most. Keep one report only, "
        "or analyse it in several parts. Your text is still in the field."
    ),
    "Ce contenu ressemble à un fichier et non à du texte. "
    "Ouvrez le document, copiez son texte, puis collez-le.": (
        "This content looks like a file, not like text. Open the document, copy its text, then paste it."
    ),
    "Le texte de ce fichier dépasse {max_characters} caractères. Rien n'en a été lu. "
    "Gardez-en un seul compte rendu, ou partagez-le en plusieurs fichiers.": (
        "The text of this file is longer than {max_characters} characters. Nothing of it was read. "
        "Keep one report only, or split it into several files."
    ),
    "Ce fichier est vide : il ne contient aucun texte. Choisissez-en un autre.": (
        "This file is empty: it holds no text. Choose another."
    ),
    "Ce fichier ne contient pas de texte, ou il est abîmé. Rien n'en a été lu. "
    "Enregistrez le compte rendu en TXT, PDF ou DOCX, ou collez son texte.": (
        "This file holds no text, or it is damaged. Nothing of it was read. "
        "Save the report as TXT, PDF or DOCX, or paste its text."
    ),
    # PDF
    "Ce PDF est abîmé, incomplet ou trop complexe. Rien n'en a été lu. "
    "Ouvrez-le et imprimez-le à nouveau en PDF, ou collez son texte.": (
        "This PDF is damaged, incomplete or too complex. Nothing of it was read. "
        "Open it and print it to PDF again, or paste its text."
    ),
    "Ce PDF est protégé par un mot de passe. Rien n'en a été lu. "
    "Enregistrez-le sans mot de passe, ou collez son texte.": (
        "This PDF is protected by a password. Nothing of it was read. "
        "Save it without a password, or paste its text."
    ),
    "Ce PDF est un scan : ses pages sont des images, sans texte à lire. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte.": (
        "This PDF is a scan: its pages are pictures, without text to read. "
        "Run it through character recognition (OCR), or paste the text."
    ),
    "Ce PDF ne contient aucun texte à lire. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte.": (
        "This PDF holds no text to read. Run it through character recognition (OCR), or paste the text."
    ),
    "Ce PDF ne dit pas quelles lettres ses polices dessinent : son texte ne peut pas être lu. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte.": (
        "This PDF does not say which letters its fonts draw: its text can't be read. "
        "Run it through character recognition (OCR), or paste the text."
    ),
    "Ce PDF compte {pages} pages, pour {max_pages} pages et {max_characters} caractères au plus. "
    "Rien n'en a été lu. Gardez-en les pages d'un seul compte rendu.": (
        "This PDF has {pages} pages; {max_pages} pages and {max_characters} characters are the most. "
        "Nothing of it was read. Keep the pages of one report only."
    ),
    # Word
    "Ce document Word est abîmé ou incomplet. Rien n'en a été lu. "
    "Ouvrez-le et enregistrez-le à nouveau en DOCX, ou collez son texte.": (
        "This Word document is damaged or incomplete. Nothing of it was read. "
        "Open it and save it as DOCX again, or paste its text."
    ),
    "Ce document Word ne contient que des images : c'est un scan, sans texte à lire. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte.": (
        "This Word document holds pictures only: it is a scan, without text to read. "
        "Run it through character recognition (OCR), or paste the text."
    ),
    "Ce document Word dépasse {max_size} une fois décompressé. Rien n'en a été lu. "
    "Gardez-en un seul compte rendu, ou collez son texte.": (
        "This Word document is larger than {max_size} once unpacked. Nothing of it was read. "
        "Keep one report only, or paste its text."
    ),
    "Ce document Word est protégé par un mot de passe. Rien n'en a été lu. "
    "Enregistrez-le sans mot de passe, ou collez son texte.": (
        "This Word document is protected by a password. Nothing of it was read. "
        "Save it without a password, or paste its text."
    ),
    # ZIP
    "Cette archive ZIP est abîmée ou incomplète. Rien n'en a été lu. "
    "Créez-la à nouveau, ou déposez les fichiers un par un.": (
        "This ZIP archive is damaged or incomplete. Nothing of it was read. "
        "Create it again, or add the files one by one."
    ),
    "Dans cette archive ZIP, « {member} » est abîmé. Rien n'en a été lu. "
    "Créez l'archive à nouveau, ou déposez les fichiers un par un.": (
        "In this ZIP archive, “{member}” is damaged. Nothing of it was read. "
        "Create the archive again, or add the files one by one."
    ),
    "Cette archive ZIP est protégée par un mot de passe. Rien n'en a été lu. "
    "Créez-la sans mot de passe, ou déposez les fichiers un par un.": (
        "This ZIP archive is protected by a password. Nothing of it was read. "
        "Create it without a password, or add the files one by one."
    ),
    "Cette archive ZIP contient {reports} fichiers, pour {max_reports} au plus. Rien n'en a été lu. "
    "Partagez-la en plusieurs archives.": (
        "This ZIP archive holds {reports} files; {max_reports} is the most. Nothing of it was read. "
        "Split it into several archives."
    ),
    "Cette archive ZIP dépasse {max_size} une fois décompressée. Rien n'en a été lu. "
    "Partagez-la en plusieurs archives.": (
        "This ZIP archive is larger than {max_size} once unpacked. Nothing of it was read. "
        "Split it into several archives."
    ),
    "Cette archive ZIP ne contient aucun fichier. Créez-la à nouveau avec vos comptes rendus.": (
        "This ZIP archive holds no file. Create it again with your reports."
    ),
    "Ce fichier dépasse {max_size}. Rien n'en a été lu. "
    "Gardez-en les pages utiles, ou collez le texte du compte rendu.": (
        "This file is larger than {max_size}. Nothing of it was read. "
        "Keep its useful pages, or paste the text of the report."
    ),
    "Ce fichier est une archive ZIP dans une autre, ou il est abîmé. Rien n'en a été lu. "
    "Décompressez-le, puis déposez les comptes rendus qu'il contient.": (
        "This file is a ZIP archive within another, or it is damaged. Nothing of it was read. "
        "Unpack it, then add the reports that it holds."
    ),
    "{number} Mo": "{number} MB",
    # Other formats
    "Ce fichier est {what}, qui n'est pas lu ici. Rien n'en a été lu. "
    "Enregistrez-le en DOCX, PDF ou TXT, ou collez son texte.": (
        "This file is {what}, which is not read here. Nothing of it was read. "
        "Save it as DOCX, PDF or TXT, or paste its text."
    ),
    "Ce fichier est {what} : son texte ne peut pas être lu ici. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte.": (
        "This file is {what}: its text can't be read here. "
        "Run it through character recognition (OCR), or paste the text."
    ),
    "une image": "a picture",
    "une image PNG": "a PNG picture",
    "une image JPEG": "a JPEG picture",
    "une image GIF": "a GIF picture",
    "une image TIFF": "a TIFF picture",
    "un document RTF": "an RTF document",
    "une archive 7-Zip": "a 7-Zip archive",
    "une archive RAR": "a RAR archive",
    "une archive GZIP": "a GZIP archive",
    "un ancien document Word (.doc)": "an old Word document (.doc)",
    "un ancien classeur Excel (.xls)": "an old Excel workbook (.xls)",
    "un ancien document Office": "an old Office document",
    "un classeur Excel (.xlsx)": "an Excel workbook (.xlsx)",
    "une présentation PowerPoint (.pptx)": "a PowerPoint presentation (.pptx)",
    "un document OpenDocument": "an OpenDocument document",
    "un document OpenDocument (.odt)": "an OpenDocument text (.odt)",
}
