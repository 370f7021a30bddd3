"""The bill of what enters the image: complete, and the same for the same content."""

import json
import re
import uuid
from pathlib import Path

from ops import contents
from ops.settings import ROOT
from tests.ops.worlds import write_repository


def test_every_package_of_the_lock_and_every_base_is_listed_once() -> None:
    listed = contents.bill(ROOT)["components"]
    lock = (ROOT / "requirements/app.txt").read_text()
    packages = [part["purl"] for part in listed if part["type"] == "library"]
    pinned = [line.partition(" ")[0] for line in lock.splitlines() if re.match(r"[a-z0-9]", line)]
    assert packages == [f"pkg:pypi/{pin.replace('==', '@')}" for pin in pinned]
    bases = [part["purl"] for part in listed if part["type"] == "container"]
    assert bases == [
        "pkg:docker/lambda/python@3.13?repository_url=public.ecr.aws",
        "pkg:docker/awsguru/aws-lambda-adapter@1.1.0?repository_url=public.ecr.aws",
    ]


def test_the_bill_names_the_content_and_changes_with_it(tmp_path: Path) -> None:
    write_repository(tmp_path, "print(1)")
    before = contents.bill(tmp_path)
    assert json.dumps(contents.bill(tmp_path)) == json.dumps(before)
    assert uuid.UUID(before["serialNumber"].removeprefix("urn:uuid:")).version == 5
    (tmp_path / "app" / "__main__.py").write_text("print(2)")
    after = contents.bill(tmp_path)
    assert after["metadata"] != before["metadata"]
    assert after["serialNumber"] != before["serialNumber"]
