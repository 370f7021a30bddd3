"""Uploads that no single request can carry: the browser sends them in parts, and any instance takes any part.

A part is a PUT to the upload's own address, with these headers besides those of an ordinary upload:

    X-St-Upload    a random name that the browser gave to this attempt
    X-St-Size      bytes of the whole file
    X-St-Part      number of the part, from 0; each but the last has PART_BYTES
    X-St-Receipt   the receipt of any earlier part, if there is one

The body is the part, as it is. The answer, 204, brings a receipt: a sealed statement that the part lies in
the store, bound to this upload of this session, browser and user. When the browser holds all of them, it
sends them with the file's name and type as JSON, `X-St-Part: end`, and the file is whole. So parts may come
in any order and more than once, an instance may die at any point, and nothing is counted in the store: a
part costs one batch of writes. The first, which has no receipt to show, is admitted like any upload.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from starlette.responses import PlainTextResponse, Response
from streamlit import config
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from .seal import BrokenSealError, Seal
from .stores import Conflict, StoreBusyError

if TYPE_CHECKING:
    from starlette.requests import Request

    from .uploads import SharedUploads

# Ten pieces of a file (see `blobs`): no piece holds bytes of two parts.
PART_BYTES: Final = 3_000_000
# Streamlit's own default. More would not fit into an instance: a page reads an upload as one value.
MAX_UPLOAD_MB: Final = 200
# A gateway hands over whole requests: only one that speaks to this port itself can be slower.
PART_WITHIN_S: Final = 30.0
_MAX_JSON_BYTES: Final = 100_000
_END: Final = "end"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TIME: Final = struct.Struct(">Q")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")


class RefusedPartError(Exception):
    """A part that cannot be taken. Nothing was written."""

    def __init__(self, reason: str, status: int) -> None:
        """`status` is what HTTP says of `reason`."""
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Part:
    """What the headers say of a part.

    Attributes:
        token: the browser's name for this attempt to upload the file.
        size: of the whole file, in bytes.
        index: of the part; None for the request that makes the file whole.
        receipt: of another part, or empty.
    """

    token: str
    size: int
    index: int | None
    receipt: str

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Self:
        """The part that `headers` speak of.

        Raises:
            RefusedPartError: 400, they make no sense; 413, the file is too large.
        """
        token, number = headers.get("x-st-upload", ""), headers.get("x-st-part", "")
        try:
            size = int(headers.get("x-st-size", ""))
            index = None if number == _END else int(number)
        except ValueError as error:
            raise RefusedPartError("A part has a number and the file a size.", 400) from error
        if size > config.get_option("server.maxUploadSize") * 1024 * 1024:
            # As Streamlit says it.
            raise RefusedPartError("File too large", 413)
        if not _TOKEN.fullmatch(token) or size <= 0 or not (index is None or 0 <= index < count(size)):
            raise RefusedPartError("There is no such part of the file.", 400)
        return cls(token, size, index, headers.get("x-st-receipt", ""))

    @property
    def offset(self) -> int:
        """Where in the file the part begins."""
        return (self.index or 0) * PART_BYTES

    @property
    def length(self) -> int:
        """Bytes of the part."""
        return min(PART_BYTES, self.size - self.offset)


def count(size: int) -> int:
    """How many parts a file of `size` bytes has."""
    return -(-size // PART_BYTES)


class Receipts:
    """Issues and checks statements that a part lies in the store."""

    def __init__(self, seal: Seal, upload: str) -> None:
        """Speak of one upload, which `upload` describes down to its session, browser and user."""
        self._seal = seal
        self._name = f"part of {upload}"

    def issue(self, index: int, end: int) -> str:
        """State that part `index` is there until `end`, in epoch seconds."""
        sealed = self._seal.close(_TIME.pack(end), name=self._name, version=index)
        return base64.urlsafe_b64encode(sealed).decode()

    def end(self, index: int, receipt: str) -> int | None:
        """Until when part `index` is there according to `receipt`; None when it does not say so."""
        try:
            sealed = base64.urlsafe_b64decode(receipt)
            (end,) = _TIME.unpack(self._seal.open(sealed, name=self._name, version=index))
        except (BrokenSealError, binascii.Error, ValueError):
            return None
        return int(end)

    def ends(self, receipts: list[str]) -> list[int] | None:
        """Until when each part is there; None unless every one of `receipts`, in order, says so."""
        ends = [self.end(index, receipt) for index, receipt in enumerate(receipts)]
        return [end for end in ends if end is not None] if None not in ends else None


class Parts:
    """Answers requests that bring a part of an upload."""

    def __init__(self, uploads: SharedUploads, seal: Seal) -> None:
        """Give the parts to `uploads`, and seal receipts with `seal`."""
        self._uploads = uploads
        self._seal = seal

    async def answer(
        self,
        request: Request,
        session_id: str,
        file_id: str,
        browser: str,
        admit: Callable[[], Awaitable[bool]],
    ) -> Response:
        """Take the part that `request` brings.

        Args:
            request: let through by the gate already, as that of `browser`.
            session_id: what the address says of the session,
            file_id: and of the file.
            browser: names the browser and its user.
            admit: finds the session, if it is this browser's; asked only where no receipt answers for it.
        """
        try:
            part = Part.read(request.headers)
            upload = json.dumps([browser, session_id, file_id, part.token, part.size])
            receipts = Receipts(self._seal, upload)
            if part.index is None:
                return await self._finish(request, session_id, file_id, part, receipts, admit)
            return await self._take(request, session_id, file_id, part, receipts, admit)
        except RefusedPartError as error:
            return PlainTextResponse(str(error), error.status)
        except (StoreBusyError, Conflict):
            return PlainTextResponse("Too much at once. Try again.", 429, {"Retry-After": "1"})

    async def _take(
        self,
        request: Request,
        session_id: str,
        file_id: str,
        part: Part,
        receipts: Receipts,
        admit: Callable[[], Awaitable[bool]],
    ) -> Response:
        index = part.index or 0
        content = await _body(request, part.length)
        if len(content) != part.length:
            raise RefusedPartError("The part is not as long as it should be.", 400)
        if not self._is_known(part, receipts):
            await _require(admit)
            await asyncio.to_thread(self._uploads.begin, session_id, file_id, part.token, part.size)
        end = await asyncio.to_thread(
            self._uploads.write_part, session_id, file_id, part.token, part.offset, content
        )
        return Response(status_code=204, headers={"X-St-Receipt": receipts.issue(index, end)})

    async def _finish(
        self,
        request: Request,
        session_id: str,
        file_id: str,
        part: Part,
        receipts: Receipts,
        admit: Callable[[], Awaitable[bool]],
    ) -> Response:
        name, kind, shown = _described(await _body(request, _MAX_JSON_BYTES))
        ends = receipts.ends(shown)
        if ends is None or len(ends) != count(part.size):
            raise RefusedPartError("Not all parts of the file are here. Upload it again.", 409)
        # Not on the strength of a receipt: the session may have been forgotten meanwhile.
        await _require(admit)
        file = UploadedFileRec(file_id, name, kind, b"")
        await asyncio.to_thread(self._uploads.finish, session_id, file, part.token, part.size, min(ends))
        return Response(status_code=204)

    @staticmethod
    def concerns(request: Request) -> bool:
        """Whether `request` brings a part, not a whole file."""
        return request.method == "PUT" and "x-st-upload" in request.headers

    @staticmethod
    def _is_known(part: Part, receipts: Receipts) -> bool:
        """Whether the browser shows a receipt of a part of this upload, in the form "number:receipt"."""
        index, _, receipt = part.receipt.partition(":")
        return _NUMBER.fullmatch(index) is not None and receipts.end(int(index), receipt) is not None


async def _require(admit: Callable[[], Awaitable[bool]]) -> None:
    if not await admit():
        raise RefusedPartError("No such session in this browser.", 403)


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(PART_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise RefusedPartError("The part is longer than it should be.", 413)
    except TimeoutError as error:
        raise RefusedPartError("The part does not end.", 408) from error
    return bytes(body)


def _described(body: bytes) -> tuple[str, str, list[str]]:
    """The name and the type of a file, and the receipts of its parts."""
    try:
        told: dict[str, Any] = json.loads(body)
        name, kind, receipts = told["name"], told["type"], told["receipts"]
    except (ValueError, TypeError, KeyError) as error:
        raise RefusedPartError("The file has a name, a type and receipts.", 400) from error
    texts = [name, kind, *receipts] if isinstance(receipts, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise RefusedPartError("The file has a name, a type and receipts.", 400)
    return name, kind or "application/octet-stream", receipts
