"""The language models' keys as this process is given them, and the proof that it holds one.

OPENAI_API_KEY            the key itself; or
OPENAI_API_KEY_PARAMETER  NAME:VERSION of the parameter in Systems Manager that holds it: it is read when a
                          report is first sent, and never kept in the function's configuration

MISTRAL_API_KEY is told in the same two ways.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Mapping

from .insights.engines import EngineUnavailableError
from .settings import PARAMETER


class UnreadableKeyError(EngineUnavailableError):
    """The parameter that holds a key can't be read; `reason` names it for operators, and never a value."""

    def __init__(self, reason: str) -> None:
        """Tell readers what they can do about it."""
        super().__init__(
            "La clé du moteur ne peut pas être lue. Prévenez la personne qui administre l'application."
        )
        self.reason = reason


def read(environment: Mapping[str, str], name: str) -> str | None:
    """The key called `name`, None when there is none.

    Raises:
        UnreadableKeyError: it is in a parameter that can't be read.
    """
    if key := environment.get(name):
        return key
    where = environment.get(name + PARAMETER, "").strip()
    return _parameter(where) if where else None


def fingerprint(key: str, salt: bytes) -> str:
    """What tells whether two keys are the same, to whoever chose the salt and to nobody else.

    The key is stripped as it is before it is sent to its provider.
    """
    return hmac.new(salt, key.strip().encode(), hashlib.sha256).hexdigest()


def forget() -> None:
    """Read each key again when it is next asked for."""
    _parameter.cache_clear()


@functools.cache
def _parameter(where: str) -> str:
    """A version of a parameter never changes: what was read once is good for as long as the process lives.

    Source: AWS Systems Manager user guide, "Working with parameter versions", NAME:VERSION.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from .transport.environment import patient

    try:
        return boto3.client("ssm", config=patient()).get_parameter(Name=where, WithDecryption=True)[
            "Parameter"
        ]["Value"]
    except (BotoCoreError, ClientError) as error:
        reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        raise UnreadableKeyError(f"The parameter {where} can't be read: {reason}.") from None
