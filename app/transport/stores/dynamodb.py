"""A store in a DynamoDB table: hash key `id` (S), range key `part` (S), TTL attribute `expires_at` (N).

An item may weigh 400 KB. A longer value goes into parts under a fresh random token: first the parts,
then the head that names the token, then the old parts go. A reader follows the head that it read, so it
sees one whole version; an instance killed midway leaves parts that no head names, and TTL removes them.

DynamoDB removes an expired item days late, so its time is checked on every read too.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from . import Conflict, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HEAD = "head"
# The item limit of 400 KB counts names and the other attributes too.
PART_BYTES = 350_000


class DynamoDBStore:
    """Keeps records in one table. One call per read or write of a value under 350 KB."""

    def __init__(self, client: DynamoDBClient, table: str, *, clock: Callable[[], float] = time.time) -> None:
        """Use `table` through `client`; `clock` answers epoch seconds."""
        self._client = client
        self._table = table
        self._clock = clock

    def get(self, name: str) -> Record | None:
        """See `Store.get`."""
        # Twice: a writer may replace the parts between our reading of the head and of them.
        for _ in range(2):
            head = self._head(name)
            if head is None:
                return None
            value = self._value(name, head)
            if value is not None:
                return Record(int(head["version"]["N"]), value, int(head["expires_at"]["N"]))
        return None

    def put(self, name: str, value: bytes, *, expected: int, expires_at: int) -> int:
        """See `Store.put`."""
        token = secrets.token_hex(8)
        item: dict[str, Any] = {
            **_key(name, HEAD),
            "version": {"N": str(expected + 1)},
            "expires_at": {"N": str(expires_at)},
            "token": {"S": token},
        }
        if len(value) <= PART_BYTES:
            item["value"] = {"B": value}
        else:
            item["parts"] = {"N": str(self._write_parts(name, token, value, expires_at))}
        old = self._swap(item, expected)
        self._delete_parts(name, old)
        return expected + 1

    def delete(self, name: str) -> None:
        """See `Store.delete`."""
        answer = self._client.delete_item(TableName=self._table, Key=_key(name, HEAD), ReturnValues="ALL_OLD")
        self._delete_parts(name, answer.get("Attributes", {}))

    def _head(self, name: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(name, HEAD), ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item if item and int(item["expires_at"]["N"]) > self._clock() else None

    def _value(self, name: str, head: dict[str, Any]) -> bytes | None:
        """The head's value, put together from its parts; None when a part is gone."""
        if "value" in head:
            return bytes(head["value"]["B"])
        chunks = []
        for part in _part_names(head):
            answer = self._client.get_item(TableName=self._table, Key=_key(name, part), ConsistentRead=True)
            if "Item" not in answer:
                return None
            chunks.append(bytes(answer["Item"]["value"]["B"]))
        return b"".join(chunks)

    def _swap(self, item: dict[str, Any], expected: int) -> dict[str, Any]:
        """Write the head if `expected` is current, and return the head that it replaced."""
        values = {":now": {"N": str(int(self._clock()))}}
        if expected:
            condition = "version = :expected AND expires_at > :now"
            values[":expected"] = {"N": str(expected)}
        else:
            condition = "attribute_not_exists(id) OR expires_at <= :now"
        try:
            answer = self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            there: dict[str, Any] = error.response.get("Item", {})  # type: ignore[assignment]  # stubs lack it
            if there.get("token") == item["token"]:
                # Ours: the answer to a first try was lost, and the client tried again by itself.
                return {}
            self._delete_parts(item["id"]["S"], item)
            raise Conflict(f"version {expected} is not the current one") from error
        return dict(answer.get("Attributes", {}))

    def _write_parts(self, name: str, token: str, value: bytes, expires_at: int) -> int:
        count = 0
        for count, chunk in enumerate(_chunks(value), start=1):
            self._client.put_item(
                TableName=self._table,
                Item={
                    **_key(name, f"{token}/{count}"),
                    "value": {"B": chunk},
                    "expires_at": {"N": str(expires_at)},
                },
            )
        return count

    def _delete_parts(self, name: str, head: dict[str, Any]) -> None:
        for part in _part_names(head):
            self._client.delete_item(TableName=self._table, Key=_key(name, part))


def _key(name: str, part: str) -> dict[str, Any]:
    return {"id": {"S": name}, "part": {"S": part}}


def _part_names(head: dict[str, Any]) -> list[str]:
    if "parts" not in head:
        return []
    return [f"{head['token']['S']}/{number}" for number in range(1, int(head["parts"]["N"]) + 1)]


def _chunks(value: bytes) -> Iterator[bytes]:
    for start in range(0, len(value), PART_BYTES):
        yield value[start : start + PART_BYTES]
