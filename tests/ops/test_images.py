"""What enters the image, and how it gets into the registry."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from ops import images, packing
from ops.settings import ROOT
from tests.ops.worlds import World, clients_of


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of this repository's image inputs."""
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "requirements").mkdir()
    for name in ("Dockerfile", "requirements/app.txt", "requirements/lean.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_same_content_has_the_same_hash_and_bytes_wherever_it_lies(copy: Path) -> None:
    here, there = images.content(ROOT), images.content(copy)
    assert here.hash == there.hash
    assert packing.layers_of(here) == packing.layers_of(there)


@pytest.mark.parametrize(
    "name", ["Dockerfile", "requirements/app.txt", "requirements/lean.py", "app/page.py"]
)
def test_every_input_changes_the_hash(copy: Path, name: str) -> None:
    before = images.content(copy).hash
    with (copy / name).open("a") as file:
        file.write("\n# changed\n")
    assert images.content(copy).hash != before


def test_what_does_not_enter_the_image_does_not_change_the_hash(copy: Path) -> None:
    before = images.content(copy).hash
    (copy / "README.md").write_text("new")
    (copy / "app" / "__pycache__").mkdir()
    (copy / "app" / "__pycache__" / "page.cpython-311.pyc").write_bytes(b"new")
    assert images.content(copy).hash == before


def test_a_lexicon_that_was_built_enters_the_image_and_changes_its_hash(copy: Path) -> None:
    built = copy / "app/insights/lexicon_bdpm.tsv.gz"
    built.unlink(missing_ok=True)
    before = images.content(copy).hash
    built.write_bytes(b"names")
    after = images.content(copy)
    assert after.hash != before
    assert "app/insights/lexicon_bdpm.tsv.gz" in {path.as_posix() for path in after.files}
    assert "var/task/app/insights/lexicon_bdpm.tsv.gz" in names_in(packing.layers_of(after)[-1])


def test_moving_a_line_from_one_file_to_the_next_changes_the_hash(copy: Path) -> None:
    (copy / "app" / "a.txt").write_text("ab")
    (copy / "app" / "b.txt").write_text("c")
    before = images.content(copy).hash
    (copy / "app" / "a.txt").write_text("a")
    (copy / "app" / "b.txt").write_text("bc")
    assert images.content(copy).hash != before


def test_the_configuration_is_the_dockerfiles(copy: Path) -> None:
    content = images.content(copy)
    configuration = packing.image_configuration(content, packing.layers_of(content))["config"]
    assert configuration["Cmd"] == ["python", "-m", "app"]
    assert configuration["WorkingDir"] == "/var/task"
    assert "AWS_LWA_READINESS_CHECK_PATH=/_stcore/health" in configuration["Env"]


def test_a_pushed_image_is_found_by_its_tag_and_has_its_manifests_digest(world: World, copy: Path) -> None:
    ecr, content = world.clients.ecr, images.content(copy)
    uri = images.ensure_repository(ecr, name="found")
    assert images.ensure_repository(ecr, name="found") == uri
    assert images.find(ecr, name="found", repository_uri=uri, tag=packing.tag(content)) is None
    pushed = packing.push(ecr, content, name="found", repository_uri=uri)
    assert images.find(ecr, name="found", repository_uri=uri, tag=packing.tag(content)) == pushed
    image_id = {"imageDigest": pushed.digest}
    manifest = ecr.batch_get_image(repositoryName="found", imageIds=[image_id])["images"][0]["imageManifest"]
    assert "sha256:" + hashlib.sha256(manifest.encode()).hexdigest() == pushed.digest
    assert json.loads(manifest)["layers"][0]["digest"].startswith("sha256:")


def test_what_is_edited_while_an_image_is_made_is_not_pushed_under_its_name(world: World, copy: Path) -> None:
    uri = images.ensure_repository(world.clients.ecr, name="edited-meanwhile")
    before = images.content(copy)
    (copy / "app" / "page.py").write_text("another page")
    with pytest.raises(images.EditedError, match=r"edited while.*Nothing was pushed"):
        packing.push(world.clients.ecr, before, name="edited-meanwhile", repository_uri=uri)
    tag = packing.tag(before)
    assert images.find(world.clients.ecr, name="edited-meanwhile", repository_uri=uri, tag=tag) is None


def test_tags_in_the_repository_cannot_be_moved(world: World) -> None:
    images.ensure_repository(world.clients.ecr, name="immutable")
    repository = world.clients.ecr.describe_repositories(repositoryNames=["immutable"])["repositories"][0]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}


def names_in(layer):
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as archive:
        return archive.getnames()


def recipe_that_builds(root, build):
    """A repository whose Dockerfile runs a build; `build` is the text of its module."""
    for name in ("app", "requirements"):
        (root / name).mkdir()
    for name in ("app.txt", "lean.py"):
        (root / "requirements" / name).touch()
    (root / "app" / "build.py").write_text(build)
    (root / "Dockerfile").write_text(
        'WORKDIR /var/task\nRUN true \\\n    && python -m app.build app/made\nCMD ["python", "-m", "app"]\n'
    )
    return root


def test_a_layer_of_its_own_holds_what_the_recipe_builds_and_the_hash_does_not(tmp_path):
    made = tmp_path / "kept"
    made.mkdir()
    (made / "result").write_text("made")
    root = recipe_that_builds(tmp_path, f"print({str(made)!r})")
    content = images.content(root)
    names = [names_in(layer) for layer in packing.layers_of(content)]
    assert names == [["var/task/app/made/result"], ["var/task/app/build.py"]]
    (root / "app" / "made").mkdir()
    (root / "app" / "made" / "result").write_text("made by hand")
    assert images.content(root).hash == content.hash


def test_a_changed_page_sends_no_layer_that_is_there(world: World, tmp_path: Path) -> None:
    made = tmp_path / "kept"
    made.mkdir()
    (made / "result").write_text("made")
    root = recipe_that_builds(tmp_path, f"print({str(made)!r})")
    ecr, sent = clients_of(world.account).ecr, []
    ecr.meta.events.register("before-call.ecr.UploadLayerPart", lambda **_: sent.append(1))
    uri = images.ensure_repository(ecr, name="layers")
    packing.push(ecr, images.content(root), name="layers", repository_uri=uri)
    assert len(sent) == 3  # two layers and the configuration
    (root / "app" / "page.py").write_text("another page")
    packing.push(ecr, images.content(root), name="layers", repository_uri=uri)
    assert len(sent) == 5


def test_a_build_that_fails_says_why(tmp_path):
    root = recipe_that_builds(tmp_path, "raise SystemExit('no brotli here')")
    with pytest.raises(packing.BuildError, match=r"app\.build.*no brotli here"):
        packing.layers_of(images.content(root))
