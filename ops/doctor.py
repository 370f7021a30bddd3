"""Everything that must be true before a deployment, looked at: each with its fix. Nothing is changed.

All checks run at once, within one time limit: what hangs, or breaks, is that check's own finding.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from ops.checks import access, deployed, machine
from ops.checks.patient import Finding, Patient, Result, UnreachedError
from ops.errors import OpsError
from ops.settings import Settings

LIMIT_S = 20.0

Examination = Callable[[Patient], Finding]

CHECKS: dict[str, Examination] = {
    "stage file": machine.stage_file,
    "access": machine.access_chosen,
    "terraform": machine.terraform_program,
    "provider": machine.provider,
    "container engine": machine.engine,
    "disk": machine.disk,
    "clock": machine.clock,
    "credentials": access.credentials,
    "account": access.account_matches,
    "region": access.region,
    "registry login": access.registry_login,
    "repository": access.repository,
    "quotas": access.quotas,
    "session key": deployed.session_key,
    "sign-in": deployed.sign_in,
    "model key": deployed.model_key,
    "function has its key": deployed.function_key,
    "alias": deployed.alias,
    "log groups": deployed.log_groups,
    "deploy lock": deployed.deploy_lock,
    "state lock": deployed.state_lock,
}


@dataclass(frozen=True)
class Check:
    """A check and its finding."""

    name: str
    result: Result
    seen: str
    fix: str


def examine(
    settings: Settings, checks: Mapping[str, Examination] = CHECKS, *, limit_s: float = LIMIT_S
) -> list[Check]:
    """Run checks on a stage and return what they came to; changes nothing, and raises nothing.

    Args:
        settings: The stage.
        checks: By name, in the order in which they are returned.
        limit_s: How long all of them may take.
    """
    patient, end = Patient(settings), time.monotonic() + limit_s
    findings = {name: _begin(check, patient) for name, check in checks.items()}
    return [
        Check(name, **vars(_end(finding, max(0.0, end - time.monotonic()))))
        for name, finding in findings.items()
    ]


def _begin(check: Examination, patient: Patient) -> "Future[Finding]":
    """Run a check in a thread that nobody has to wait for."""
    finding: Future[Finding] = Future()

    def run() -> None:
        try:
            finding.set_result(check(patient))
        except Exception as error:  # noqa: BLE001 - becomes this check's finding
            finding.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return finding


def _end(finding: "Future[Finding]", limit_s: float) -> Finding:
    """Return what a check came to, or what became of it."""
    from botocore.exceptions import BotoCoreError, ClientError

    from ops.aws_errors import refusal

    try:
        return finding.result(timeout=limit_s)
    except UnreachedError as error:
        return Finding("not applicable", str(error))
    except (BotoCoreError, ClientError) as error:
        refused = refusal(error)
        return Finding("failed", refused.said, refused.fix)
    except OpsError as error:
        return Finding("failed", str(error))
    except TimeoutError:
        return Finding("failed", "no answer in time", "Look at the network, then try again.")
    except Exception as error:  # noqa: BLE001 - a check that breaks must not hide the others
        return Finding("failed", f"the check itself broke: {type(error).__name__}: {error}")
