"""A store in a DynamoDB table: hash key `id` (S), range key `part` (S), TTL attribute `expires_at` (N).

An item may weigh 400 KB. A longer value goes into parts under a fresh random token: first the parts,
then the head that names the token, then the old parts go. A reader follows the head that it read, so it
sees one whole version; an instance killed midway leaves parts that no head names, and TTL removes them.

The pieces of a file are items of their own, each under its own hash key: a partition of the table takes
1,000 KB a second, and a file should not wait for one.

DynamoDB removes an expired item days late, so its time is checked on every read too.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from . import MAX_PIECE_BYTES, Conflict, Record
from .batches import Batches, Item, Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HEAD = "head"
PART_BYTES = MAX_PIECE_BYTES


class DynamoDBStore:
    """Keeps records in one table. One call per read or write of a value under 350 KB."""

    def __init__(self, client: DynamoDBClient, table: str, *, clock: Callable[[], float] = time.time) -> None:
        """Use `table` through `client`; `clock` answers epoch seconds."""
        self._client = client
        self._table = table
        self._clock = clock
        self._batches = Batches(client, table)

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
        item = {**_item(name, HEAD, expires_at), "version": {"N": str(expected + 1)}, "token": {"S": token}}
        if len(value) <= PART_BYTES:
            item["value"] = {"B": value}
        else:
            parts = [
                {**_item(name, f"{token}/{number}", expires_at), "value": {"B": chunk}}
                for number, chunk in enumerate(_chunks(value), start=1)
            ]
            self._batches.write(parts)
            item["parts"] = {"N": str(len(parts))}
        old = self._swap(item, expected)
        self._delete_parts(name, old)
        return expected + 1

    def delete(self, name: str) -> None:
        """See `Store.delete`."""
        answer = self._client.delete_item(TableName=self._table, Key=_key(name, HEAD), ReturnValues="ALL_OLD")
        self._delete_parts(name, answer.get("Attributes", {}))

    def get_pieces(self, names: Sequence[str]) -> dict[str, bytes]:
        """See `Store.get_pieces`."""
        items = self._batches.read([_key(name, HEAD) for name in names])
        return {item["id"]["S"]: bytes(item["value"]["B"]) for item in items if self._is_alive(item)}

    def put_pieces(self, values: Mapping[str, bytes], *, expires_at: int) -> None:
        """See `Store.put_pieces`."""
        self._batches.write(
            [
                {**_item(name, HEAD, expires_at), "version": {"N": "1"}, "value": {"B": value}}
                for name, value in values.items()
            ]
        )

    def delete_pieces(self, names: Sequence[str]) -> None:
        """See `Store.delete_pieces`."""
        self._batches.delete([_key(name, HEAD) for name in names])

    def prolong(self, names: Sequence[str], *, expires_at: int) -> bool:
        """See `Store.prolong`."""
        return all(self._batches.each(lambda name: self._prolong(name, expires_at), names))

    def _prolong(self, name: str, expires_at: int) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(name, HEAD),
                UpdateExpression="SET expires_at = :end",
                ConditionExpression="expires_at > :now",
                ExpressionAttributeValues={
                    ":end": {"N": str(expires_at)},
                    ":now": {"N": str(int(self._clock()))},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _is_alive(self, item: Item) -> bool:
        return int(item["expires_at"]["N"]) > self._clock()

    def _head(self, name: str) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(name, HEAD), ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item if item and self._is_alive(item) else None

    def _value(self, name: str, head: Item) -> bytes | None:
        """The head's value, put together from its parts; None when a part is gone."""
        if "value" in head:
            return bytes(head["value"]["B"])
        parts = _part_names(head)
        found = {item["part"]["S"]: item for item in self._batches.read([_key(name, part) for part in parts])}
        if len(found) < len(parts):
            return None
        return b"".join(bytes(found[part]["value"]["B"]) for part in parts)

    def _swap(self, item: Item, expected: int) -> Item:
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
            there: Item = error.response.get("Item", {})  # type: ignore[assignment]  # stubs lack it
            if there.get("token") == item["token"]:
                # Ours: the answer to a first try was lost, and the client tried again by itself.
                return {}
            self._delete_parts(item["id"]["S"], item)
            raise Conflict(f"version {expected} is not the current one") from error
        return dict(answer.get("Attributes", {}))

    def _delete_parts(self, name: str, head: Item) -> None:
        self._batches.delete([_key(name, part) for part in _part_names(head)])


def _key(name: str, part: str) -> Key:
    return {"id": {"S": name}, "part": {"S": part}}


def _item(name: str, part: str, expires_at: int) -> Item:
    return {**_key(name, part), "expires_at": {"N": str(expires_at)}}


def _part_names(head: Item) -> list[str]:
    if "parts" not in head:
        return []
    return [f"{head['token']['S']}/{number}" for number in range(1, int(head["parts"]["N"]) + 1)]


def _chunks(value: bytes) -> Iterator[bytes]:
    for start in range(0, len(value), PART_BYTES):
        yield value[start : start + PART_BYTES]
