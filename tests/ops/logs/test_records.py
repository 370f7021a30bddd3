import json

import pytest

from ops.embedded import records as written
from ops.logs.records import Record, parse

ID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


@pytest.mark.parametrize("log_format", ["JSON", "Text"])
def test_both_forms_of_a_report_say_the_same(log_format: str) -> None:
    line = written.report_record(
        log_format, ID, status="success", duration_ms=12.5, init_ms=800.0, memory_mb=1024, memory_used_mb=210
    )
    record = parse(line)
    record.rest.pop("status", None)  # the text form says it only of a failure
    assert record == Record(
        "report",
        "info",
        "platform",
        ID,
        {
            "durationMs": 12.5,
            "billedDurationMs": 813,
            "memorySizeMB": 1024,
            "maxMemoryUsedMB": 210,
            "initDurationMs": 800.0,
        },
    )


@pytest.mark.parametrize("log_format", ["JSON", "Text"])
def test_both_forms_of_a_start_and_an_end_say_the_same(log_format: str) -> None:
    start = parse(written.start_record(log_format, ID, "7"))
    end = parse(written.done_record(log_format, ID, status="success", duration_ms=1, produced_bytes=2))
    assert start == Record("start", "debug", "platform", ID, {"version": "7"})
    assert (end.message, end.level, end.request) == ("runtimeDone", "debug", ID)


def test_a_report_of_a_failure_is_an_error() -> None:
    assert parse(f"REPORT RequestId: {ID}\tDuration: 3000.00 ms\tStatus: timeout").level == "error"
    record = {"requestId": ID, "status": "timeout", "metrics": {}}
    assert parse(json.dumps({"type": "platform.report", "record": record})).level == "error"


def test_a_line_of_the_app_is_taken_apart() -> None:
    line = {
        "time": "now",
        "level": "WARNING",
        "logger": "app.main",
        "message": "slow",
        "requestId": ID,
        "ms": 9,
    }
    assert parse(json.dumps(line)) == Record("slow", "warning", "app.main", ID, {"ms": 9})


def test_an_exception_that_nobody_caught_is_an_error_with_its_words() -> None:
    line = {"log_level": "ERROR", "errorMessage": "boom", "errorType": "ValueError", "requestId": ID}
    assert parse(json.dumps(line)) == Record("boom", "error", "", ID, {"errorType": "ValueError"})


def test_a_line_that_names_nothing_names_nothing() -> None:
    nothing = dict.fromkeys(("message", "level", "logger", "requestId"))
    assert parse(json.dumps(nothing)) == Record("")


@pytest.mark.parametrize(("status", "level"), [("200", "info"), ("404", "warning"), ("503", "error")])
def test_a_line_of_the_api_belongs_to_the_functions_request(status: str, level: str) -> None:
    line = {
        "requestId": "abc=",
        "httpMethod": "GET",
        "path": "/x",
        "status": status,
        "errorMessage": "-",
        "integrationRequestId": ID,
        "responseLatency": "12",
    }
    record = parse(json.dumps(line))
    assert record == Record(
        f"GET /x {status}", level, "access", ID, {"requestId": "abc=", "responseLatency": "12"}
    )
    assert record.is_of("abc=")
    assert record.is_of(ID[:8])


@pytest.mark.parametrize(
    ("message", "level", "request_id"),
    [
        (f"[ERROR]\t2026-11-26T10:00:00.000Z\t{ID}\tit broke\n", "error", ID),
        (f"2026-11-26T10:00:00.000Z {ID} Task timed out after 3.00 seconds\n\n", "error", ID),
        ("Traceback (most recent call last):\n  File", "error", ""),
        (f"2026-11-26T10:00:00.000Z\t{ID}\tWARN\tslow\n", "warning", ID),
        ('{"levelname": "WARNING", "message": "slow"}', "warning", ""),
        ('{"severity": "notice", "message": "slow"}', "info", ""),
        ('{"level": 50, "msg": "broke"}', "error", ""),
        ("anything", "", ""),
        ('{"level": "ERROR", "requestId": "x", "share": NaN, "rest": [-Infinity]}', "error", "x"),
        ('{"level": "ERROR", "share": NaN', "", ""),
        ('{"level": "ERROR", "share": NaN, "half": "\\ud800"}', "", ""),
        ("{no json", "", ""),
        ("[1]", "", ""),
        ('{"level": ["x"], "requestId": 7, "message": null}', "", "7"),
        ('{"level": 7, "message": {"a": 1}}', "", ""),
        ("REPORT RequestId: x\tDuration: ", "info", "x"),
        ("REPORT RequestId: x\tDuration: long ms\tMemory Size:  ", "info", "x"),
    ],
)
def test_text_tells_what_it_can(message: str, level: str, request_id: str) -> None:
    record = parse(message)
    assert (record.level, record.request) == (level, request_id)
