"""The stage that checks look at, and what they find."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from ops.clients import Clients
from ops.embedded import account
from ops.embedded.deployed import ACCOUNT_ID
from ops.errors import AccountError, OpsError
from ops.settings import ROOT, Settings
from ops.target import bucket_name

T = TypeVar("T")

Result = Literal["ok", "warning", "failed", "not applicable"]


@dataclass(frozen=True)
class Finding:
    """What a check came to: what was seen, and what to type when that is not well."""

    result: Result
    seen: str
    fix: str = ""


class UnreachedError(OpsError):
    """The stage's account can't be looked at; the checks of credentials and account say why."""


class _Once(Generic[T]):
    """Does something for whoever asks first; the others wait, and get the same value or error."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._done: Future[T] | None = None

    def __call__(self) -> T:
        with self._lock:
            if self._done is None:
                self._done = Future()
                try:
                    self._done.set_result(self._work())
                except Exception as error:  # noqa: BLE001 - raised again for everyone who asks
                    self._done.set_exception(error)
        return self._done.result()


class Patient:
    """A stage that is looked at from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Look at a stage; nothing is asked yet."""
        self.settings = settings
        self.app_name = settings.app_name
        self.is_embedded = settings.stage.embedded
        self._outside = _Once(self._make_clients)
        self._identity = _Once(lambda: self._outside().sts.get_caller_identity())
        self._inside = _Once(self._enter)

    @property
    def account_id(self) -> str:
        """The account that the stage names."""
        return self.settings.stage.account_id or ACCOUNT_ID

    @property
    def found_account_id(self) -> str:
        """The account that the credentials belong to.

        Raises:
            UnreachedError: There are none that work.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self._identity()["Account"]
        except (BotoCoreError, ClientError, AccountError) as error:
            raise UnreachedError("no way into the account: see credentials") from error

    @property
    def arn(self) -> str:
        """Who the credentials say we are."""
        return self._identity()["Arn"]

    @property
    def endpoint(self) -> str:
        """Where AWS is asked who we are."""
        return self._outside().sts.meta.endpoint_url

    @property
    def clients(self) -> Clients:
        """Clients of the stage's own account.

        Raises:
            UnreachedError: There is no way into it; another check says why.
        """
        return self._inside()

    @property
    def bucket(self) -> str:
        """The stage's bucket."""
        return bucket_name(self.settings, self.account_id)

    def _make_clients(self) -> Clients:
        """Return clients with the credentials that there are; an embedded account is not started for it."""
        region, running = self.settings.region, None
        if self.is_embedded and (running := account.find(self.settings.home)) is None:
            raise UnreachedError("the embedded account does not run; `invoke up` starts it")
        environment = account.environment(running, region) if running else None
        return _with(Clients(region=region, environment=environment), "sts")

    def _enter(self) -> Clients:
        if self.found_account_id != self.account_id:
            raise UnreachedError(f"the credentials are not those of {self.account_id}")
        return _with(self._outside(), "lambda_", "ssm", "s3", "ecr", "logs")


def _with(clients: Clients, *services: str) -> Clients:
    """Make clients now, one after the other: a botocore session can't make two at once."""
    for service in services:
        getattr(clients, service)
    return clients


def shown(path: Path) -> str:
    """Return a path as a person would type it at the root of the repository."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
