"""Why a language model gave nothing: one exception, the kind of failure, and a sentence to act on.

What a provider writes of its own accord is never repeated: it may hold a part of the key or of the report.
"""

from enum import StrEnum


class FailureKind(StrEnum):
    """What went wrong, as far as somebody can do something about it."""

    KEY_REFUSED = "key_refused"
    QUOTA = "quota"
    RATE_LIMIT = "rate_limit"
    TOO_LONG = "too_long"
    FILTERED = "filtered"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    TIMEOUT = "timeout"
    NO_NETWORK = "no_network"
    UNKNOWN_MODEL = "unknown_model"
    INVALID_REQUEST = "invalid_request"
    SERVER_FAULT = "server_fault"
    UNREADABLE = "unreadable"


_SENTENCES = {
    FailureKind.KEY_REFUSED: (
        "{engine} : la clé a été refusée. Faites vérifier la clé et ses droits par l'administrateur, "
        "ou choisissez un autre moteur."
    ),
    FailureKind.QUOTA: (
        "{engine} : le crédit du compte est épuisé. Prévenez l'administrateur, ou choisissez un autre moteur."
    ),
    FailureKind.RATE_LIMIT: (
        "{engine} : trop de demandes en même temps. Attendez une minute, puis relancez l'analyse."
    ),
    FailureKind.TOO_LONG: (
        "{engine} : le compte rendu est trop long pour ce modèle. Gardez-en les parties utiles, "
        "ou choisissez un autre moteur."
    ),
    FailureKind.FILTERED: (
        "{engine} : la réponse a été bloquée par le filtre de contenu du fournisseur. "
        "Retirez le passage sensible, ou choisissez un autre moteur."
    ),
    FailureKind.REFUSED: (
        "{engine} : le modèle a refusé de lire ce texte. Vérifiez qu'il s'agit d'un compte rendu, "
        "ou choisissez un autre moteur."
    ),
    FailureKind.TRUNCATED: (
        "{engine} : la réponse a été coupée avant la fin. Analysez le compte rendu en deux fois, "
        "ou choisissez un autre moteur."
    ),
    FailureKind.TIMEOUT: (
        "{engine} : pas de réponse dans le temps imparti. Relancez l'analyse, ou choisissez un autre moteur."
    ),
    FailureKind.NO_NETWORK: (
        "{engine} : le serveur est injoignable. Vérifiez l'accès au réseau et l'adresse du serveur, "
        "puis relancez l'analyse."
    ),
    FailureKind.UNKNOWN_MODEL: (
        "{engine} : ce modèle est inconnu ou n'est pas ouvert à ce compte. "
        "Faites corriger le nom du modèle dans la configuration."
    ),
    FailureKind.INVALID_REQUEST: (
        "{engine} : le serveur n'accepte pas cette demande ; ce modèle ne sait peut-être pas répondre "
        "selon un schéma JSON. Choisissez un autre modèle ou un autre moteur."
    ),
    FailureKind.SERVER_FAULT: (
        "{engine} : panne chez le fournisseur. Relancez l'analyse dans quelques minutes, "
        "ou choisissez un autre moteur."
    ),
    FailureKind.UNREADABLE: (
        "{engine} : la réponse est illisible. Relancez l'analyse, ou choisissez un autre moteur."
    ),
}

# What may go better in a moment. A model that was given its whole time and said nothing is not asked again.
_PASSING = frozenset({FailureKind.RATE_LIMIT, FailureKind.SERVER_FAULT, FailureKind.NO_NETWORK})


class EngineError(Exception):
    """A language model could not be asked, or its answer could not be used.

    Its text is a French sentence for the reader. It holds neither key nor report, and travels between
    processes. `status` is the HTTP status when there was one, `retry_after_s` how long the server asked to be
    left alone.
    """

    def __init__(
        self,
        kind: FailureKind,
        engine: str,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(kind, engine, status, retry_after_s)
        self.kind = kind
        self.engine = engine
        self.status = status
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return _SENTENCES[self.kind].format(engine=self.engine)

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed in a moment."""
        return self.kind in _PASSING
