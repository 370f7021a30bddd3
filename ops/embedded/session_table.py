"""DynamoDB in this process, with a session table as Terraform makes it, and nothing else."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from moto.dynamodb.models import DynamoDBBackend

TABLE: Final = "sessions"

_HASH, _RANGE, _EXPIRY = "id", "part", "expires_at"


@contextlib.asynccontextmanager
async def serving(
    listener: socket.socket, *, home: Path, region: str, access_key: str
) -> AsyncIterator[None]:
    """Answer at `listener` as DynamoDB does, and forget expired sessions.

    Args:
        listener: Listens already: whoever asks too early waits.
        home: Directory in which nothing is written, since nothing is to be kept.
        region: Where the table is.
        access_key: What a request must be made with.
    """
    # In a thread: importing moto takes as long as an instance takes to start.
    sweep = asyncio.create_task(await asyncio.to_thread(_serve, listener, home, region, access_key))
    try:
        yield
    finally:
        sweep.cancel()


def _serve(listener: socket.socket, home: Path, region: str, access_key: str) -> Coroutine[Any, Any, None]:
    from moto.dynamodb.models import dynamodb_backends

    from ops.embedded import lifetimes
    from ops.embedded.cloud import Cloud, Endpoint
    from ops.embedded.deployed import ACCOUNT_ID

    lifetimes.forget_what_is_deleted()
    _create(dynamodb_backends[ACCOUNT_ID][region])
    cloud = Cloud(home / "never-saved")
    Endpoint(cloud, (), access_key=access_key, listener=listener).start()
    return lifetimes.sweep(cloud)


def _create(backend: "DynamoDBBackend") -> None:
    backend.create_table(
        TABLE,
        schema=[
            {"AttributeName": _HASH, "KeyType": "HASH"},
            {"AttributeName": _RANGE, "KeyType": "RANGE"},
        ],
        attr=[{"AttributeName": name, "AttributeType": "S"} for name in (_HASH, _RANGE)],
        billing_mode="PAY_PER_REQUEST",
        throughput=None,
        global_indexes=None,
        indexes=None,
        streams=None,
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=None,
        warm_throughput=None,
    )
    backend.update_time_to_live(TABLE, {"AttributeName": _EXPIRY, "Enabled": True})
