"""Objects that are written only while they are as their writer saw them: the deploy lock and the ledger.

Source: Amazon S3 user guide, "Conditional requests".
"""

import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Refused(Exception):  # noqa: N818 - a refusal that is expected
    """The object is not as it was when its writer looked; it stays as it is."""


def put(s3: "S3Client", place: dict[str, Any], said: Mapping[str, Any], **condition: Any) -> str:
    """Write an object under a condition; return its ETag.

    Args:
        s3: Object store.
        place: Bucket and Key.
        said: What it says.
        **condition: IfMatch or IfNoneMatch.

    Raises:
        Refused: The condition does not hold.
    """
    from botocore.exceptions import ClientError

    # A nonce, so that each write has an ETag of its own: who saw an earlier one can't write over this one.
    body = json.dumps({**said, "nonce": uuid.uuid4().hex}, indent=2).encode()
    try:
        return s3.put_object(**place, Body=body, **condition)["ETag"]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (404, 409, 412):
            raise
        # The answer to a write may be lost: asked again, S3 finds the first one in the way of the second.
        if (etag := _etag_of(s3, place, body)) is None:
            raise Refused from error
        return etag


def _etag_of(s3: "S3Client", place: dict[str, Any], body: bytes) -> str | None:
    """Return the ETag of an object that is exactly this, or None."""
    try:
        answer = s3.get_object(**place)
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        return None
    return answer["ETag"] if answer["Body"].read() == body else None
