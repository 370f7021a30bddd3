"""Which runs of GitHub Actions may take a role: repositories, what their tokens say, and trust policies.

A run proves itself with a token that GitHub signs for it alone (OIDC); there is no key of AWS in GitHub. The
token's `sub` says whose run it is and what started it, in one of two forms:

    repo:OWNER/NAME:environment:production              repositories named before 15 July 2026
    repo:OWNER@12/NAME@34:environment:production        all others, and those that chose it

Numbers are never given away again, names are. Whoever takes over a name that became free has a new
repository, whose tokens have the second form: so one of the first form can't be theirs.

Everything is compared by equality. A pattern such as `repo:OWNER/*` or `…@*` would let in what nobody meant:
an environment may be called "x/NAME@1:environment:production".

Source: GitHub, "OpenID Connect reference" and "Immutable subject claims for GitHub Actions OIDC tokens"; IAM
user guide, "Create a role for OpenID Connect federation".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ops.errors import OpsError

ISSUER: Final = "token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"

PULL_REQUEST: Final = "pull_request"
MAIN: Final = "ref:refs/heads/main"

# Neither has a sign that IAM reads as more than itself. Source: GitHub, "Username considerations".
_REPOSITORY = re.compile(
    r"(?P<owner>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))(?:@(?P<owner_id>[1-9]\d*))?"
    r"/(?P<name>[A-Za-z0-9._-]{1,100})(?:@(?P<id>[1-9]\d*))?"
)


class RepositoryError(OpsError):
    """What was given can be no repository of GitHub; nothing was done."""


@dataclass(frozen=True)
class Repository:
    """A repository; its numbers are None where nobody told them."""

    owner: str
    name: str
    owner_id: str | None = None
    id: str | None = None

    @property
    def full_name(self) -> str:
        """What people call it."""
        return f"{self.owner}/{self.name}"

    @property
    def has_ids(self) -> bool:
        """Whether tokens of the form with numbers can be told from others."""
        return self.id is not None

    def subjects(self, kind: str) -> list[str]:
        """Return what `sub` may be in tokens of runs of a kind, such as "environment:production"."""
        forms = [self.full_name]
        if self.has_ids:
            forms.append(f"{self.owner}@{self.owner_id}/{self.name}@{self.id}")
        return [f"repo:{form}:{kind}" for form in forms]


def repository(text: str) -> Repository:
    """Return the repository that somebody named: OWNER/NAME, or OWNER@ID/NAME@ID as tokens have it.

    Raises:
        RepositoryError: It is neither.
    """
    match = _REPOSITORY.fullmatch(text)
    if match is None or (match["owner_id"] is None) != (match["id"] is None):
        raise RepositoryError(
            f"{text!r} is no repository of GitHub. Nothing was done. Name one as OWNER/NAME, or with both "
            f"numbers as OWNER@ID/NAME@ID; this prints it: {ids_command('OWNER/NAME')}"
        )
    return Repository(**match.groupdict())


def ids_command(full_name: str) -> str:
    """Return the command that prints a repository with its numbers, as `repository` takes it."""
    return f"""gh api repos/{full_name} --jq '"\\(.owner.login)@\\(.owner.id)/\\(.name)@\\(.id)"'"""


def environment(name: str) -> str:
    """Return the kind of the runs that wait for what an environment demands."""
    return f"environment:{name}"


def trust(of: Repository, kinds: Iterable[str], *, provider_arn: str) -> dict[str, Any]:
    """Return the trust policy of a role that runs of some kinds in one repository may take."""
    subjects = [subject for kind in kinds for subject in of.subjects(kind)]
    wanted = {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subjects}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider_arn},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": wanted},
            }
        ],
    }
