"""What a command works on: the stage and everything that follows from it."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from ops import backend
from ops.errors import OpsError

ROOT = Path(__file__).resolve().parents[1]
TERRAFORM = ROOT / "terraform"

# Every account's number is as long.
_AN_ACCOUNT = "123456789012"

# What a repository such as this one holds, and no account's directory.
_SOURCES = ("app/*.py", "ops/*.py", "terraform/*.tf")

_TOKENS = re.compile(
    r"""
      (?P<comment> (?: \#|// ) [^\n]* | /\* .*? (?: \*/|\Z ) )
    | (?P<heredoc> <<-? (?P<end>\w+) \n .*? ^ [ \t]* (?P=end) [ \t]* $ )
    | (?P<opened> [{[(] )
    | (?P<closed> []})] )
    | (?P<kept> " (?: \\. | [^"\\\n] )* "? | . )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


class SettingsError(OpsError):
    """invoke.yaml, or a value given in its place, can't be used; nothing was done."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Model):
    """One place to deploy to: the embedded account, or the AWS account that it names."""

    embedded: bool = False
    tfvars: Path
    account_id: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    app_name: str | None = None
    region: str | None = None


class Embedded(_Model):
    """How the embedded account runs."""

    home: Path = Path(".embedded-aws")
    instances: PositiveInt = 2
    freeze: bool = True
    engine: Literal["auto", "docker", "none"] = "auto"


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
        return ROOT / (os.environ.get("EMBEDDED_AWS_HOME") or self.embedded.home)

    @property
    def data(self) -> Path:
        """Where the stage keeps what is of this machine alone: Terraform's provider and plans."""
        return self.home if self.stage.embedded else ROOT / ".stages" / self.stage_name

    @property
    def terraform_directory(self) -> Path:
        """Where Terraform works: nowhere that another stage's or another application's does too."""
        return self.data / "terraform" / self.app_name / self.stage_name

    @property
    def terraform_data(self) -> Path:
        """Where Terraform keeps its provider and the backend it knows."""
        return self.terraform_directory / ".terraform"

    @property
    def tfvars(self) -> Path:
        """The stage's Terraform variables."""
        return ROOT / self.stage.tfvars

    def variable(self, name: str) -> str:
        """Return a Terraform variable that is a word or a number, "" when it is null: what a plan would take.

        Source: Terraform, "Input variables", "Variable definition precedence".
        """
        files = (
            self.tfvars,
            *sorted(TERRAFORM.glob("*.auto.tfvars"), reverse=True),
            TERRAFORM / "terraform.tfvars",
        )
        said = (_assigned(name, file.read_text()) for file in files if file.is_file())
        block = (
            (TERRAFORM / "variables.tf").read_text().partition(f'variable "{name}" {{')[2].partition("\n}")[0]
        )
        told = (*said, os.environ.get(f"TF_VAR_{name}"), _assigned("default", block))
        return next((value for value in told if value is not None), "").replace("null", "")

    def assigns(self, name: str) -> bool:
        """Return whether the stage's own file gives a variable a value, whatever defaults and shells say."""
        return _assigned(name, self.tfvars.read_text()) is not None

    @property
    def streams(self) -> bool:
        """Whether a function URL stands in front of the function, and not an HTTP API."""
        return self.variable("front") == "function_url"

    def runtime_parameter(self, name: str) -> str:
        """Return the SSM parameter of a secret that the function alone reads."""
        return f"/{self.app_name}/runtime/{name}"

    @property
    def session_key_parameter(self) -> str:
        """SSM parameter of the key that seals sessions."""
        return self.runtime_parameter("session-key")


def _assigned(name: str, text: str) -> str | None:
    """Return what a text in Terraform's language gives a name, at its outermost level."""
    found = re.search(rf'^[ \t]*{name}\s*=\s*"?([^"\s]*)', _outermost(text), re.MULTILINE)
    return found[1] if found else None


def _outermost(text: str) -> str:
    """Return a text without comments, heredocs and what stands in brackets of any kind.

    Source: HCL native syntax specification, "Lexical elements".
    """
    kept, depth = [], 0
    for token in _TOKENS.finditer(text):
        if token.lastgroup == "opened":
            depth += 1
        elif token.lastgroup == "closed":
            depth -= 1
        elif token.lastgroup == "kept" and not depth:
            kept.append(token[0])
    return "".join(kept)


def load(config: Any, stage: str | None = None) -> Settings:
    """Return the settings of a stage.

    Args:
        config: What invoke.yaml says, as a mapping.
        stage: Name of a stage; else the variable STAGE, else the file's default.

    Raises:
        SettingsError: No such stage, a value that is missing or of the wrong kind, or a place that is
            another stage's or the repository's too.
    """
    if missing := [
        key for key in ("stage", "app_name", "region", "stages", "embedded") if _lacks(config, key)
    ]:
        raise SettingsError(
            f"invoke.yaml lacks {', '.join(missing)}. Nothing was done. `git diff invoke.yaml` shows what "
            f"was taken out of it."
        )
    name = stage or os.environ.get("STAGE") or str(config["stage"])
    stages = config["stages"]
    if name not in stages:
        known = ", ".join(sorted(stages))
        raise SettingsError(f"No stage {name!r} in invoke.yaml. Nothing was done. Stages: {known}.")
    try:
        chosen = Stage(**(stages[name] or {}))
        settings = Settings(
            stage_name=name,
            stage=chosen,
            app_name=chosen.app_name or config["app_name"],
            region=chosen.region or config["region"],
            embedded=Embedded(**config["embedded"]),
        )
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(
            f"Stage {name!r} can't be used as invoke.yaml, or a variable INVOKE_…, has it: {problems}. "
            f"Nothing was done. Correct it there."
        ) from error
    _refuse_a_name(settings)
    if not chosen.embedded and chosen.account_id is None:
        raise SettingsError(
            f"Stage {name!r} names no account_id in invoke.yaml, and no command guesses which AWS account is "
            f'meant. Nothing was done. Add its 12 digits, quoted: account_id: "123456789012".'
        )
    if chosen.embedded:
        _refuse_a_repository(settings.home)
    else:
        _refuse_a_shared_place(settings, config)
    return settings


def _lacks(config: Any, key: str) -> bool:
    return key not in config or config[key] is None


def _refuse_a_name(settings: Settings) -> None:
    """Refuse what can be no application's or no region's name, before something is named after it."""
    # As terraform/variables.tf says it.
    if not re.fullmatch(r"(?!aws|ssm)[a-z][a-z0-9-]{1,38}[a-z0-9]", settings.app_name):
        raise SettingsError(
            f"The app_name {settings.app_name!r} can't be one. Nothing was done. Correct it in invoke.yaml "
            f"or INVOKE_APP_NAME: 3 to 40 lower-case letters, digits and hyphens, a letter first, neither "
            f"aws nor ssm, and no hyphen last."
        )
    if not re.fullmatch(r"[a-z]{2,}(-[a-z]+)+-\d+", settings.region):
        raise SettingsError(
            f"The region {settings.region!r} can't be one. Nothing was done. Correct it in invoke.yaml or "
            f"INVOKE_REGION: they look like eu-west-3."
        )

    # Source: Amazon S3, "General purpose bucket naming rules".
    bucket = backend.bucket_name(app_name=settings.app_name, account_id=_AN_ACCOUNT, region=settings.region)
    if (surplus := len(bucket) - 63) > 0:
        raise SettingsError(
            f"The app_name {settings.app_name!r} can't be one in {settings.region}: the bucket of the state, "
            f"{bucket.replace(_AN_ACCOUNT, 'ACCOUNT')}, may have 63 characters. Nothing was done. Correct it "
            f"in invoke.yaml or INVOKE_APP_NAME: {len(settings.app_name) - surplus} letters at most."
        )


def _refuse_a_repository(home: Path) -> None:
    """Refuse a home that holds more than an account: `invoke down --erase` deletes directories in it."""
    is_around = ROOT.is_relative_to(home.resolve())
    if is_around or any(next(home.glob(source), None) for source in _SOURCES):
        raise SettingsError(
            f"The embedded account can't live in {home}: that is a repository, or has one in it. Nothing was "
            f"done. Name a directory of the account's own in EMBEDDED_AWS_HOME, or unset it."
        )


def _refuse_a_shared_place(settings: Settings, config: Any) -> None:
    """Refuse a stage in AWS whose bucket, state and function are another's too."""
    mine = settings.stage.account_id, settings.app_name, settings.region
    for name, stage in config["stages"].items():
        values = stage or {}
        app_name, region = (values.get(key) or config[key] for key in ("app_name", "region"))
        if name != settings.stage_name and (values.get("account_id"), app_name, region) == mine:
            raise SettingsError(
                f"Stages {settings.stage_name!r} and {name!r} are the same account, application and region "
                f"in invoke.yaml: they would share their bucket, state and function. Nothing was done. Give "
                f"one of them an app_name or a region of its own."
            )
