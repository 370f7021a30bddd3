"""Media in ranges, and a clear answer where Streamlit's own would be too large for any gateway.

An address of a large file carries its size (see `media`), so the browser asks for ranges from the start,
and every request for a range is answered here with as much as one answer brings. Whatever else is too large
(a file of the app's static directory, asked for as a whole) is answered 413, with its size: the shim then
asks for ranges, and a tab or a frame gets a page that does.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import get_extension_for_mimetype
from streamlit.web.server.starlette.starlette_routes import _set_cors_headers

from .ranges import MAX_WHOLE_BYTES, UnsatisfiableRangeError, bounded, span
from .stores import StoreBusyError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .blobs import Sheet
    from .media import SharedMediaStorage

_SHIM: Final = Path(__file__).parent / "shim_files.js"
_UNSAFE: Final = re.compile(r'["\\\x00-\x1f\x7f]')
_VIEWS: Final = frozenset({"document", "iframe", "frame", "embed", "object"})


class Media:
    """Answers what concerns large files, and ranges of any, under Streamlit's address for media."""

    def __init__(self, storage: SharedMediaStorage) -> None:
        """Serve what is in `storage`."""
        self._storage = storage

    async def answer(self, filename: str, request: Request) -> Response | None:
        """The answer to `request` for a file; None when Streamlit's own is as good."""
        wanted = request.headers.get("range")
        if wanted is None and "size" not in request.query_params:
            return None
        sheet = await asyncio.to_thread(self._storage.sheet, filename)
        if sheet is None:
            return None
        headers = _headers(sheet)
        media_type = sheet.about["mimetype"] or "text/plain"
        if request.method == "HEAD":
            response = Response(media_type=media_type, headers={**headers, "Content-Length": str(sheet.size)})
        elif wanted is None and sheet.size > MAX_WHOLE_BYTES:
            response = too_large(request.headers, sheet.size)
        elif wanted is None:
            return None
        else:
            response = await self._part(filename, sheet, wanted, headers, media_type)
        await _set_cors_headers(request, response)
        return response

    async def _part(
        self, filename: str, sheet: Sheet, wanted: str, headers: dict[str, str], media_type: str
    ) -> Response:
        try:
            part = span(wanted, sheet.size)
            content = await asyncio.to_thread(self._storage.read, filename, sheet, part.start, part.end)
        except UnsatisfiableRangeError:
            # As Streamlit says it.
            return PlainTextResponse("Invalid range", 416, {"Content-Range": f"bytes */{sheet.size}"})
        except StoreBusyError:
            return PlainTextResponse("Too much at once. Try again.", 429, {"Retry-After": "1"})
        if content is None:
            return PlainTextResponse("File not found", 404)
        headers = {**headers, "Content-Range": part.content_range}
        return Response(content, 206, headers, media_type)


def _headers(sheet: Sheet) -> dict[str, str]:
    """The headers of a media file.

    Source: streamlit.web.server.starlette.starlette_routes, create_media_routes.
    """
    headers = {"Accept-Ranges": "bytes"}
    if sheet.about["kind"] == MediaFileKind.DOWNLOADABLE.value:
        extension = get_extension_for_mimetype(sheet.about["mimetype"] or "")
        name = sheet.about["filename"] or f"streamlit_download{extension}"
        is_plain = name.isascii() and not _UNSAFE.search(name)
        told = f'filename="{name}"' if is_plain else f"filename*=utf-8''{quote(name, safe='')}"
        headers["Content-Disposition"] = f"attachment; {told}"
    return headers


def too_large(asked: Headers, size: int) -> Response:
    """What to say instead of a file of `size` bytes (0: unknown) to a request with the headers `asked`."""
    headers = {"Cache-Control": "no-store", "Accept-Ranges": "bytes", "X-St-Size": str(size)}
    if asked.get("sec-fetch-mode") == "navigate" and asked.get("sec-fetch-dest") in _VIEWS:
        script = _SHIM.read_text(encoding="utf-8")
        page = f"<!doctype html><meta charset=utf-8><script>\n{script}\nstreamlitFiles.show()</script>"
        return HTMLResponse(page, 413, headers)
    limit = MAX_WHOLE_BYTES / 1e6
    return PlainTextResponse(
        f"This file has more than the {limit} MB that one answer can carry. Ask for it in ranges.",
        413,
        headers,
    )


class Bounded:
    """Middleware: replaces an answer to a GET that no gateway would pass by one that says so.

    Asks for less where the browser wants a range, so that the file need not be read up to its end.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back or another."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        answer = _Answer(Headers(scope=scope), send)
        await self._app(_modest(scope), receive, answer.send)
        await answer.finish(scope, receive)


class _Answer:
    """One answer, held back until it is known to be small enough."""

    def __init__(self, asked: Headers, send: Send) -> None:
        self._asked = asked
        self._send = send
        self._held: list[Message] = []
        self._size = 0
        self._is_passing = False
        self._declared = 0

    async def send(self, message: Message) -> None:
        if self._is_passing:
            await self._send(message)
        elif self._size > MAX_WHOLE_BYTES:
            return
        else:
            await self._hold(message)

    async def _hold(self, message: MutableMapping[str, Any]) -> None:
        self._held.append(message)
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            declared = headers.get("content-length")
            self._declared = int(declared or 0)
            # A declared length is the length: the server sees to that.
            self._size = self._declared
            is_small = declared is not None and self._size <= MAX_WHOLE_BYTES
            # Events come as they happen: such an answer has no end to wait for.
            if is_small or headers.get("content-type", "").startswith("text/event-stream"):
                await self._pass()
        elif not self._declared:
            self._size += len(message.get("body", b""))
            if not message.get("more_body", False) and self._size <= MAX_WHOLE_BYTES:
                await self._pass()

    async def _pass(self) -> None:
        self._is_passing = True
        for message in self._held:
            await self._send(message)
        self._held.clear()

    async def finish(self, scope: Scope, receive: Receive) -> None:
        """Say that the answer is too large, if it is."""
        if not self._is_passing and self._size > MAX_WHOLE_BYTES:
            self._held.clear()
            await too_large(self._asked, self._declared)(scope, receive, self._send)


def _modest(scope: Scope) -> Scope:
    """`scope`, asking for no larger range than an answer can bring."""
    wanted = Headers(scope=scope).get("range")
    if wanted is None or bounded(wanted) == wanted:
        return scope
    modest = {**scope, "headers": list(scope["headers"])}
    MutableHeaders(scope=modest)["range"] = bounded(wanted)
    return modest
