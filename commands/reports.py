"""Programs of the application: they read reports, and build the lexicon of medicines."""

import shlex

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from commands.positional import WithPositional
from commands.terminal import exit_on_ops_error


@task(
    klass=WithPositional,
    positional=["paths"],
    help={
        "paths": "A report (.txt, .pdf, .docx), a folder or a .zip of them; commas separate several.",
        "out": "Where the JSON files go, one per report.",
        "engine": "What reads the reports: local, openai or mistral.",
    },
)
def extract(c: Context, paths: str, out: str = "", engine: str = "local") -> None:
    """Write what reports say, one JSON file for each."""
    if not out:
        raise Exit("--out names the folder for what the reports say. Nothing was written.", code=1)
    kept = "Records that were written are whole, and stay; the same command writes all of them again."
    run_program(c, "app.insights", *paths.split(","), "--out", out, "--engine", engine, kept=kept)


@task(
    help={
        "from": "The folder with CIS_bdpm, CIS_COMPO_bdpm and CIS_MITM, as .txt or .txt.gz.",
        "date": "When the files were published (YYYY-MM-DD); without it, the last authorisation in them.",
    },
)
def lexicon(c: Context, from_: str = "", date: str | None = None) -> None:
    """Build the full lexicon of medicines from the files of the official database (BDPM)."""
    if not from_:
        raise Exit("--from names the folder with the files: see docs/lexicon.md. Nothing was done.", code=1)
    day = ["--date", date] if date else []
    kept = "The lexicon in use is unchanged; the same command begins anew."
    run_program(c, "app.insights.bdpm", from_, *day, kept=kept)


def run_program(c: Context, module: str, *arguments: str, kept: str) -> None:
    """Run a program of the application; end with 1 when it failed, whatever its own code is."""
    from ops import programs

    if c.config.run.dry:
        print(f"would run {shlex.join(programs.command(module, arguments))}")
        return
    with exit_on_ops_error():
        code = programs.run(module, arguments, kept=kept)
    if code:
        raise Exit(code=1)
