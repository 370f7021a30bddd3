"""`python -m benchmarks [NAME…]`: run the named benchmarks, or all but `peers`, and print them."""

import argparse

from rich.console import Console

from benchmarks import (
    batch,
    clicks,
    deployment,
    endurance,
    first_visit,
    image,
    logs,
    memory,
    peers,
    reading,
    releases,
    startup,
    status,
)

ALL = {
    "startup": startup.run,
    "clicks": clicks.run,
    "first-visit": first_visit.run,
    "deployment": deployment.run,
    "endurance": endurance.run,
    "memory": memory.run,
    "batch": batch.run,
    "reading": reading.run,
    "releases": releases.run,
    "status": status.run,
    "image": image.run,
    "logs": logs.run,
    "peers": peers.run,
}

# Installs what it measures from the package index, so it must be asked for.
BY_NAME = {"peers"}


def main() -> None:
    """Run benchmarks one after the other: they share the machine with nothing else of ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], metavar="NAME", help=", ".join(ALL))
    console = Console()
    for name in parser.parse_args().names or [name for name in ALL if name not in BY_NAME]:
        table = ALL[name]()
        # Markdown goes into a file, whatever the width of the terminal.
        print(table) if isinstance(table, str) else console.print(table)


if __name__ == "__main__":
    main()
