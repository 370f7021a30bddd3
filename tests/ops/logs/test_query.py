import pytest

from ops.logs import query
from ops.logs.errors import LogsError
from ops.logs.query import Options

NOW = 1_790_000_000.0
ID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


def read(**options: object) -> query.Query:
    return query.read(Options(**options), app_name="shop", now=NOW)


def test_the_stages_two_groups_are_read_of_the_last_hour() -> None:
    asked = read()
    assert asked.groups == {"/aws/lambda/shop": "function", "/aws/apigateway/shop": "api"}
    assert (asked.start_ms, asked.end_ms) == (int((NOW - 3600) * 1000), None)


def test_groups_that_end_alike_are_told_apart() -> None:
    names = ("/aws/lambda/shop", "/aws/apigateway/shop")
    assert read(groups=names).groups == {name: name for name in names}
    assert read(groups=("/aws/lambda/shop", "/other", "/other")).labels == (
        ("/aws/lambda/shop", "shop"),
        ("/other", "other"),
    )


def test_a_whole_request_id_is_left_to_the_service_to_find() -> None:
    assert read(request=ID).pattern == f'"{ID}"'
    assert read(request=ID.upper()).pattern == f'"{ID}"'
    assert read(request=ID.upper()).selection.request == ID
    assert read(request=ID[:8]).pattern == ""
    assert read(request=ID, filter="ERROR").pattern == "ERROR"


@pytest.mark.parametrize(
    "options",
    [
        {"follow": True, "summary": True},
        {"live": True, "summary": True},
        {"live": True, "since": "1h"},
        {"summary": True, "output": "raw"},
        {"groups": ("g",), "sources": "api"},
    ],
)
def test_two_things_that_exclude_each_other_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(LogsError, match=r"Nothing was read\. Leave one of them out"):
        read(**options)


def test_the_future_is_told_by_the_services_clock() -> None:
    asked = read(since="2026-09-21T14:10Z")  # three minutes before NOW
    query.refuse_the_future(asked, now=NOW)
    with pytest.raises(LogsError, match="has not come yet"):
        query.refuse_the_future(asked, now=NOW - 7200)
