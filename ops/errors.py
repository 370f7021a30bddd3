"""What can go wrong in an operation, said so that an operator can act.

Every message answers three questions: what failed, what state we are in, what to type next.
"""


class OpsError(Exception):
    """An operation failed in a way we understand; `tasks.py` prints the message and exits with 1."""


class LockedError(OpsError):
    """Somebody else holds the lock; nothing was changed."""


class LockLostError(OpsError):
    """The lock that a command held is somebody else's now; users were not sent anywhere."""


class AccountError(OpsError):
    """The embedded account could not be started, reached, read or saved."""


class TerraformError(OpsError):
    """Terraform is missing, or one of its commands failed; its own output says which."""


class SmokeTestError(OpsError):
    """A new version did not answer as it should; users were not sent to it."""


class LedgerError(OpsError):
    """A release could not be written down; users were not sent anywhere."""
