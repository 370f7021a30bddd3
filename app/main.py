"""The app's ASGI object: the page over plain HTTP, `/events` beside it, built from the environment.

SESSIONS_TABLE            DynamoDB table of sessions; without it they live in this one process
RUNTIME_PARAMETERS_PATH   where the secrets lie in the Parameter Store; `session-key` below it seals sessions
AWS_REGION, AWS_ENDPOINT_URL   as for any AWS client
"""

from __future__ import annotations

import base64
import binascii
import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .events import Events
from .logs import RequestIds
from .transport import DynamoDBStore, MemoryStore, Seal, Store, create_app

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from starlette.types import ASGIApp

log = logging.getLogger(__name__)

KEY_BYTES = 32
PAGE = Path(__file__).parent / "page.py"
OPTIONS = {
    # A visitor is no developer: no Deploy button, no menu for one.
    "client.toolbarMode": "viewer",
    # A traceback is for the log.
    "client.showErrorDetails": "none",
}


class MissingSessionKeyError(RuntimeError):
    """The key that seals sessions cannot be had. The app does not start: there is no default key."""


def build(environment: Mapping[str, str], page: Path = PAGE) -> ASGIApp:
    """The app, as `environment` describes it.

    Raises:
        MissingSessionKeyError: sessions go to a table, and the key to seal them is not there.
    """
    store, seal = _store_and_seal(environment)
    return RequestIds(Events(create_app(page, store=store, seal=seal, options=OPTIONS)))


def read_session_key(ssm: SSMClient, path: str) -> bytes:
    """The 32 bytes in the parameter `session-key` below `path`.

    Raises:
        MissingSessionKeyError: names the parameter and what makes it.
    """
    name = f"{path.rstrip('/')}/session-key"
    try:
        parameter = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ssm.exceptions.ParameterNotFound as error:
        raise MissingSessionKeyError(
            f"The parameter {name} does not exist, so sessions cannot be sealed. `invoke deploy` makes it; "
            "by hand, `terraform output instructions` has the command."
        ) from error
    try:
        key = base64.b64decode(parameter["Value"], validate=True)
    except binascii.Error as error:
        raise MissingSessionKeyError(
            f"The parameter {name} does not hold base64. Delete it: `invoke deploy` makes a new one."
        ) from error
    if len(key) != KEY_BYTES:
        raise MissingSessionKeyError(
            f"The parameter {name} holds {len(key)} bytes instead of {KEY_BYTES}. "
            "Delete it: `invoke deploy` makes a new one."
        )
    return key


def _store_and_seal(environment: Mapping[str, str]) -> tuple[Store, Seal]:
    table = environment.get("SESSIONS_TABLE")
    if not table:
        # Sealed all the same, so that both ways run the same code. The key ends with the process, and so
        # do the sessions.
        return MemoryStore(), Seal([secrets.token_bytes(32)])
    path = environment.get("RUNTIME_PARAMETERS_PATH")
    if not path:
        raise MissingSessionKeyError(
            "SESSIONS_TABLE is set and RUNTIME_PARAMETERS_PATH is not: sessions that leave the process "
            "need a key. Terraform sets both; `invoke deploy` makes the key."
        )
    # Slow to import, and of no use without a table.
    import boto3
    from botocore.config import Config

    # A frozen instance finds its connections cut: a short time to connect, and another try.
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 4})
    key = read_session_key(boto3.client("ssm", config=config), path)
    return DynamoDBStore(boto3.client("dynamodb", config=config), table), Seal([key])


def __getattr__(name: str) -> object:
    """`app.main:app` for an ASGI server of one's own. Importing the module alone builds nothing."""
    if name == "app":
        return build(os.environ)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
