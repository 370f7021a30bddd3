"""Sentences that arrive finished, with values in them: why a model gives nothing, what to ask a prescriber.

`english()` recognises them by what stands between their values. A value whose name is in `OURS` is French of
this app itself; all others are words of a report, a file or a configuration, which stay as they are.
"""

from typing import Final

OURS: Final = frozenset({"aspects", "engine", "lexicon", "max_size", "reason", "what"})

SENTENCES: Final = {
    # Jobs
    "L'analyse s'est arrêtée sur une erreur du serveur. Relancez-la ; rien n'est perdu.": (
        "The analysis stopped on a server error. Try again; nothing is lost."
    ),
    "L'analyse ne répond plus. Relancez-la : le compte rendu est gardé.": (
        "The analysis no longer answers. Try again: the report is kept."
    ),
    "Le compte rendu et son résultat ne sont plus gardés : donnez-le de nouveau à lire.": (
        "The report and its result are no longer kept: give it to be read again."
    ),
    "L'analyse n'a pas pu commencer. Relancez-la dans un instant : le compte rendu est gardé.": (
        "The analysis could not begin. Try again in a moment: the report is kept."
    ),
    # Engines, and where they are
    "moteur embarqué (démonstration)": "built-in engine (demonstration)",
    "moteur {name} ({model})": "{name} engine ({model})",
    "{engine}, identifiants réduits": "{engine}, identifiers reduced",
    "aucun : l'analyse reste sur ce serveur": "none: the analysis stays on this server",
    "serveur compatible {name} ({host})": "{name}-compatible server ({host})",
    "ce serveur": "this server",
    "celle du serveur {host}": "that of the server {host}",
    "Union européenne": "European Union",
    "non imposée, peut-être hors de l'Union européenne": "not enforced, possibly outside the European Union",
    # Lexicons
    "{lexicon} (données du {day}) et lexique de départ : {names} noms, {substances} substances": (
        "{lexicon} (data of {day}) and starter lexicon: {names} names, {substances} substances"
    ),
    "{lexicon} : {names} noms, {substances} substances": (
        "{lexicon}: {names} names, {substances} substances"
    ),
    "Lexique de départ": "Starter lexicon",
    # How they are configured
    "{reason} Sinon, définissez MODEL_PROVIDER={local}.": "{reason} Otherwise, set MODEL_PROVIDER={local}.",
    "MODEL_PROVIDER vaut « {name} », qui n'est pas un moteur connu. Définissez l'un de ceux-ci : {names}.": (
        "MODEL_PROVIDER is “{name}”, which is not a known engine. Set one of these: {names}."
    ),
    "{variable} n'est pas une adresse : écrivez-la avec http:// ou https://.": (
        "{variable} is not an address: write it with http:// or https://."
    ),
    "MODEL_REGION vaut « {region} » : définissez « {eu} », ou rien.": (
        "MODEL_REGION is “{region}”: set “{eu}”, or nothing."
    ),
    "Le moteur « {name} » est demandé, mais {variable} n'est pas définie : définissez-la.": (
        "The engine “{name}” is asked for, but {variable} is not set: set it."
    ),
    "Le modèle « {model} » n'est pas un modèle de {company}. "
    "Définissez un modèle comme {other}, ou un autre fournisseur.": (
        "The model “{model}” is not a model of {company}. Set a model like {other}, or another provider."
    ),
    "La clé {variable} contient des caractères qu'aucune clé ne contient. "
    "Recopiez-la sans espace ni retour à la ligne.": (
        "The key {variable} holds characters that no key holds. Copy it again without spaces or line breaks."
    ),
    # Why a model gave nothing
    "{engine} : la clé a été refusée. Faites vérifier la clé et ses droits par l'administrateur, "
    "ou choisissez un autre moteur.": (
        "{engine}: the key was refused. Have the administrator check the key and its rights, "
        "or choose another engine."
    ),
    "{engine} : le crédit du compte est épuisé. Prévenez l'administrateur, ou choisissez un autre moteur.": (
        "{engine}: the account has no credit left. Tell the administrator, or choose another engine."
    ),
    "{engine} : trop de demandes en même temps. Attendez une minute, puis relancez l'analyse.": (
        "{engine}: too many requests at once. Wait a minute, then try again."
    ),
    "{engine} : le compte rendu est trop long pour ce modèle. Gardez-en les parties utiles, "
    "ou choisissez un autre moteur.": (
        "{engine}: the report is too long for this model. Keep its useful parts, or choose another engine."
    ),
    "{engine} : la réponse a été bloquée par le filtre de contenu du fournisseur. "
    "Retirez le passage sensible, ou choisissez un autre moteur.": (
        "{engine}: the answer was blocked by the provider's content filter. "
        "Remove the sensitive passage, or choose another engine."
    ),
    "{engine} : le modèle a refusé de lire ce texte. Vérifiez qu'il s'agit d'un compte rendu, "
    "ou choisissez un autre moteur.": (
        "{engine}: the model refused to read this text. Make sure that it is a report, "
        "or choose another engine."
    ),
    "{engine} : la réponse a été coupée avant la fin. Analysez le compte rendu en deux fois, "
    "ou choisissez un autre moteur.": (
        "{engine}: the answer was cut off before its end. Analyse the report in two parts, "
        "or choose another engine."
    ),
    "{engine} : pas de réponse dans le temps imparti. Relancez l'analyse, ou choisissez un autre moteur.": (
        "{engine}: no answer within the time allowed. Try again, or choose another engine."
    ),
    "{engine} : le serveur est injoignable. Vérifiez l'accès au réseau et l'adresse du serveur, "
    "puis relancez l'analyse.": (
        "{engine}: the server can't be reached. Check the network access and the server's address, "
        "then try again."
    ),
    "{engine} : ce modèle est inconnu ou n'est pas ouvert à ce compte. "
    "Faites corriger le nom du modèle dans la configuration.": (
        "{engine}: this model is unknown or not open to this account. "
        "Have the model's name corrected in the configuration."
    ),
    "{engine} : le serveur n'accepte pas cette demande ; ce modèle ne sait peut-être pas répondre "
    "selon un schéma JSON. Choisissez un autre modèle ou un autre moteur.": (
        "{engine}: the server does not accept this request; this model may be unable to answer "
        "in a JSON schema. Choose another model or another engine."
    ),
    "{engine} : panne chez le fournisseur. Relancez l'analyse dans quelques minutes, "
    "ou choisissez un autre moteur.": (
        "{engine}: a fault at the provider. Try again in a few minutes, or choose another engine."
    ),
    "{engine} : la réponse est illisible. Relancez l'analyse, ou choisissez un autre moteur.": (
        "{engine}: the answer is unreadable. Try again, or choose another engine."
    ),
    # Questions of a reconciliation
    "{name} : la nouvelle prescription l'écrit comme arrêté. Est-ce voulu ?": (
        "{name}: the new prescription writes it as stopped. Is this intended?"
    ),
    "{name} : le compte rendu l'écrit comme arrêté. Est-ce voulu ?": (
        "{name}: the report writes it as stopped. Is this intended?"
    ),
    "{name} : absent de la nouvelle prescription. Est-ce voulu ?": (
        "{name}: not in the new prescription. Is this intended?"
    ),
    "{name} : absent du traitement de sortie. Est-ce voulu ?": (
        "{name}: not in the discharge medication. Is this intended?"
    ),
    "{name} : ajouté par la nouvelle prescription. Est-ce voulu ?": (
        "{name}: added by the new prescription. Is this intended?"
    ),
    "{name} : ajouté au traitement de sortie. Est-ce voulu ?": (
        "{name}: added to the discharge medication. Is this intended?"
    ),
    "{name} : différence d'une liste à l'autre ({aspects}). Est-elle voulue ?": (
        "{name}: differs from one list to the other ({aspects}). Is this intended?"
    ),
    "{name} : précision écrite d'un seul côté ({aspects}). Est-elle à compléter ?": (
        "{name}: told on one side only ({aspects}). Should it be completed?"
    ),
    "{days} jours": "{days} days",
}
