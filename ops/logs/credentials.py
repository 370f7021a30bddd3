"""Where the access key comes from: as for every AWS program, and without botocore when that is not asked."""

import os
from collections.abc import Callable
from typing import Any

from ops.logs.signing import Credentials


class Keyring:
    """Gives the access key for each request, and looks for another once one has expired."""

    def __init__(self, find: Callable[[], Callable[[], Credentials]]) -> None:
        """Use what `find` finds: a function that returns the credentials of this moment."""
        self._find = find
        self._current = find()

    def __call__(self) -> Credentials:
        """Return the credentials of this moment.

        Raises:
            BotoCoreError: They have expired, and can't be renewed from here.
        """
        return self._current()

    def renew(self) -> None:
        """Look again where credentials come from: somebody may have logged in again."""
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
        NoCredentialsError: There are none.
    """
    return Keyring(lambda: _of_environment() or _of_chain())


def _of_environment() -> Callable[[], Credentials] | None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    found = Credentials(*(os.environ.get(name, "") for name in names))
    return (lambda: found) if found.key and found.secret else None


def _of_chain() -> Callable[[], Credentials]:
    from botocore.exceptions import NoCredentialsError
    from botocore.session import Session

    from ops.clients import keep_secrets_out_of_logs

    keep_secrets_out_of_logs()
    chain: Any = Session().get_credentials()
    if chain is None:
        raise NoCredentialsError

    def current() -> Credentials:
        frozen = chain.get_frozen_credentials()  # renews what it can renew by itself
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")

    return current
