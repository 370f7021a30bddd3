"""The gate before a deployment: what the registry's scanner found, waited for, weighed and refused."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from ops import scans
from ops.scans import ScanError, VulnerableError, Weakness
from tests.ops.worlds import APP, World, clients_at, push_image

URI = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/app@sha256:" + "a" * 64
WANTED = {"repositoryName": "app", "imageId": {"imageDigest": "sha256:" + "a" * 64}}
FOUND = (Weakness("CVE-1", "CRITICAL"), Weakness("CVE-2", "HIGH"), Weakness("CVE-3", "MEDIUM"))


def test_an_image_that_nobody_scanned_is_scanned(world: World, tmp_path: Path) -> None:
    uri = push_image(world.clients, tmp_path, APP, name=f"scanned-{uuid.uuid4().hex[:8]}")
    # moto's scanner finds the same in whatever it is given.
    assert scans.scan(world.clients.ecr, uri, pause=lambda _: None) == (Weakness("CVE-9999-9999", "HIGH"),)


def test_a_scan_is_waited_for_and_all_its_pages_are_read() -> None:
    ecr, paused = clients_at("http://127.0.0.1:1").ecr, []
    first = {"findings": [{"name": "CVE-3", "severity": "MEDIUM"}]}
    detail = {
        "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-1"},
        "title": "long",
        "severity": "CRITICAL",
    }
    with Stubber(ecr) as stub:
        for status in ("PENDING", "IN_PROGRESS"):
            stub.add_response("describe_image_scan_findings", answer(status), WANTED)
        stub.add_response("describe_image_scan_findings", answer("ACTIVE"), WANTED)
        stub.add_response("describe_image_scan_findings", answer("ACTIVE", first, nextToken="next"), WANTED)
        stub.add_response(
            "describe_image_scan_findings",
            answer("ACTIVE", {"enhancedFindings": [detail]}),
            {**WANTED, "nextToken": "next"},
        )
        found = scans.scan(ecr, URI, pause=paused.append)
    assert found == (Weakness("CVE-1", "CRITICAL"), Weakness("CVE-3", "MEDIUM"))
    assert len(paused) == 2


def test_an_image_that_the_scanner_does_not_take_is_no_good_one() -> None:
    ecr = clients_at("http://127.0.0.1:1").ecr
    with Stubber(ecr) as stub:
        stub.add_response("describe_image_scan_findings", answer("UNSUPPORTED_IMAGE"), WANTED)
        with pytest.raises(ScanError, match=r"ended with UNSUPPORTED_IMAGE: x\. Nothing"):
            scans.scan(ecr, URI)


@pytest.mark.parametrize("refusal", [None, "ValidationException", "LimitExceededException"])
def test_a_scan_that_begins_by_itself_or_was_just_begun_is_waited_for_with_patience(
    refusal: str | None,
) -> None:
    ecr, paused = clients_at("http://127.0.0.1:1").ecr, []
    with Stubber(ecr) as stub:
        for _ in range(2):
            stub.add_client_error("describe_image_scan_findings", "ScanNotFoundException")
            if refusal:
                stub.add_client_error("start_image_scan", refusal)
            else:
                stub.add_response("start_image_scan", {}, WANTED)
        for _ in range(2):
            stub.add_response("describe_image_scan_findings", answer("COMPLETE", {"findings": []}), WANTED)
        assert scans.scan(ecr, URI, pause=paused.append) == ()
    assert len(paused) == 2


def test_a_scan_that_does_not_end_is_given_up() -> None:
    ecr, paused = clients_at("http://127.0.0.1:1").ecr, []
    with Stubber(ecr) as stub:
        for _ in range(120):
            stub.add_response("describe_image_scan_findings", answer("IN_PROGRESS"), WANTED)
        with pytest.raises(ScanError, match="not done after 10 minutes"):
            scans.scan(ecr, URI, pause=paused.append)
    assert sum(paused) == 600


@pytest.mark.parametrize(
    ("least", "accepted", "named"),
    [
        ("critical", (), ["CVE-1"]),
        ("high", (), ["CVE-1", "CVE-2"]),
        ("HIGH", ("CVE-1",), ["CVE-2"]),
        ("low", ("CVE-1", "CVE-2"), ["CVE-3"]),
    ],
)
def test_what_is_too_bad_and_not_accepted_is_named(
    least: str, accepted: tuple[str, ...], named: list[str]
) -> None:
    with pytest.raises(VulnerableError) as refused:
        scans.refuse_weak(URI, FOUND, least=least, accepted=accepted)
    assert [f"CVE-{n}" for n in (1, 2, 3) if f"CVE-{n} (" in str(refused.value)] == named
    assert "`invoke pin`" in str(refused.value)


def test_what_is_accepted_or_not_that_bad_may_be_deployed() -> None:
    scans.refuse_weak(URI, FOUND, least="high", accepted=("CVE-1", "CVE-2"))
    scans.refuse_weak(URI, (), least="untriaged", accepted=())


def test_an_unknown_severity_lets_nothing_pass() -> None:
    with pytest.raises(ScanError, match="There is no severity 'hihg'"):
        scans.refuse_weak(URI, (), least="hihg", accepted=())


def answer(status: str, findings: Any = None, **more: str) -> Any:
    content = {"imageScanStatus": {"status": status, "description": "x"}, **more}
    return {**content, "imageScanFindings": findings} if findings else content
