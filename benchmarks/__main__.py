"""`python -m benchmarks [NAME…]`: run the named benchmarks, or all of them, and print their tables."""

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
}


def main() -> None:
    """Run benchmarks one after the other: they share the machine with nothing else of ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], metavar="NAME", help=", ".join(ALL))
    console = Console()
    for name in parser.parse_args().names or ALL:
        console.print(ALL[name]())


if __name__ == "__main__":
    main()
