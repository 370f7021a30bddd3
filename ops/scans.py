"""What the registry's scanner found in an image, and whether that may be deployed.

Amazon ECR scans what is pushed (ops/images.py): with its basic scanner the packages of the base image, with
the enhanced one, which an account switches on, those of Python too.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ops import registries
from ops.errors import OpsError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

# From the worst on. Source: Amazon ECR API, FindingSeverity; Amazon Inspector calls the last one UNTRIAGED.
SEVERITIES: Final = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED")

_UNDER_WAY = ("PENDING", "IN_PROGRESS")
# The enhanced scanner goes on for as long as the image is there.
_DONE = ("COMPLETE", "ACTIVE")

_LIMIT_S = 600
_PAUSE_S = 5


class ScanError(OpsError):
    """The image could not be scanned, or not in time; nothing was changed."""


class VulnerableError(OpsError):
    """The image has weaknesses that nobody accepted; nothing was changed."""


@dataclass(frozen=True)
class Weakness:
    """Something known to be wrong with a package of the image."""

    name: str
    severity: str


def scan(ecr: "ECRClient", uri: str, *, pause: Callable[[float], None] = time.sleep) -> tuple[Weakness, ...]:
    """Return what the scanner found in an image, the worst first; waits for it, and has it begun when needed.

    Args:
        ecr: The registry.
        uri: The image, by tag or digest.
        pause: Waits for so many seconds.

    Raises:
        ScanError: The scanner does not know such images, failed, or was not done in ten minutes.

    Source: Amazon ECR API, DescribeImageScanFindings and StartImageScan.
    """
    where = registries.parse(uri)
    wanted = {"imageDigest": where.digest} if where.digest else {"imageTag": where.tag}
    asked: Any = {"repositoryName": where.name, "imageId": wanted}
    for _ in range(_LIMIT_S // _PAUSE_S):
        status, why = _status(ecr, asked)
        if status in _DONE:
            return _weaknesses(ecr, asked)
        if status not in _UNDER_WAY:
            raise ScanError(
                f"The scan of {uri} ended with {status}: {why}. Nothing was changed. The registry's console "
                f"says which images its scanner takes."
            )
        pause(_PAUSE_S)
    raise ScanError(
        f"The scan of {uri} was not done after {_LIMIT_S // 60} minutes. Nothing was changed. Run the same "
        f"command again: it goes on waiting."
    )


def refuse_weak(uri: str, found: Iterable[Weakness], *, least: str, accepted: Iterable[str]) -> None:
    """Do nothing when nothing that bad is in an image but what somebody accepted.

    Args:
        uri: The image.
        found: What was found in it.
        least: The least severity that is too bad, such as "high".
        accepted: Names of weaknesses that may be there.

    Raises:
        ScanError: There is no such severity.
        VulnerableError: Something is that bad.
    """
    if least.upper() not in SEVERITIES:
        raise ScanError(
            f"There is no severity {least!r}. Nothing was done. Severities: {_listed(SEVERITIES)}."
        )
    known, bad = set(accepted), SEVERITIES[: SEVERITIES.index(least.upper()) + 1]
    weak = [weakness for weakness in found if weakness.severity in bad and weakness.name not in known]
    if weak:
        names = _listed(f"{weakness.name} ({weakness.severity.lower()})" for weakness in weak)
        raise VulnerableError(
            f"{uri} has {names}. Nothing was changed. Take patched bases by `invoke pin` and newer packages "
            f"by `nox -s lock -- --upgrade`, commit what they change, and build again: the image is another "
            f"one then. What can't be mended and does no harm here: --accept NAME."
        )


def _status(ecr: "ECRClient", asked: Any) -> tuple[str, str]:
    """Return how a scan is getting on and what is said of it, having it begun where nobody has."""
    try:
        status = ecr.describe_image_scan_findings(**asked)["imageScanStatus"]
    except ecr.exceptions.ScanNotFoundException:
        # Refused where it begins by itself, as the enhanced scanner's does, and where it was just begun.
        with contextlib.suppress(ecr.exceptions.ValidationException, ecr.exceptions.LimitExceededException):
            ecr.start_image_scan(**asked)
        return "PENDING", "nobody has scanned it"
    return status["status"], status.get("description", "no reason")


def _weaknesses(ecr: "ECRClient", asked: Any) -> tuple[Weakness, ...]:
    pages = ecr.get_paginator("describe_image_scan_findings").paginate(**asked)
    found = [weakness for page in pages for weakness in _of_page(page.get("imageScanFindings", {}))]
    return tuple(
        sorted(set(found), key=lambda weakness: (SEVERITIES.index(weakness.severity), weakness.name))
    )


def _of_page(findings: Any) -> Iterable[Weakness]:
    for basic in findings.get("findings", ()):
        yield Weakness(basic["name"], basic["severity"])
    for enhanced in findings.get("enhancedFindings", ()):
        details = enhanced.get("packageVulnerabilityDetails", {})
        yield Weakness(details.get("vulnerabilityId") or enhanced["title"], enhanced["severity"])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name.lower() if name in SEVERITIES else name for name in names)
