"""Answers of the account, as WSGI has them; errors in the form of the service that was asked."""

import json
import uuid
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from ops.embedded.asked import Asked

Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], bytes]

# Asked before moto is: answers a request, or returns None.
Route = Callable[[Environ, bytes], "Answer | None"]


def error_answer(what: Asked, status: str, code: str, message: str) -> Answer:
    """Return an error in a service's own form."""
    request_id = str(uuid.uuid4())
    kind, content = "application/json", json.dumps({"__type": code, "message": message}).encode()
    headers = [("x-amzn-RequestId", request_id), ("x-amzn-ErrorType", code)]
    xml = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    match what.protocol:
        case "rest-xml":
            kind = "application/xml"
            content = f"<Error>{xml}<RequestId>{request_id}</RequestId></Error>".encode()
            headers = [("x-amz-request-id", request_id), ("x-amz-id-2", request_id)]
        case "query":
            kind = "text/xml"
            content = (
                f"<ErrorResponse><Error><Type>Sender</Type>{xml}</Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>"
            ).encode()
        case "cbor":
            kind, content = "application/cbor", _cbor({"__type": code, "message": message})
            headers = [("x-amzn-RequestId", request_id), ("smithy-protocol", "rpc-v2-cbor")]
    return status, [("Content-Type", kind), *headers], content


def _cbor(content: dict[str, str]) -> bytes:
    """Return a map of texts (RFC 8949): a head for the map, and one for each text of up to 64 KB."""
    texts = [text.encode() for pair in content.items() for text in pair]
    heads = (b"\x79" + len(text).to_bytes(2, "big") for text in texts)
    return bytes([0xA0 + len(content)]) + b"".join(
        part for pair in zip(heads, texts, strict=True) for part in pair
    )
