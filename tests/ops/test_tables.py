"""What tables show of text that others wrote."""

import dataclasses
from io import StringIO
from typing import Any

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


def test_what_leads_to_the_account_is_in_the_line_that_names_it() -> None:
    nothing: dict[str, Any] = {
        field.name: None for field in dataclasses.fields(Status) if field.name not in ("drift", "problems")
    }
    read = {"stage": "production", "account": "123456789012", "region": "eu-west-3"}
    found = Status(**{**nothing, **read, "drift": (), "problems": ()})
    shown = printed(tables.status(found, detour=" through AWS_ENDPOINT_URL=http://127.0.0.1:9"))
    assert "account 123456789012, eu-west-3 through AWS_ENDPOINT_URL=http://127.0.0.1:9" in shown


def printed(renderable: RenderableType, *, width: int = 300) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]  # the StringIO
