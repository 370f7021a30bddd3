"""Where the access key comes from: as for every AWS program, and without botocore when that is not asked."""

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ops.logs.errors import PassingError
from ops.logs.signing import Credentials

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError


class Keyring:
    """Gives the access key for each request, and looks for another once one has expired."""

    def __init__(self, find: Callable[[], Callable[[], Credentials]]) -> None:
        """Use what `find` finds: a function that returns the credentials of this moment."""
        self._find = find
        self._current = find()

    def __call__(self) -> Credentials:
        """Return the credentials of this moment.

        Raises:
            PassingError: They have expired, and nothing here can renew them; the next call looks again.
        """
        try:
            return self._current()
        except PassingError:
            self.renew()
            raise

    def renew(self) -> None:
        """Look again where credentials come from, since somebody may have logged in; else keep these."""
        with contextlib.suppress(PassingError):
            self._current = self._find()


def of_account(access_key: str) -> Keyring:
    """Return the embedded account's."""
    found = Credentials(access_key, "embedded")
    return Keyring(lambda: lambda: found)


def of_this_shell() -> Keyring:
    """Return those of this process: of the environment, else wherever botocore finds some.

    The environment comes first in botocore's chain too (a profile given by AWS_PROFILE does not change
    that), so that it may be looked at without importing botocore, which takes a fifth of a second.

    Raises:
        PassingError: There are none.
    """
    return Keyring(lambda: _of_environment() or _of_chain())


def _of_environment() -> Callable[[], Credentials] | None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    found = Credentials(*(os.environ.get(name, "") for name in names))
    return (lambda: found) if found.key and found.secret else None


def _of_chain() -> Callable[[], Credentials]:
    from botocore.exceptions import BotoCoreError, NoCredentialsError
    from botocore.session import Session

    from ops.clients import keep_secrets_out_of_logs

    keep_secrets_out_of_logs()
    try:
        chain: Any = Session().get_credentials()
    except BotoCoreError as error:
        raise _missing(error) from error
    if chain is None:
        raise _missing(NoCredentialsError())

    def current() -> Credentials:
        try:
            frozen = chain.get_frozen_credentials()  # renews what it can renew by itself
        except BotoCoreError as error:
            raise _missing(error) from error
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")

    return current


def _missing(error: "BotoCoreError") -> PassingError:
    from ops import aws_errors

    refusal = aws_errors.refusal(error)
    return PassingError("no valid credentials", f"{refusal.said} {refusal.fix}".strip())
