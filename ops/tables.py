"""What commands show of what they found, as rich renderables; nothing is printed here."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from ops.releases import Release

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from ops.bootstrap import Part
    from ops.doctor import Check
    from ops.health import Status
    from ops.keys.listing import Checked, Key
    from ops.keys.parameters import Version

_MARKS = {"good": "[green]✓[/green]", "failed": "[red]✗[/red]", "begun": "[yellow]…[/yellow]"}


# What a narrow console leaves out of the ledger, in this order.
_SPARED = ("plan", "revision", "who", "version", "what")


@dataclass(frozen=True)
class Releases:
    """The ledger, newest first, in the columns that there is room for, and below it why releases failed."""

    found: Sequence[Release]
    live: str | None

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Show as many columns as fit; what is shown is folded rather than cut."""
        unlimited = options.update_width(10_000)
        tables = (self._table(_SPARED[:count]) for count in range(len(_SPARED)))
        fitting = (
            table
            for table in tables
            if Measurement.get(console, unlimited, table).maximum <= options.max_width
        )
        yield next(fitting, self._table(_SPARED))
        for release in self.found:
            if release.reason:
                yield f"{_MARKS[release.result]}  release {release.number}: {escape(release.reason)}"

    def _table(self, spared: Sequence[str]) -> Table:
        rows = list(self._rows())
        names = [name for name in rows[0] if name not in spared] if rows else []
        table = Table(box=None, pad_edge=False)
        for name in names:
            table.add_column(name.strip(), overflow="fold")
        for row in rows:
            table.add_row(*(row[name] for name in names))
        return table

    def _rows(self) -> Iterator[dict[str, str]]:
        live = self.live
        for release in self.found:
            is_live = release.result == "good" and release.version == live
            # An infrastructure release may share its version with the one before.
            live = None if is_live else live
            yield {
                "": _MARKS[release.result],
                "release": str(release.number),
                "what": f"rollback to {release.restores}" if release.restores else release.kind,
                "who": escape(release.who),
                "when (UTC)": _utc(release.began),
                "version": escape(release.version or ""),
                "image": escape(release.tag or release.digest[7:19]),
                "revision": escape(release.revision or ""),
                "plan": escape((release.plan or "")[:8]),
                " ": "[bold]live[/bold]" if is_live else "",
            }


def releases(found: Sequence[Release], *, live: str | None) -> Releases:
    """Return the ledger, newest first; `live` is the version that users reach."""
    return Releases(found, live)


_RESULTS = {
    "ok": "[green]✓[/green]",
    "warning": "[yellow]![/yellow]",
    "failed": "[red]✗[/red]",
    "not applicable": "[dim]-[/dim]",
}


def checks(found: Sequence["Check"]) -> Table:
    """Return what checks came to, each with its fix below."""
    table = Table(box=None, show_header=False)
    table.add_column()
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for check in found:
        table.add_row(_RESULTS[check.result], check.name, escape(check.seen))
        if check.fix:
            table.add_row("", "", f"[cyan]→[/cyan] {escape(check.fix)}")
    return table


def parts(found: Sequence["Part"]) -> Table:
    """Return what a stage needs once, and what of it was made just now."""
    table = Table(box=None, show_header=False)
    for part in found:
        made = f"made: {', '.join(part.lacked)}" if part.lacked else "was there"
        table.add_row(_RESULTS["ok"], part.kind, escape(part.name), escape(made))
    return table


def status(found: "Status") -> Table:
    """Return how a stage is, a line for each thing, and what is wrong with it below."""
    table = Table(box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, text in _status_lines(found):
        table.add_row(name, escape(text))
    for problem in found.problems:
        table.add_row("[red]✗[/red]", escape(f"{problem.what} {problem.fix}".strip()))
    return table


def keys(found: Sequence["Key"]) -> Table:
    """Return the keys that there are; no value."""
    table = Table("provider", "parameter", "version", "written", "by", "fingerprint", "in use", box=None)
    in_use = {True: "[green]yes[/green]", False: "[red]no[/red]", None: "[dim]not known[/dim]"}
    for key in found:
        table.add_row(
            key.provider,
            f"{escape(key.parameter)}{' [red]in plain text[/red]' if key.objection else ''}",
            str(key.version),
            f"{_age(key.changed)} ago",
            escape(key.who),
            key.fingerprint,
            in_use[key.is_live],
        )
    return table


def key_versions(found: Sequence["Version"]) -> Table:
    """Return the versions of a parameter, newest first; no value."""
    table = Table("version", "written", "by", "labels", box=None)
    for one in found:
        when = escape(one.changed.replace("T", " ")[:16])
        table.add_row(str(one.version), when, escape(one.who), ", ".join(one.labels))
    return table


def checked_keys(found: Sequence["Checked"]) -> Table:
    """Return what providers say of their keys."""
    marks = {"accepted": _RESULTS["ok"], "refused": _RESULTS["failed"], "not asked": _RESULTS["warning"]}
    table = Table(box=None, show_header=False)
    for one in found:
        old = f"; {one.key.age_days} days old, it is time for `invoke rotate-key`" if one.is_old else ""
        table.add_row(marks[one.result], one.key.provider, escape(f"{one.said}{old}"))
    return table


def _status_lines(found: "Status") -> Iterator[tuple[str, str]]:
    yield "stage", f"{found.stage}: account {found.account}, {found.region}{found.detour}"
    if found.live:
        tag, age = found.tag or found.live.digest[:19], _age(found.live.published)
        yield "live", f"version {found.live.version}, {tag}, published {age} ago"
        for version, share in found.live.weights.items():
            yield "trial", f"{share:.0%} of the users reach version {version}"
    if found.function:
        yield "function", f"{found.function.state}, last update {found.function.update}"
    if found.answer:
        said = found.answer.reason if found.answer.status is None else f"answers {found.answer.status}"
        yield "url", f"{found.answer.url} {said} in {found.answer.latency_ms} ms"
    if found.traffic:
        counted = found.traffic
        yield (
            "last hour",
            f"{counted.invocations} invocations, {counted.errors} failed, {counted.throttles} throttled",
        )
    if found.api and found.api.rate_rps is not None:
        yield "throttling", f"{found.api.rate_rps:g} requests a second, {found.api.burst} at once"
    if found.function and found.account_concurrency is not None:
        kept = "none reserved" if found.function.reserved is None else f"{found.function.reserved} reserved"
        warm = f"{found.function.provisioned} kept warm" if found.function.provisioned else "none kept warm"
        yield "concurrency", f"{kept}, {warm}, {found.account_concurrency} in the account"
    for key in found.keys or ():
        yield "key", f"{key.name}, version {key.version}, {_age(key.changed)} old"
    if found.release:
        yield "release", _release_line(found.release)
    if found.lock:
        yield "lock", found.lock
    if not found.drift and found.release:
        yield "drift", "none seen; `invoke drift` asks Terraform"


def _release_line(release: Release) -> str:
    ended = f", {release.result}" + (f": {release.reason}" if release.reason else "")
    return f"{release.number}, {release.kind}, by {release.who}, {_age(release.began)} ago{ended}"


def _utc(time: str) -> str:
    """Return a moment, written with whatever offset, to the minute and in UTC."""
    return f"{datetime.datetime.fromisoformat(time).astimezone(datetime.UTC):%Y-%m-%d %H:%M}"


def _age(since: str) -> str:
    """Return how long ago something was, in its largest unit."""
    passed = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(since)
    seconds = max(0, int(passed.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
