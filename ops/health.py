"""How a stage is: what users reach, how that does, and what is wrong with it. Only reads, all at once."""

import dataclasses
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ops import versions, vitals
from ops.errors import OpsError
from ops.inputs import differences
from ops.releases import Ledger, Release
from ops.versions import ALIAS
from ops.vitals import Answer, Api, Function, Key, Live, Traffic

if TYPE_CHECKING:
    from ops.stack import Stack

T = TypeVar("T")

DRIFT_FIX = "`invoke deploy` settles that; `invoke drift` shows what else was changed by hand."


class NothingDeployedError(OpsError):
    """The stage has no URL; nothing was done."""


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, and what to do about it."""

    what: str
    fix: str


@dataclass(frozen=True)
class Status:
    """How a stage is. What is not there, or could not be read, is None, and a problem says which.

    Attributes:
        account_concurrency: Concurrent executions of all functions of the account in this region.
        release: The newest in the ledger, whatever became of it.
        tag: The live image's name, when the ledger knows it.
        lock: Who deploys now; "" when nobody does.
        drift: What differs from the last good release, a line each.
        missing: What users can't do without and somebody has deleted.
        detour: What leads to the account elsewhere than to AWS (Target.detour).
    """

    stage: str
    account: str
    region: str
    live: Live | None
    tag: str
    function: Function | None
    keys: tuple[Key, ...] | None
    traffic: Traffic | None
    api: Api | None
    account_concurrency: int | None
    answer: Answer | None
    release: Release | None
    lock: str | None
    drift: tuple[str, ...]
    missing: tuple[str, ...] | None
    detour: str
    problems: tuple[Problem, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def data(self) -> dict[str, Any]:
        """Return all of it as what JSON can hold."""
        release = self.release and self.release.model_dump()
        return {"healthy": self.is_healthy, **dataclasses.asdict(self), "release": release}


@dataclass(frozen=True)
class _Releases:
    newest: Release | None
    good: Release | None


def read(stack: "Stack") -> Status:
    """Return how a stage is; changes nothing. What can't be read becomes a problem."""
    clients, name, problems = stack.clients, stack.app_name, list[Problem]()

    def told(what: str, future: "Future[T]") -> T | None:
        return _told(what, future, problems)

    with ThreadPoolExecutor(12) as pool:
        # Making a client takes longer than asking with it: the first ones ask while the next are made.
        lambda_ = clients.lambda_
        live = pool.submit(vitals.live, lambda_, name)
        function = pool.submit(vitals.function, lambda_, name)
        concurrency = pool.submit(vitals.account_concurrency, lambda_)
        releases = pool.submit(_releases, stack.ledger)
        lock = pool.submit(vitals.held_by, clients.s3, bucket=stack.bucket, app_name=name)
        api = pool.submit(vitals.api, clients.apigatewayv2, name)
        answer = pool.submit(_public_answer, stack)
        keys = pool.submit(vitals.keys, clients.ssm, name)
        traffic = pool.submit(vitals.traffic, clients.cloudwatch, name)
        missing = pool.submit(vitals.missing, clients, name, streams=stack.target.settings.streams)
        known = told("the ledger", releases) or _Releases(None, None)
        found = Status(
            stage=stack.target.settings.stage_name,
            account=stack.target.account_id,
            region=stack.region,
            live=told("what users reach", live),
            tag="",
            function=told("the function", function),
            keys=told("the keys' ages", keys),
            traffic=told("the metrics", traffic),
            api=told("the API", api),
            account_concurrency=told("the account's limits", concurrency),
            answer=told("the URL", answer),
            release=known.newest,
            lock=told("the deploy lock", lock),
            drift=(),
            missing=told("whether all is there", missing),
            detour=stack.target.detour,
            problems=(),
        )
    drift = _drift(found, known)
    problems += _problems(found, drift, is_whole=not problems)
    return dataclasses.replace(found, tag=_tag(found, known), drift=drift, problems=tuple(problems))


def public_url(stack: "Stack") -> str:
    """Return where users reach the page.

    Raises:
        NothingDeployedError: No version that users reach, or nothing in front of it; nothing was done.
    """
    if versions.reached(stack.clients.lambda_, function=stack.app_name) and (url := stack.address()):
        return url
    raise NothingDeployedError(
        f"Nothing is deployed in stage {stack.target.settings.stage_name!r}, so there is no URL. Nothing was "
        f"done. Run `invoke deploy`."
    )


def _releases(ledger: Ledger) -> _Releases:
    """Return the newest release and the newest good one, which is mostly the same."""
    newest = next(ledger.each(), None)
    if newest is None or newest.result == "good":
        return _Releases(newest, newest)
    good = ledger.last_good()
    return _Releases(newest, good.release if good else None)


def _public_answer(stack: "Stack") -> Answer | None:
    url = stack.address()
    return vitals.ask_url(url) if url else None


def _told(what: str, future: "Future[T]", problems: list[Problem]) -> T | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return future.result()
    except (BotoCoreError, ClientError) as error:
        from ops.aws_errors import refusal

        refused = refusal(error)
        problems.append(Problem(f"Can't tell {what}: {refused.said}", refused.fix))
    except OpsError as error:
        problems.append(Problem(f"Can't tell {what}: {error}", ""))
    return None


def _tag(found: Status, releases: _Releases) -> str:
    known = [release for release in (releases.newest, releases.good) if release and found.live]
    return next((release.tag for release in known if found.live and release.digest == found.live.digest), "")


def _drift(found: Status, releases: _Releases) -> tuple[str, ...]:
    """Return what differs from the last good release; Terraform, which would know all of it, is not asked.

    While somebody deploys, and after what failed, `$LATEST` differs without another hand.
    """
    good = releases.good
    if good is None or good.inputs is None or not (found.live and found.function) or found.keys is None:
        return ()
    is_settled = releases.newest == good and found.lock == ""
    now = good.inputs.model_copy(
        update={
            "parameters": {key.name: key.version for key in found.keys},
            "live": found.live.version,
            "latest": found.function.revision if is_settled else good.inputs.latest,
        }
    )
    return tuple(f"{line}, since release {good.number}" for line in differences(good.inputs, now))


def _problems(found: Status, drift: tuple[str, ...], *, is_whole: bool) -> list[Problem]:
    """Return what is wrong; what is missing is so only when everything could be read."""
    if found.function is None and is_whole:
        return [Problem("Nothing is deployed.", "Run `invoke deploy`.")]
    problems = [*_function_problems(found.function), *_release_problems(found)]
    if found.live is None and is_whole:
        problems.append(Problem(f"No alias {ALIAS!r} leads users to a version.", "Run `invoke deploy`."))
    problems += [
        Problem(f"Gone is {what}.", "`invoke deploy` makes it again.") for what in found.missing or ()
    ]
    if found.answer and found.answer.status != 200:
        said = found.answer.reason if found.answer.status is None else f"it answers {found.answer.status}"
        problems.append(Problem(f"{found.answer.url} is not well: {said}.", _answer_fix(found)))
    return problems + [Problem(f"Changed is {line}.", DRIFT_FIX) for line in drift]


def _answer_fix(found: Status) -> str:
    """Return what helps a page that does not answer as it should: nothing of its own, when more is wrong."""
    if found.missing or found.live is None:
        return ""
    return (
        "`invoke doctor` looks at what it needs, and the function's log says why. If it came with the last "
        "release, `invoke rollback` goes back to the one before."
    )


def _function_problems(found: Function | None) -> list[Problem]:
    if found is None or (found.state in ("Active", "Inactive", "Pending") and found.update != "Failed"):
        return []
    said = f"The function is {found.state}, its last update {found.update}. {found.reason}".strip()
    return [Problem(said, "Run `invoke deploy`.")]


def _release_problems(found: Status) -> list[Problem]:
    """Return what a run that died left behind; while somebody deploys, it is theirs."""
    problems = []
    if found.lock != "":
        return []
    if found.live and found.live.weights:
        shares = ", ".join(f"{share:.0%} reach version {v}" for v, share in found.live.weights.items())
        fix = "`invoke deploy` ends it, then proves the working tree and sends all users there."
        problems.append(Problem(f"A trial was left behind: {shares}.", fix))
    if found.release and found.release.result == "begun":
        what = f"Release {found.release.number} was begun by {found.release.who} and never ended."
        problems.append(Problem(what, "Run `invoke deploy`: it finds out what became of it."))
    return problems
