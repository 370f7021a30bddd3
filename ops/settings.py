"""What a command works on: the stage and everything that follows from it."""

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from ops.errors import OpsError

ROOT = Path(__file__).resolve().parents[1]
TERRAFORM = ROOT / "terraform"


class SettingsError(OpsError):
    """invoke.yaml, or a value given in its place, can't be used; nothing was done."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Model):
    """One place to deploy to."""

    embedded: bool = False
    tfvars: Path


class Embedded(_Model):
    """How the embedded account runs."""

    home: Path = Path(".embedded-aws")
    instances: PositiveInt = 2
    freeze: bool = True


class Settings(_Model):
    """The settings of one stage."""

    stage_name: str
    stage: Stage
    app_name: str
    region: str
    embedded: Embedded

    @property
    def home(self) -> Path:
        """The embedded account's directory."""
        return ROOT / os.environ.get("EMBEDDED_AWS_HOME", self.embedded.home)

    @property
    def tfvars(self) -> Path:
        """The stage's Terraform variables."""
        return ROOT / self.stage.tfvars

    @property
    def session_key_parameter(self) -> str:
        """SSM parameter of the key that seals sessions."""
        return f"/{self.app_name}/runtime/session-key"


def load(config: Any, stage: str | None = None) -> Settings:
    """Return the settings of a stage.

    Args:
        config: What invoke.yaml says, as a mapping.
        stage: Name of a stage; else the variable STAGE, else the file's default.

    Raises:
        SettingsError: No such stage, or a value of the wrong kind.
    """
    name = stage or os.environ.get("STAGE") or str(config["stage"])
    stages = config["stages"]
    if name not in stages:
        known = ", ".join(sorted(stages))
        raise SettingsError(f"No stage {name!r} in invoke.yaml. Nothing was done. Stages: {known}.")
    try:
        settings = Settings(
            stage_name=name,
            stage=Stage(**stages[name]),
            app_name=config["app_name"],
            region=config["region"],
            embedded=Embedded(**config["embedded"]),
        )
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"invoke.yaml can't be used: {problems}. Nothing was done.") from error
    if not settings.stage.embedded:
        raise SettingsError(
            f"Stage {name!r} is a real AWS account, and the tasks deploy to the embedded one only, so far. "
            f"Nothing was done. terraform/README.md says how to deploy there by hand."
        )
    return settings
