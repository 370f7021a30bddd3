"""What commands show of what they found, as rich renderables; nothing is printed here."""

from collections.abc import Sequence

from rich.table import Table

from ops.releases import Release

_MARKS = {"good": "[green]✓[/green]", "failed": "[red]✗[/red]", "begun": "[yellow]…[/yellow]"}


def releases(found: Sequence[Release], *, live: str | None) -> Table:
    """Return the ledger, newest first; `live` is the version that users reach."""
    table = Table("", "release", "what", "who", "when", "version", "image", "revision", "plan", "", box=None)
    for release in found:
        kind = f"rollback to {release.restores}" if release.restores else release.kind
        is_live = release.result == "good" and release.version == live
        live = (
            None if is_live else live
        )  # an infrastructure release may share its version with the one before
        table.add_row(
            _MARKS[release.result],
            str(release.number),
            kind,
            release.who,
            release.began.replace("T", " ")[:16],
            release.version or "",
            release.tag or release.digest[7:19],
            release.revision or "",
            (release.plan or "")[:8],
            "[bold]live[/bold]" if is_live else release.reason,
        )
    return table
