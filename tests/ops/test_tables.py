"""What tables show of text that others wrote."""

from io import StringIO

from rich.console import Console

from ops import tables
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
    console = Console(file=StringIO(), width=300)
    console.print(tables.releases([release], live=None))
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO
    assert [word for word in words.values() if word not in shown] == []
