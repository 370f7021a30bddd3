"""What can go wrong in an operation, said so that an operator can act.

Every message answers three questions: what failed, what state we are in, what to type next.
"""


class OpsError(Exception):
    """An operation failed in a way we understand; a command prints the message and exits with 1."""


class LockedError(OpsError):
    """Somebody else holds the lock; nothing was changed."""


class LockLostError(OpsError):
    """The lock that a command held is somebody else's now; users were not sent anywhere."""


class AccountError(OpsError):
    """The embedded account could not be started, reached, read or saved."""


class TerraformError(OpsError):
    """Terraform is missing, or one of its commands failed; its own output says which."""


class AliasError(OpsError):
    """Somebody else moved the alias or changed the function; it stays as they left it."""


class CanaryError(OpsError):
    """A version failed for the part of the users that reached it; all of them are back where they were."""


class ClosedError(OpsError):
    """Somebody has closed the page: its function may run nothing; nothing was done."""


class SmokeTestError(OpsError):
    """A new version did not answer as it should; users were not sent to it."""


class RollbackError(OpsError):
    """There is nothing to go back to; nothing was done."""


class WithdrawalError(OpsError):
    """A version failed and could not be taken back; users reach what they reached before."""


class LedgerError(OpsError):
    """A release is not in the ledger, or could not be written there."""
