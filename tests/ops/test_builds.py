"""Built by an engine or packed without one, and what is said when either fails. No engine is needed here."""

import base64
import json
import uuid

import pytest

from ops import builds, engine, images, packing
from ops.engine import Engine, EngineError, ImageBuildError, NoEngine, PushError
from ops.errors import OpsError
from ops.images import Login
from ops.settings import Embedded, Settings, Stage
from tests.fakes.engine import serving
from tests.ops.worlds import write_repository

LOGIN = Login("AWS", "very-secret")
DIGEST = "sha256:" + "1" * 64
STEPS = [
    {"stream": "Step 1/2 : FROM base:1\n"},
    {"stream": "Step 2/2 : RUN false\n"},
    {"stream": "no luck\n"},
]
ABSENT = NoEngine("no container engine answers")


@pytest.fixture
def taught(monkeypatch):
    """An engine that says what a test teaches it."""
    with serving() as fake:
        monkeypatch.setenv("DOCKER_HOST", fake.url)
        yield fake


@pytest.fixture
def content(tmp_path):
    write_repository(tmp_path, "")
    return images.content(tmp_path)


@pytest.fixture
def repository():
    """Name of a repository of the test's own."""
    return f"of-{uuid.uuid4().hex}"


def found():
    answer = engine.find()
    assert isinstance(answer, Engine)
    return answer


def put(ecr, content, repository, **options):
    events = []
    arguments = {"name": repository, "may_pack": True, "on_event": events.append, **options}
    return builds.ensure(ecr, content, **arguments), events


def test_a_port_where_nobody_listens_is_no_engine(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    answer = engine.find()
    assert isinstance(answer, NoEngine)
    assert "no container engine answers" in answer.reason


@pytest.mark.usefixtures("taught")
def test_an_engine_elsewhere_cannot_work_with_the_embedded_account():
    assert "it is elsewhere, at http://127.0.0.1" in str(found().obstacle)


def test_a_build_says_its_steps_and_sends_nothing_but_the_content(taught, content):
    taught.build = [*STEPS, {"aux": {"ID": "sha256:abc"}}]
    events = []
    assert found().build(content, tag="a:1", labels={"x": "y"}, on_event=events.append) == "sha256:abc"
    assert [(event.part, event.text) for event in events] == [("1/2", "FROM base:1"), ("2/2", "RUN false")]
    path = next(path for path, _ in taught.seen if "/build" in path)
    assert "platform=linux%2Famd64" in path
    assert "t=a%3A1" in path


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        (STEPS[:1], "no such host", r"base image of `FROM base:1` could not be pulled: no such host\."),
        (STEPS, "returned 1", r"Step 2/2 .*`RUN false`: returned 1\. Nothing was pushed(.|\n)*no luck"),
        ([], "unknown instruction", "unknown instruction"),
    ],
)
def test_an_error_in_a_build_is_raised_with_its_step(taught, content, steps, error, message):
    taught.build = [*steps, {"error": error, "errorDetail": {"message": error}}]
    with pytest.raises(ImageBuildError, match=message):
        found().build(content, tag="a:1", labels={}, on_event=lambda _: None)


def test_a_build_that_ends_without_an_image_is_an_error(taught, content):
    taught.build = STEPS
    with pytest.raises(ImageBuildError, match="named no image"):
        found().build(content, tag="a:1", labels={}, on_event=lambda _: None)


@pytest.mark.parametrize("events", [[{"error": "denied: very"}], [{"status": "Pushing"}], []])
def test_a_push_that_does_not_end_with_a_digest_is_an_error(taught, events):
    taught.push = events
    with pytest.raises(
        PushError, match=r"The tag is not in the registry.*Run the same command again"
    ) as told:
        found().push("a:1", repository_uri="r/a", tag="1", login=LOGIN, on_event=lambda _: None)
    assert LOGIN.password not in str(told.value)


def test_the_password_goes_into_one_header_and_nowhere_else(taught):
    taught.push = [{"status": "Pushing", "id": "layer"}, {"aux": {"Digest": DIGEST}}]
    events = []
    assert found().push("a:1", repository_uri="r/a", tag="1", login=LOGIN, on_event=events.append) == DIGEST
    (headers,) = (headers for path, headers in taught.seen if "/push" in path)
    assert json.loads(base64.b64decode(headers["X-Registry-Auth"]))["password"] == LOGIN.password
    assert LOGIN.password not in repr(LOGIN) + repr(events) + repr([path for path, _ in taught.seen])


@pytest.mark.usefixtures("taught")
def test_an_engine_that_hangs_up_is_said_to_have_broken_off():
    engine_ = found()
    engine_.api.base_url = "http://127.0.0.1:1"
    with pytest.raises(PushError, match=r"broke off.*Nothing was deployed"):
        engine_.push("a:1", repository_uri="r/a", tag="1", login=LOGIN, on_event=lambda _: None)


def test_without_an_engine_the_app_is_packed_once(world, content, repository):
    ecr = world.clients.ecr
    first, _ = put(ecr, content, repository, engine=ABSENT)
    again, _ = put(ecr, content, repository, engine=ABSENT)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.image == again.image
    assert first.tag == packing.tag(content)
    assert (first.is_packed, again.is_packed) == (True, True)
    assert first.how.endswith("packed, 5 files, since no container engine answers")


def test_what_was_packed_is_not_taken_for_what_an_engine_builds(taught, world, content, repository):
    put(world.clients.ecr, content, repository, engine=ABSENT)
    taught.build = [{"error": "no network"}]
    with pytest.raises(ImageBuildError, match="no network"):
        put(world.clients.ecr, content, repository, engine=found(), may_pack=False)


def test_lambda_gets_no_packed_image(world, content, repository):
    with pytest.raises(
        EngineError, match=r"no container engine answers\. Nothing was built\. Install Docker"
    ):
        put(world.clients.ecr, content, repository, engine=ABSENT, may_pack=False)


def test_an_engine_that_cannot_build_does_not_stop_a_newcomer(taught, world, content, repository):
    taught.build = [*STEPS[:1], {"error": "no such host"}]
    pushed, _ = put(world.clients.ecr, content, repository, engine=found())
    assert pushed.tag == packing.tag(content)
    assert "could not be pulled: no such host" in pushed.how


def test_a_digest_that_the_registry_does_not_hold_is_an_error(taught, world, content, repository):
    taught.build, taught.push = [{"aux": {"ID": "sha256:abc"}}], [{"aux": {"Digest": DIGEST}}]
    with pytest.raises(PushError, match=f"pushed {DIGEST}, and the registry holds nothing"):
        put(world.clients.ecr, content, repository, engine=found())


def test_whoever_pushed_the_same_content_first_has_won(taught, world, content, repository):
    ecr = world.clients.ecr
    uri = images.ensure_repository(ecr, name=repository)
    theirs = packing.push(ecr, content, name=repository, repository_uri=uri)
    manifest = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": theirs.digest}])
    taught.build = [{"aux": {"ID": "sha256:abc"}}]
    taught.push = [{"error": "tag invalid: it cannot be overwritten because the tag is immutable."}]

    def meanwhile(event):
        if event.text == "theirs":
            text = manifest["images"][0]["imageManifest"]
            ecr.put_image(repositoryName=repository, imageManifest=text, imageTag=content.tag)

    taught.push.insert(0, {"status": "theirs"})
    pushed, _ = put(ecr, content, repository, engine=found(), on_event=meanwhile)
    assert (pushed.image, pushed.is_new) == (theirs, False)


def stage_with(file):
    return Settings(
        stage_name="local",
        stage=Stage(embedded=True, tfvars=file),
        app_name="a",
        region="eu-west-3",
        embedded=Embedded(),
    )


@pytest.mark.parametrize(
    ("tfvars", "shell", "architecture"),
    [
        ("", None, "x86_64"),
        ('architecture = "arm64"\n', None, "arm64"),
        (None, None, "x86_64"),
        ("", "arm64", "arm64"),
        ('  architecture="x86_64" # as before\n', "arm64", "x86_64"),
    ],
)
def test_the_image_is_for_the_functions_processor(tmp_path, monkeypatch, tfvars, shell, architecture):
    file = tmp_path / "stage.tfvars"
    if tfvars is not None:
        file.write_text(tfvars)
    if shell:
        monkeypatch.setenv("TF_VAR_architecture", shell)
    assert builds.architecture(stage_with(file)) == architecture


def test_a_processor_that_lambda_has_not_is_refused(tmp_path):
    file = tmp_path / "stage.tfvars"
    file.write_text('architecture = "riscv"\n')
    with pytest.raises(OpsError, match=r"'riscv' in stage\.tfvars.*x86_64 and arm64"):
        builds.architecture(stage_with(file))


def test_a_variable_that_is_null_or_unknown_is_empty(tmp_path):
    settings = stage_with(tmp_path / "stage.tfvars")
    assert (settings.variable("live_version"), settings.variable("nonsense")) == ("", "")
    assert (settings.variable("jobs_at_once"), settings.variable("model_provider")) == ("16", "openai")


def test_another_processor_is_another_image(content):
    other = images.content(content.root, "arm64")
    assert (content.platform, other.platform) == ("linux/amd64", "linux/arm64")
    assert content.tag != other.tag
    assert packing.image_configuration(other, packing.layers_of(other))["architecture"] == "arm64"


@pytest.mark.parametrize(
    ("revision", "known"),
    [
        (None, {}),
        ("abc1234", {"org.opencontainers.image.revision": "abc1234", "patient-insight.dirty": "false"}),
        ("abc1234-dirty", {"org.opencontainers.image.revision": "abc1234", "patient-insight.dirty": "true"}),
    ],
)
def test_an_image_says_where_it_comes_from(content, revision, known):
    assert images.labels(content, revision) == {"patient-insight.content": content.hash, **known}


def test_a_repository_expires_nothing_that_has_a_tag_and_keeps_a_policy_of_others(world, repository):
    ecr = world.clients.ecr
    images.ensure_repository(ecr, name=repository)
    policy = json.loads(ecr.get_lifecycle_policy(repositoryName=repository)["lifecyclePolicyText"])
    assert [rule["selection"]["tagStatus"] for rule in policy["rules"]] == ["untagged"]
    policy["rules"][0]["selection"]["countNumber"] = 99
    ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=json.dumps(policy))
    images.ensure_repository(ecr, name=repository)
    assert json.loads(ecr.get_lifecycle_policy(repositoryName=repository)["lifecyclePolicyText"]) == policy


def test_a_repository_that_a_killed_run_left_without_a_policy_gets_it(world, repository):
    world.clients.ecr.create_repository(repositoryName=repository)
    images.ensure_repository(world.clients.ecr, name=repository)
    assert world.clients.ecr.get_lifecycle_policy(repositoryName=repository)
