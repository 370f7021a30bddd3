"""What a message says: level, logger, request, words and the rest.

Messages are JSON lines of the app, records of Lambda (Telemetry schema), lines of the API's access log
(terraform/api.tf), or text: Lambda's START, END and REPORT, its runtimes' and anybody's.
"""

import contextlib
import re
from typing import Any

import msgspec

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_SYNONYMS = {"trace": "debug", "warn": "warning", "fatal": "critical", "err": "error", "notice": "info"}

# What the text format calls things, and what the Telemetry schema does.
_REPORTED = {
    "Duration": ("durationMs", float),
    "Billed Duration": ("billedDurationMs", float),
    "Memory Size": ("memorySizeMB", int),
    "Max Memory Used": ("maxMemoryUsedMB", int),
    "Init Duration": ("initDurationMs", float),
    "Status": ("status", str),
}
_LAMBDA_LINE = re.compile(r"(START|END|REPORT) RequestId: (\S+)")
_TIMED_OUT = re.compile(r"\S+Z (\S+) Task timed out after ")
# Lambda's runtime for Python writes such lines for the logging module, and that for Node for its console.
_PYTHON_LINE = re.compile(r"\[(?P<level>\w+)\]\t\S+Z\t(?P<request>\S*)\t(?P<words>.*)", re.DOTALL)
_NODE_LINE = re.compile(r"\S+Z\t(?P<request>\S*)\t(?P<level>[A-Z]+)\t(?P<words>.*)", re.DOTALL)
_UNLABELLED_ERROR = ("Traceback (most recent call last)", "ERROR", "[ERROR]", "CRITICAL")

# What nearly every line says, without a call.
_KNOWN = {"INFO": "info", "WARNING": "warning", "ERROR": "error", "DEBUG": "debug", "CRITICAL": "critical"}

# Source: pino and bunyan, loggers of Node that write a number.
_NUMBERED = {10: "debug", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "critical"}

_decode = msgspec.json.Decoder().decode


class Record(msgspec.Struct):
    """A message, understood as far as it can be.

    Attributes:
        message: Its words.
        level: One of LEVELS; "" when it says none.
        logger: Who wrote it: the app's logger, "platform" for Lambda, "access" for the API.
        request: Lambda's id of the request that it belongs to; "" when it says none.
        rest: What else it says.
    """

    message: str
    level: str = ""
    logger: str = ""
    request: str = ""
    rest: dict[str, Any] = {}

    @property
    def severity(self) -> int:
        """Rank of the level; without one a message is information."""
        return LEVELS[self.level or "info"]

    def is_of(self, request: str) -> bool:
        """Whether it belongs to a request, named by the beginning of its id or of the API's."""
        return self.request.startswith(request) or str(self.rest.get("requestId", "")).startswith(request)


def parse(message: str) -> Record:
    """Return what a message says."""
    if message.startswith("{"):
        fields = json_fields(message)
        if fields is not None:
            return of_fields(fields)
    return _of_text(message.rstrip())


def json_fields(message: str) -> dict[str, Any] | None:
    """Return the fields of a JSON line, or None when it is none."""
    try:
        fields = _decode(message)
    except (msgspec.DecodeError, RecursionError):
        fields = _without_nan(message) if "NaN" in message or "Infinity" in message else None
    return fields if isinstance(fields, dict) else None


def _without_nan(message: str) -> Any:
    """Return what a line of JSON holds that Python wrote: it has NaN and Infinity; here they are None."""
    import json

    try:
        return _decode(msgspec.json.encode(json.loads(message)))
    except (ValueError, RecursionError):
        return None


def of_fields(fields: dict[str, Any]) -> Record:
    """Return what a JSON line says; takes `fields` apart."""
    kind = fields.get("type")
    if isinstance(kind, str) and kind.startswith("platform.") and isinstance(fields.get("record"), dict):
        return _of_platform(kind, fields["record"])
    if "httpMethod" in fields and "status" in fields:
        return _of_access(fields)
    message = fields.pop("message", None)
    if message is None:
        message = fields.pop("msg", None)
    if message is None:  # Lambda's runtime, of an exception that nobody caught
        message = fields.pop("errorMessage", None) or ""
    request = fields.pop("requestId", None) or fields.pop("request_id", None) or ""
    level = _popped_level(fields)
    logger = fields.pop("logger", None) or ""
    fields.pop("time", None)  # the event's own
    words = message if isinstance(message, str) else msgspec.json.encode(message).decode()
    return Record(words, _level(level), str(logger), str(request), fields)


def _popped_level(fields: dict[str, Any]) -> object:
    """Take out of a line what it calls its level."""
    for name in ("level", "log_level", "levelname", "severity"):
        if (level := fields.pop(name, None)) is not None:
            return level
    return None


def _of_platform(kind: str, record: dict[str, Any]) -> Record:
    request = str(record.pop("requestId", ""))
    metrics = record.pop("metrics", None)
    rest = {**record, **(metrics if isinstance(metrics, dict) else {})}
    if record.get("status", "success") != "success":
        level = "error"
    else:
        level = "info" if kind == "platform.report" else "debug"
    return Record(kind.removeprefix("platform."), level, "platform", request, rest)


def _of_access(fields: dict[str, Any]) -> Record:
    status = str(fields.get("status"))
    level = {"5": "error", "4": "warning"}.get(status[:1], "info")
    invocation = str(fields.pop("integrationRequestId", "") or "")
    request = invocation if invocation not in ("", "-") else str(fields.get("requestId", ""))
    words = f"{fields.pop('httpMethod')} {fields.pop('path', '')} {fields.pop('status')}"
    fields.pop("requestTime", None)
    said = {name: value for name, value in fields.items() if value not in ("", "-", None)}
    return Record(words, level, "access", request, said)


def _of_text(message: str) -> Record:
    if found := _LAMBDA_LINE.match(message):
        return _of_lambda_line(message, *found.groups())
    if found := _PYTHON_LINE.match(message) or _NODE_LINE.match(message):
        return Record(found["words"], _level(found["level"]), "", found["request"])
    if found := _TIMED_OUT.match(message):
        return Record(message, "error", "platform", found[1])
    return Record(message, "error" if message.startswith(_UNLABELLED_ERROR) else "")


def _of_lambda_line(message: str, kind: str, request: str) -> Record:
    rest: dict[str, Any] = {}
    if kind == "START":
        rest["version"] = message.rpartition("Version: ")[2]
    for part in message.split("\t") if kind == "REPORT" else ():
        name, _, value = part.partition(": ")
        if name in _REPORTED:
            field, number = _REPORTED[name]
            # Anybody can write a line that begins like Lambda's.
            with contextlib.suppress(ValueError, IndexError):
                rest[field] = number(value.split()[0])
    level = "info" if kind == "REPORT" else "debug"
    if rest.get("status", "success") != "success":
        level = "error"
    words = {"START": "start", "END": "runtimeDone", "REPORT": "report"}[kind]
    return Record(words, level, "platform", request, rest)


def level_named(name: str) -> str | None:
    """Return the level of that name, or None when there is none."""
    lowered = name.lower()
    found = _SYNONYMS.get(lowered, lowered)
    return found if found in LEVELS else None


def _level(value: object) -> str:
    if not isinstance(value, str):
        return _NUMBERED.get(value, "") if isinstance(value, int) else ""
    return _KNOWN.get(value) or level_named(value) or ""
