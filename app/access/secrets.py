"""What Streamlit's login needs that nobody but the function may know, read from the Parameter Store.

login-cookie-secret   signs the cookie of a login; `invoke deploy` makes it. Another one ends all logins
oidc-client-secret    proves to the provider that this application asks; `invoke access.set-secret` writes it

The first must be there. The second comes later: the provider wants to know the page's address before it gives
one, and the page must be deployed to have an address. Until then nobody can sign in, and the page says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

log = logging.getLogger(__name__)

# Everybody may open the page, and each who does has it looked whether anybody can sign in.
REREAD_AFTER_S = 20.0
COOKIE_SECRET = "login-cookie-secret"  # noqa: S105 - a name
CLIENT_SECRET = "oidc-client-secret"  # noqa: S105 - a name
# As Streamlit demands at least 14 bytes; `invoke deploy` makes 32, in base64.
_SHORTEST = 32


class MissingLoginSecretError(RuntimeError):
    """The secret that signs logins can't be had. Nobody is let in: there is no default."""


@dataclass(frozen=True)
class Client:
    """This application, as its provider knows it. Without `public_url`, a parameter holds its address."""

    client_id: str
    metadata_url: str
    public_url: str
    public_url_parameter: str = ""


class LoginSecrets:
    """Reads the secrets, and again when somebody wants them and the last look is too long ago for that.

    Use from any thread.
    """

    def __init__(
        self,
        client: Client,
        path: str,
        *,
        ssm: Callable[[], SSMClient] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look below `path`, with what `ssm` makes; nothing is read yet."""
        self._client = client
        self._path = path.rstrip("/")
        self._ssm = ssm or _client
        self._clock = clock
        self._lock = threading.Lock()
        self._auth: dict[str, str] | None = None
        self._read_at = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether anybody can sign in yet. May read, and block.

        Raises:
            MissingLoginSecretError: as `section`.
        """
        return "client_secret" in self.section()["auth"]

    def section(self, max_age_s: float = REREAD_AFTER_S) -> dict[str, Any]:
        """The section `auth` of Streamlit's secrets, looked at within `max_age_s`. May read, and block.

        Raises:
            MissingLoginSecretError: names the parameter and what makes it.
        """
        with self._lock:
            if self._auth is None:
                self._auth = self._read()
            elif self._clock() - self._read_at >= max_age_s:
                self._auth = self._read_anew(self._auth)
            else:
                return {"auth": dict(self._auth)}
            self._read_at = self._clock()
            return {"auth": dict(self._auth)}

    def _read_anew(self, held: dict[str, str]) -> dict[str, str]:
        try:
            return self._read()
        except Exception as error:  # noqa: BLE001 - whatever the place of the secrets raises, those at hand remain
            log.warning("the secrets of the sign-in could not be read anew: %s", type(error).__qualname__)
            return held

    def _read(self) -> dict[str, str]:
        ssm = self._ssm()
        cookie_secret = _value(ssm, f"{self._path}/{COOKIE_SECRET}")
        if cookie_secret is None or len(cookie_secret) < _SHORTEST:
            raise MissingLoginSecretError(
                f"The parameter {self._path}/{COOKIE_SECRET} holds no secret of {_SHORTEST} characters, so "
                f"logins can't be signed. `invoke deploy` makes it."
            )
        auth = {
            "redirect_uri": self._redirect_uri(ssm),
            "cookie_secret": cookie_secret,
            "client_id": self._client.client_id,
            "server_metadata_url": self._client.metadata_url,
        }
        if client_secret := _value(ssm, f"{self._path}/{CLIENT_SECRET}"):
            auth["client_secret"] = client_secret
        else:
            log.warning(
                "Nobody can sign in: the parameter %s/%s is not there. `invoke access.set-secret` writes it.",
                self._path,
                CLIENT_SECRET,
            )
        return auth

    def _redirect_uri(self, ssm: SSMClient) -> str:
        name = self._client.public_url_parameter
        addresses = self._client.public_url or _value(ssm, name)
        if not addresses:
            raise MissingLoginSecretError(
                f"The parameter {name} does not exist, so nobody could be sent back here. Terraform writes "
                f"it: `invoke deploy`, or apply once more."
            )
        return f"{addresses.partition(',')[0].strip().rstrip('/')}/oauth2callback"


def _value(ssm: SSMClient, name: str) -> str | None:
    try:
        return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"].strip()
    except ssm.exceptions.ParameterNotFound:
        return None


def _client() -> SSMClient:
    # Slow to import, and of no use to a public page.
    import boto3

    from app.transport.environment import patient

    return boto3.client("ssm", config=patient())
