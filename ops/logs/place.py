"""Where a stage's logs are: endpoint, region and credentials, proven to be the stage's own account."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from ops.logs.connection import LOST, Connection
from ops.logs.credentials import Keyring, of_account, of_this_shell
from ops.logs.group import ATTEMPTS, Group
from ops.settings import Settings

# A clock that is further off than this is worth a word.
NOTABLE_S = 5.0

_WHO = b"Action=GetCallerIdentity&Version=2011-06-15"
_FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@dataclass(frozen=True)
class Place:
    """CloudWatch Logs of an account and region.

    Attributes:
        endpoint: URL of the service.
        region: AWS region.
        keyring: Whose requests are made.
        ahead_s: How far the service's clock is ahead of this machine's.
        notices: What whoever asked should know before anything is shown.
    """

    endpoint: str
    region: str
    keyring: Keyring
    ahead_s: float = 0.0
    notices: tuple[str, ...] = ()

    def group(
        self,
        name: str,
        *,
        pattern: str = "",
        attempts: int = ATTEMPTS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Group:
        """Return a log group, over a connection of its own."""
        connection = Connection(self.endpoint, keyring=self.keyring, region=self.region, service="logs")
        connection.ahead_s = self.ahead_s
        return Group(
            name, connection, pattern=pattern, attempts=attempts, renew=self.keyring.renew, sleep=sleep
        )


def reach(settings: Settings) -> Place:
    """Return where the stage's logs are, starting the embedded account when it does not run.

    Raises:
        AccountError: The embedded account could not be started.
        TargetError: The credentials do not work, or are another account's than the stage names.
    """
    if settings.stage.embedded:
        from ops import target

        running = target.start(settings)
        return Place(running.endpoint, settings.region, of_account(running.access_key))
    keyring = of_this_shell()
    region = settings.region
    ahead_s = _prove_account(settings, keyring)
    endpoint = _endpoint("logs", region)
    notices = []
    if endpoint != _usual("logs", region):
        notices.append(f"account {settings.stage.account_id} in {region} through {endpoint}")
    if abs(ahead_s) >= NOTABLE_S:
        side = "behind" if ahead_s > 0 else "ahead of"
        notices.append(
            f"This machine's clock is {abs(ahead_s):.0f} s {side} AWS's, which is the one that counts."
        )
    return Place(endpoint, region, keyring, ahead_s, tuple(notices))


def _prove_account(settings: Settings, keyring: Keyring) -> float:
    """Return how far AWS's clock is ahead, once the credentials are those of the stage's account.

    Source: AWS STS API, GetCallerIdentity.
    """
    endpoint = _endpoint("sts", settings.region)
    sts = Connection(endpoint, keyring=keyring, region=settings.region, service="sts")
    try:
        sts.send(_FORM, _WHO)
        status, body = sts.receive()
    except LOST:
        status, body = 0, b""
    finally:
        sts.close()
    found = re.search(rb"<Account>(\d{12})</Account>", body)
    if status != 200 or found is None or found[1].decode() != settings.stage.account_id:
        from ops import target

        # Asks again, slowly and with patience, and says what is wrong.
        target.prove_account(settings)
    return sts.ahead_s


def _endpoint(service: str, region: str) -> str:
    """Return where a service is asked, as every AWS program finds out.

    Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
    """
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return _usual(service, region)
    own = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
    return own or os.environ.get("AWS_ENDPOINT_URL") or _usual(service, region)


def _usual(service: str, region: str) -> str:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{service}.{region}.{suffix}"
