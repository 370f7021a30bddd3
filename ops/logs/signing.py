"""Signature Version 4 of a POST, as botocore signs it and several times as fast.

Source: AWS IAM user guide, "Create a signed AWS API request".
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

_ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    """An access key; `token` is "" when it is no temporary one."""

    key: str
    secret: str
    token: str = ""


def signed(
    headers: Mapping[str, str],
    body: bytes,
    *,
    credentials: Credentials,
    region: str,
    service: str,
    path: str = "/",
    now: float,
) -> dict[str, str]:
    """Return the headers of a POST with its signature among them.

    Args:
        headers: Names in lower case; `host` is one of them, and all are signed.
        body: What is sent.
        credentials: Who asks.
        region: AWS region.
        service: The name that its requests are signed for.
        path: Path of the URL, already encoded.
        now: Seconds since 1970 by the service's clock, which refuses what is minutes off.
    """
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    every = {**headers, "x-amz-date": date}
    if credentials.token:
        every["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(every))
    lines = "".join(f"{name}:{every[name].strip()}\n" for name in sorted(every))
    request = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    to_sign = f"{_ALGORITHM}\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = _signing_key(credentials.secret, date[:8], region, service)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    every["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return every


@lru_cache(maxsize=4)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
