"""What AWS deletes and moto keeps for ever: expired items, log events past their retention, and all that was.

Without this an account that lives for weeks would grow until every save of its state is slow.
"""

import asyncio
import time
from typing import Any

from moto.core.common_models import BaseModel
from moto.dynamodb.models import dynamodb_backends
from moto.logs.models import logs_backends

from ops.embedded.cloud import Cloud

# AWS deletes an expired item within a few days; readers must check the time themselves there as here.
SWEEP_EVERY_S = 60.0

# Untyped: that its method may be replaced is the point.
_BaseModel: Any = BaseModel


def forget_what_is_deleted() -> None:
    """Let what was deleted or replaced leave the memory: from now on only the backends hold what there is.

    moto lists each item, log event and object that it ever made, for its dashboard, which then shows none.
    """
    _BaseModel.__new__ = lambda cls, *_args, **_kwargs: object.__new__(cls)


async def sweep(cloud: Cloud) -> None:
    """Delete what is due, now and every minute, until cancelled."""
    while True:
        with cloud.lock:
            deleted = delete_expired_items(now=time.time()) + delete_old_log_events(now=time.time())
        if deleted:
            cloud.changed()
        await asyncio.sleep(SWEEP_EVERY_S)


def delete_expired_items(*, now: float) -> int:
    """Delete the items whose time to live is over, and return how many. The caller holds the lock.

    Source: DynamoDB developer guide, "Using time to live (TTL)": a number, in seconds since the epoch.
    """
    backends: Any = dynamodb_backends.iter_backends()
    deleted = 0
    for _, _, backend in backends:
        for table in backend.tables.values():
            if table.ttl.get("TimeToLiveStatus") != "ENABLED":
                continue
            for item in [item for item in table.all_items() if _is_expired(item, table, now)]:
                table.delete_item(item.hash_key, item.range_key)
                deleted += 1
    return deleted


def delete_old_log_events(*, now: float) -> int:
    """Delete the events that their group keeps no longer, and return how many. The caller holds the lock.

    A stream that loses its last event goes too: each instance of a function opens one.
    Source: CloudWatch Logs API, PutRetentionPolicy.
    """
    backends: Any = logs_backends.iter_backends()
    deleted = 0
    for _, _, backend in backends:
        for group in backend.groups.values():
            if not group.retention_in_days:
                continue
            oldest_ms = (now - int(group.retention_in_days) * 86_400) * 1000
            for name, stream in list(group.streams.items()):
                gone = stream.events.forget_before(oldest_ms)
                deleted += gone
                if gone and not stream.events:
                    del group.streams[name]
    return deleted


def _is_expired(item: Any, table: Any, now: float) -> bool:
    value = item.attrs.get(table.ttl["AttributeName"])
    return value is not None and value.type == "N" and float(value.value) < now
