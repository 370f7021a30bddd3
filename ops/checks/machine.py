"""Checks of this machine: programs, room, clock."""

import datetime
import email.utils
import http.client
import os
import shutil
import subprocess
import urllib.error
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from ops import access, builds, terraform, vitals
from ops.checks.patient import Finding, Patient, shown
from ops.engine import Engine
from ops.settings import ROOT

NETWORK_LIMIT_S = 5.0

REGISTRY = "https://registry.terraform.io/.well-known/terraform.json"

# Source: Signature Version 4, "Elements of an AWS API request signature": requests older than 5 minutes fail.
CLOCK_LIMIT_S = 300

# Terraform's provider takes 0.7 GB, an image's layers on their way about as much.
DISK_NEEDED_BYTES = 500_000_000
DISK_WANTED_BYTES = 3_000_000_000


def stage_file(patient: Patient) -> Finding:
    """Are the stage's Terraform variables there?"""
    file = patient.settings.tfvars
    if not file.is_file():
        return Finding(
            "failed",
            f"{shown(file)} is missing",
            f"Write it: model_provider, model_name and what else differs from terraform/variables.tf; "
            f"{shown(ROOT / 'terraform/stages/local.tfvars')} is an example.",
        )
    return Finding("ok", f"{shown(file)}: model provider {patient.settings.variable('model_provider')}")


def access_chosen(patient: Patient) -> Finding:
    """Has the stage said who sees its page?"""
    settings = patient.settings
    if settings.stage.embedded:
        return Finding("not applicable", "the embedded account answers on this machine alone")
    if not settings.tfvars.is_file():
        return Finding("not applicable", f"{shown(settings.tfvars)} is missing")
    if not settings.assigns("access"):
        return Finding(
            "failed",
            f"{shown(settings.tfvars)} does not say who sees the page",
            'Write access = "oidc" into it for a sign-in (docs/access.md), or access = "public".',
        )
    chosen = settings.variable("access")
    if chosen == access.OIDC:
        return Finding("ok", f"a sign-in at {settings.variable('oidc_metadata_url')}")
    seen = f"{chosen}: whoever has the address sees the page"
    return Finding("warning", seen, 'access = "oidc" asks for a sign-in (docs/access.md).')


def terraform_program(_: Patient) -> Finding:
    """Is Terraform there, and new enough?"""
    found = terraform.program()
    said = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
    return Finding("ok", f"{said.partition(chr(10))[0]} at {found}")


def provider(patient: Patient) -> Finding:
    """Can Terraform get the AWS provider?"""
    installed = patient.settings.terraform_data / "providers"
    if (installed / terraform.PROVIDER).is_dir():
        return Finding("ok", f"installed in {shown(installed)}")
    if (named := os.environ.get("TF_CLI_CONFIG_FILE")) and Path(named).is_file():
        return Finding("ok", f"from where {named} says")
    if mirror := terraform.find_mirror(os.environ):
        return Finding("ok", f"from the mirror in {mirror}")
    try:
        with vitals.opener_for(REGISTRY).open(REGISTRY, timeout=NETWORK_LIMIT_S):
            return Finding("ok", "from registry.terraform.io")
    except (OSError, http.client.HTTPException) as error:
        return Finding(
            "failed",
            f"no mirror on this machine, and registry.terraform.io can't be reached ({_reason(error)})",
            "Let this machine reach registry.terraform.io and releases.hashicorp.com, or name a directory "
            "that `terraform providers mirror` filled in TERRAFORM_PROVIDER_MIRROR.",
        )


def engine(patient: Patient) -> Finding:
    """Is there a container engine?"""
    found = builds.usable_engine(patient.settings)
    if isinstance(found, Engine):
        return Finding("ok", f"version {found.version}")
    if builds.may_pack(patient.settings):
        return Finding("not applicable", f"{found.reason}: the page is packed, its instances are processes")
    return Finding(
        "failed",
        found.reason,
        "Start Docker or another engine with its API, or set DOCKER_HOST: Lambda runs nothing but an image.",
    )


def disk(patient: Patient) -> Finding:
    """Is there room for Terraform's provider, its plans and the image, and may it be written?"""
    data = patient.settings.data
    place = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(place).free
    seen, fixes = f"{free / 1e9:.1f} GB free at {shown(place)}", []
    if not (is_writable := place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        seen += ", which can't be written"
        other = ", or name another directory in EMBEDDED_AWS_HOME" if patient.is_embedded else ""
        fixes.append(f"Make it a directory that you may write{other}.")
    if free < DISK_WANTED_BYTES:
        fixes.append(f"Make room: a first deployment writes {DISK_WANTED_BYTES / 1e9:.0f} GB at most.")
    if not fixes:
        return Finding("ok", seen)
    result: Literal["warning", "failed"] = (
        "warning" if is_writable and free >= DISK_NEEDED_BYTES else "failed"
    )
    return Finding(result, seen, " ".join(fixes))


def clock(patient: Patient) -> Finding:
    """Is this machine's clock near that of AWS?"""
    if patient.is_embedded:
        return Finding("not applicable", "the embedded account has this machine's clock")
    url = patient.endpoint
    try:
        off_s = (_date_at(url) - datetime.datetime.now(datetime.UTC)).total_seconds()
    except (OSError, http.client.HTTPException) as error:
        return Finding(
            "failed",
            f"{url} can't be reached to compare it ({_reason(error)})",
            "Look at the network, HTTPS_PROXY and AWS_ENDPOINT_URL, then try again.",
        )
    seen = f"{abs(off_s):.0f} s {'behind' if off_s > 0 else 'ahead of'} {urlsplit(url).netloc}"
    if abs(off_s) < CLOCK_LIMIT_S:
        return Finding("ok", seen)
    return Finding("failed", seen, "Set the clock (`sudo timedatectl set-ntp true`): AWS refuses signatures.")


def _date_at(url: str) -> datetime.datetime:
    """Return the time that a server says it is, whatever else it says."""
    try:
        with vitals.opener_for(url).open(url, timeout=NETWORK_LIMIT_S) as answer:
            date = answer.headers["Date"]
    except urllib.error.HTTPError as error:
        date = error.headers["Date"]
    return email.utils.parsedate_to_datetime(date)


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or getattr(error, "strerror", None) or error)
