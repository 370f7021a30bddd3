"""What tables show of text that others wrote."""

import dataclasses
from io import StringIO
from typing import Any

import pytest
from rich.console import Console, RenderableType

from ops import tables
from ops.health import Status
from ops.releases import Release


def test_what_others_wrote_is_shown_as_it_is() -> None:
    words = {"who": "[/who]", "tag": "[/tag]", "revision": "[/revision]", "reason": "see [/aws/lambda/x]"}
    release = Release.model_validate(
        {
            "number": 1,
            "kind": "code",
            "began": "2026-01-01T00:00:00+00:00",
            "image": "registry/demo@sha256:" + "a" * 64,
            "result": "failed",
            **words,
        }
    )
    shown = printed(tables.releases([release], live=None))
    assert [word for word in words.values() if word not in shown] == []


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (60, "release when (UTC) image"),
        (80, "release what when (UTC) image"),
        (100, "release what when (UTC) version image"),
        (120, "release what who when (UTC) version image"),
        (200, "release what who when (UTC) version image revision plan"),
    ],
)
def test_a_narrow_console_shows_fewer_columns_of_the_ledger_and_cuts_none(width: int, columns: str) -> None:
    failed = Release(
        number=1234,
        kind="infrastructure",
        who="pharmacien@poste-hopital-07",
        began="2026-11-26T01:14:52+02:00",
        result="failed",
        reason="version 50 did not answer; see /aws/lambda/patient-insight",
        version="50",
        image="registry/demo@sha256:" + "a" * 64,
        tag="content-0123456789abcdef",
        revision="1ad9ea7-dirty",
        plan="c" * 64,
    )
    live = failed.model_copy(update={"number": 1235, "result": "good", "reason": ""})
    lines = printed(tables.releases([live, failed], live="50"), width=width).splitlines()
    assert lines[0].split() == columns.split()
    assert all("2026-11-25 23:14" in line and "content-0123456789abcdef" in line for line in lines[1:3])
    assert (lines[1].split()[1], lines[1].split()[-1]) == ("1235", "live")
    assert " ".join("".join(f"{line} " for line in lines[3:]).split()) == f"✗ release 1234: {failed.reason}"
    assert max(map(len, lines)) <= width


def test_what_leads_to_the_account_is_in_the_line_that_names_it() -> None:
    nothing: dict[str, Any] = {
        field.name: None for field in dataclasses.fields(Status) if field.name not in ("drift", "problems")
    }
    read = {"stage": "production", "account": "123456789012", "region": "eu-west-3"}
    read["detour"] = " through AWS_ENDPOINT_URL=http://127.0.0.1:9"
    found = Status(**{**nothing, **read, "drift": (), "problems": ()})
    shown = printed(tables.status(found))
    assert "account 123456789012, eu-west-3 through AWS_ENDPOINT_URL=http://127.0.0.1:9" in shown


def printed(renderable: RenderableType, *, width: int = 300) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]  # the StringIO
