"""What keeps log events from being read."""

from ops.errors import OpsError


class LogsError(OpsError):
    """Events can't be read, or not as they were asked for; those before it were shown."""


class GroupNotFoundError(LogsError):
    """A log group does not exist."""


class PassingError(LogsError):
    """Something that may pass by itself: throttling, expired credentials, a service out of reach or order.

    Attributes:
        what: It in a few words, for whoever waits until it has passed.
    """

    def __init__(self, what: str, message: str) -> None:
        super().__init__(message)
        self.what = what
