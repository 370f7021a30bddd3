"""Many items of a DynamoDB table at once: in batches, several under way, what was not taken again.

A batch carries ten items of 350 KB at most: well under the 16 MB that a call may, and small enough for a
short time-out on a slow instance. DynamoDB hands back what its throughput did not allow, and a table
that was quiet allows some megabytes a second only; asking again after a pause is the ordinary case.

Source: DynamoDB API, BatchGetItem and BatchWriteItem.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from . import StoreBusyError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = dict[str, Any]
Item = dict[str, Any]
_In = TypeVar("_In")
_Out = TypeVar("_Out")

BATCH: Final = 10
_WORKERS: Final = 4
# Seconds before each attempt: together less than a gateway waits for an answer.
_PAUSES_S: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 3.2, 3.2)


class Batches:
    """Reads, writes and deletes items of one table by the dozen."""

    def __init__(
        self, client: DynamoDBClient, table: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Use `table` through `client`; `sleep` takes seconds."""
        self._client = client
        self._table = table
        self._sleep = sleep

    def read(self, keys: Sequence[Key]) -> list[Item]:
        """The items with these keys, in any order; absent ones are left out.

        Raises:
            StoreBusyError: DynamoDB kept some back until the last attempt.
        """
        return [item for items in self.each(self._read, _cut(keys)) for item in items]

    def write(self, items: Sequence[Item]) -> None:
        """Put each of `items`, over whatever is there.

        Raises:
            StoreBusyError: DynamoDB did not take all of them.
        """
        self._send([{"PutRequest": {"Item": item}} for item in items])

    def delete(self, keys: Sequence[Key]) -> None:
        """Delete the items with these keys.

        Raises:
            StoreBusyError: DynamoDB did not delete all of them.
        """
        self._send([{"DeleteRequest": {"Key": key}} for key in keys])

    def each(self, work: Callable[[_In], _Out], subjects: Iterable[_In]) -> list[_Out]:
        """What `work` returns for each of `subjects`, several under way at a time."""
        subjects = list(subjects)
        if len(subjects) == 1:
            return [work(subject) for subject in subjects]
        with ThreadPoolExecutor(_WORKERS) as pool:
            return list(pool.map(work, subjects))

    def _read(self, keys: Sequence[Key]) -> list[Item]:
        items: list[Item] = []
        wanted: dict[str, Any] = {self._table: {"Keys": list(keys), "ConsistentRead": True}}
        for pause_s in _PAUSES_S:
            self._sleep(pause_s)
            answer = self._client.batch_get_item(RequestItems=wanted)
            items += answer["Responses"].get(self._table, [])
            wanted = answer["UnprocessedKeys"]
            if not wanted:
                return items
        raise StoreBusyError("The table gives no more for now.")

    def _send(self, requests: Sequence[dict[str, Any]]) -> None:
        self.each(self._send_batch, _cut(requests))

    def _send_batch(self, requests: Sequence[dict[str, Any]]) -> None:
        waiting: dict[str, Any] = {self._table: list(requests)}
        for pause_s in _PAUSES_S:
            self._sleep(pause_s)
            waiting = self._client.batch_write_item(RequestItems=waiting)["UnprocessedItems"]
            if not waiting:
                return
        raise StoreBusyError("The table takes no more for now.")


def _cut(whole: Sequence[_In]) -> list[Sequence[_In]]:
    return [whole[start : start + BATCH] for start in range(0, len(whole), BATCH)]
