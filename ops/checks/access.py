"""Checks of the way into the account: credentials, region, registry, quotas."""

from collections.abc import Iterable

from ops import vitals
from ops.checks.patient import Finding, Patient, shown
from ops.clients import detour, known_regions


def credentials(patient: Patient) -> Finding:
    """Does anything prove who we are?"""
    return Finding("ok", patient.arn)


def account_matches(patient: Patient) -> Finding:
    """Are the credentials those of the stage's account?"""
    found, wanted = patient.found_account_id, patient.account_id
    way = "" if patient.is_embedded else detour()
    if found == wanted:
        return Finding("ok", f"{found}{way}")
    return Finding(
        "failed",
        f"the credentials are those of {found}{way}, and the stage is {wanted}",
        f"Set AWS_PROFILE to a profile of {wanted}, or correct account_id in invoke.yaml.",
    )


def region(patient: Patient) -> Finding:
    """Is there such a region, and Lambda in it?"""
    known = known_regions("lambda")
    if patient.settings.region in known:
        return Finding("ok", patient.settings.region)
    return Finding(
        "failed",
        f"{patient.settings.region} is none that this botocore knows Lambda in",
        f"Correct `region` in invoke.yaml; near it are {', '.join(_near(patient.settings.region, known))}.",
    )


def registry_login(patient: Patient) -> Finding:
    """Would the registry let us in?"""
    given = patient.clients.ecr.get_authorization_token()["authorizationData"][0]
    return Finding("ok", f"a token for {given['proxyEndpoint']}")


def repository(patient: Patient) -> Finding:
    """Is there a repository for images?"""
    ecr = patient.clients.ecr
    try:
        found = ecr.describe_repositories(repositoryNames=[patient.app_name])["repositories"][0]
    except ecr.exceptions.RepositoryNotFoundException:
        return Finding("not applicable", "none yet: `invoke deploy` makes it")
    return Finding("ok", found["repositoryUri"])


def quotas(patient: Patient) -> Finding:
    """May as many invocations run at once as a batch of reports takes, and the page beside it?"""
    limit, jobs = (
        vitals.account_concurrency(patient.clients.lambda_),
        int(patient.settings.variable("jobs_at_once")),
    )
    seen = f"{limit} concurrent executions in the account, {jobs} jobs at once"
    if limit > jobs:
        return Finding("ok", seen)
    return Finding(
        "warning",
        f"{seen}: one batch leaves nothing to the page",
        "Ask for more in the console of Service Quotas (Lambda, Concurrent executions), or set a smaller "
        f"jobs_at_once in {shown(patient.settings.tfvars)}.",
    )


def _near(name: str, known: Iterable[str]) -> list[str]:
    continent = name.partition("-")[0]
    return sorted(region for region in known if region.startswith(f"{continent}-")) or ["eu-west-3"]
