"""One JSON object per line, for CloudWatch: time, level, logger, message, requestId.

A traceback is written as the exception's type and the places it went through. Its text stays out: an
exception raised while a report is read may quote the report, and logs are kept where reports are not.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_CONTEXT_HEADER = b"x-amzn-lambda-context"
# Exceptions of these speak of parameters, tables and requests, never of what a user typed.
_SPEAKABLE = ("app.transport", "app.main", "botocore")


class OnlyRootPrints(logging.Logger):
    """A logger that leaves output to the root logger.

    Streamlit gives each of its loggers a console handler and cuts it off from the root, which would
    put lines of plain text among ours. Console handlers are therefore refused, and so is the cut.
    """

    def addHandler(self, hdlr: logging.Handler) -> None:  # noqa: N802 - the name is logging's
        """Add `hdlr` unless it prints to the console."""
        if type(hdlr) is not logging.StreamHandler:
            super().addHandler(hdlr)

    @property
    def propagate(self) -> bool:
        """Whether the root prints what this logger and those below it say: always."""
        return True

    @propagate.setter
    def propagate(self, _: bool) -> None:
        """Refuse the cut."""


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _said(record),
        }
        if RequestIds.current:
            fields["requestId"] = RequestIds.current
        if record.exc_info and record.exc_info[0]:
            fields["exception"] = _described(*record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


class RequestIds:
    """Middleware: notes which Lambda request is being handled, for the log lines it causes."""

    # Of the process, not of a context: an instance has one request at a time, and the page runs in a
    # thread that inherits no context.
    current = ""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the request's id and pass the request on."""
        if scope["type"] == "http":
            RequestIds.current = request_id(dict(scope["headers"]))
        await self._app(scope, receive, send)


def request_id(headers: Mapping[bytes, bytes]) -> str:
    """The Lambda request id that the Web Adapter passes along, or "" outside Lambda."""
    try:
        context = json.loads(headers.get(_CONTEXT_HEADER, b"{}"))
    except ValueError:
        return ""
    return str(context.get("request_id", "")) if isinstance(context, dict) else ""


def configure(level: int = logging.INFO) -> None:
    """Send every logger's lines to stdout as JSON. Call before Streamlit is imported."""
    logging.setLoggerClass(OnlyRootPrints)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Of a logger that is older than ours and cut off.
    logging.lastResort = handler
    threading.excepthook = _log_end_of_thread
    sys.unraisablehook = _log_unraisable
    # It names every request that botocore finds credentials for.
    logging.getLogger("botocore").setLevel(logging.WARNING)
    # It lists the letters of each sheet that is exported, in some forty lines.
    logging.getLogger("fontTools").setLevel(logging.WARNING)


def _log_end_of_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit:  # as Python has it
        exception = (args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
        logging.getLogger("threading").error("a thread ended", exc_info=exception)


def _log_unraisable(args: sys.UnraisableHookArgs) -> None:
    exception = (args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    logging.getLogger("sys").error("an exception had nowhere to go", exc_info=exception)


def _said(record: logging.LogRecord) -> str:
    message = record.getMessage()
    # The lines below show tasks with their exceptions, which may quote.
    return message.partition("\n")[0] if record.name == "asyncio" else message


def _described(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> dict[str, Any]:
    frames = traceback.extract_tb(trace)
    described: dict[str, Any] = {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if kind.__module__.startswith(_SPEAKABLE):
        described["message"] = str(error)
    return described
