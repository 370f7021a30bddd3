"""A saved plan: applied where it belongs, and nowhere else. The rest needs a stack: tests/e2e."""

import hashlib
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from ops import backend, infrastructure
from ops.costs import Estimate, Usage
from ops.infrastructure import Applied, Comparison, KeysInStateError, NoPlanError, Proposal, Saved
from ops.plans import Drift, LossError, Summary
from ops.settings import Embedded, Settings, Stage
from ops.terraform import Change, Plan
from tests.ops.worlds import World


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    stage = Stage(embedded=True, tfvars=Path("terraform/stages/local.tfvars"))
    home = Embedded(home=tmp_path / "account")
    return Settings(stage_name="local", stage=stage, app_name="a", region="eu-west-3", embedded=home)


def proposal(file: Path, *changes: Change, stage: str = "local") -> Proposal:
    file.write_bytes(b"a plan")
    saved = Saved(
        stage=stage,
        account_id="123456789012",
        region="eu-west-3",
        app_name="a",
        sha256=hashlib.sha256(b"a plan").hexdigest(),
        state=None,
        made="2026-11-26T05:00:00+00:00",
        who="anna@laptop",
        image="image",
        live=None,
        is_empty=not changes,
        says=("Plan: 1 added.",),
    )
    return Proposal(Plan(file, not changes, changes), saved, Summary(()), Estimate(Usage(), "eu-west-3", ()))


MADE = Change("aws_iam_role.function", "aws_iam_role", "create")
LOST = Change("aws_dynamodb_table.sessions", "aws_dynamodb_table", "delete")


def test_a_saved_plan_is_found_with_what_it_belongs_to(settings: Settings, tmp_path: Path) -> None:
    made = proposal(tmp_path / "tfplan", MADE)
    infrastructure.save(made, allow_destroy=False)
    assert infrastructure.load(settings, tmp_path / "tfplan") == made.saved


def test_without_a_plan_the_message_says_what_makes_one(settings: Settings) -> None:
    with pytest.raises(
        NoPlanError, match=r"no saved plan of stage 'local'.*Nothing was changed.*`invoke plan`"
    ):
        infrastructure.load(settings)


def test_a_plan_that_may_not_lose_what_it_loses_is_deleted(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "tfplan"
    with pytest.raises(LossError):
        infrastructure.save(proposal(file, LOST), allow_destroy=False)
    assert not file.exists()
    with pytest.raises(NoPlanError):
        infrastructure.load(settings, file)

    infrastructure.save(proposal(file, LOST), allow_destroy=True)
    assert infrastructure.load(settings, file)


def test_a_plan_that_is_read_only_is_kept_for_nobody(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "tfplan"
    infrastructure.save(replace(proposal(file, MADE), is_read_only=True), allow_destroy=False)
    assert not file.exists()
    with pytest.raises(NoPlanError):
        infrastructure.load(settings, file)


def test_a_read_only_plan_is_refused_where_the_state_holds_keys_before_anything_is_reached(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_VAR_key_delivery", raising=False)
    with pytest.raises(KeysInStateError, match=r"Nothing was done.*invoke rotate-key"):
        infrastructure.propose(settings, read_only=True, step=lambda _: pytest.fail("something was begun"))


def test_a_comment_shows_the_plan_and_what_refuses_it(tmp_path: Path) -> None:
    made = proposal(tmp_path / "tfplan", MADE, stage="production")
    said = infrastructure.comment(made)
    assert said.startswith("### Plan of stage production\n\n```text\nPlan: 1 added.\n")
    assert said.endswith("\n```\n")
    assert infrastructure.comment(made, "It loses data.").endswith("```\n\n**Refused.** It loses data.\n")


def test_a_comment_names_its_commit_and_without_a_plan_says_why_and_shows_no_secret(tmp_path: Path) -> None:
    made = proposal(tmp_path / "tfplan", MADE, stage="production")
    assert infrastructure.comment(made, commit="1a2b3c4").startswith(
        "### Plan of stage production at 1a2b3c4\n"
    )
    key = f"sk-proj-{uuid.uuid4().hex * 2}"
    said = infrastructure.comment(None, f"terraform plan failed:\n**{key}**", commit="1a2b3c4")
    assert said == "### No plan at 1a2b3c4\n\n```text\nterraform plan failed:\n**[masked]**\n```\n"
    assert key not in infrastructure.comment(made, f"It holds {key}.")


@pytest.mark.parametrize("text", ["``` and **more**", "a ````` b", "x" * 100_000])
def test_nothing_in_a_plan_ends_the_block_that_shows_it_or_makes_the_comment_too_long(
    text: str, tmp_path: Path
) -> None:
    made = proposal(tmp_path / "tfplan", MADE)
    made = replace(made, saved=made.saved.model_copy(update={"says": (text,)}))
    said = infrastructure.comment(made).splitlines()
    fence = said[2].removesuffix("text")
    assert [line for line in said if fence in line] == [f"{fence}text", fence]
    assert len("\n".join(said)) < 65_536


def test_another_stages_plan_is_refused_by_name(settings: Settings, tmp_path: Path) -> None:
    infrastructure.save(proposal(tmp_path / "tfplan", MADE, stage="production"), allow_destroy=False)
    with pytest.raises(NoPlanError, match=r"stage 'production', not of 'local'.*--stage production"):
        infrastructure.load(settings, tmp_path / "tfplan")


def test_a_plan_that_is_not_the_one_that_was_saved_is_refused(settings: Settings, tmp_path: Path) -> None:
    infrastructure.save(proposal(tmp_path / "tfplan", MADE), allow_destroy=False)
    (tmp_path / "tfplan").write_bytes(b"another plan")
    with pytest.raises(NoPlanError, match=r"not the one that was saved.*Nothing was changed"):
        infrastructure.load(settings, tmp_path / "tfplan")


def test_a_state_is_told_from_what_it_was_before(world: World) -> None:
    s3, bucket = world.clients.s3, f"bucket-{uuid.uuid4().hex[:8]}"
    backend.ensure_bucket(s3, name=bucket)
    assert backend.fingerprint(s3, bucket=bucket, app_name="a") is None
    found = []
    for serial in (1, 2):
        s3.put_object(Bucket=bucket, Key="a/terraform.tfstate", Body=f'{{"serial": {serial}}}')
        found.append(backend.fingerprint(s3, bucket=bucket, app_name="a"))
    assert found[0] != found[1]
    assert backend.fingerprint(s3, bucket=bucket, app_name="a") == found[1]


def test_an_apply_says_that_nobody_reaches_what_it_published() -> None:
    done = Applied(release=4, live="6", published="7", is_first=False, url="https://x")
    assert infrastructure.applied(done) == [
        "Release 4: the plan is carried out.",
        "Version 7 has the new configuration, and nobody reaches it yet: users stay on version 6. Next: "
        "`invoke deploy` proves the working tree with it and moves them.",
        "https://x",
    ]


def test_drift_is_told_with_what_changes_it_back() -> None:
    found = Comparison((Drift("f", "memory_size", "2048", "128"), Drift("g", "", "there", "gone")), ("h",))
    assert infrastructure.compared(found) == [
        "f memory_size: 128 in the account, 2048 in terraform/",
        "g is gone from the account",
        "`invoke deploy --plan` changes it back; so do `invoke plan` and `invoke apply`.",
        "Not drift, but not applied yet: h. `invoke plan` shows it.",
    ]
