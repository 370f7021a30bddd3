"""A key replaced in the embedded account: what users, the ledger, the labels and `$LATEST` are after it."""

from ops import deploy, inputs
from tests.ops.keys.keyed import SECOND, Keyed


def test_a_rotation_moves_users_to_a_version_that_holds_the_new_key(stage: Keyed) -> None:
    before = stage.live
    done = stage.rotate(SECOND)
    assert (stage.used(), stage.newest()) == (SECOND, SECOND)
    assert (done.parameter, done.parameter_version, done.version) == (stage.parameter, 2, stage.live)
    assert stage.labels() == {"live": 2, "previous": 1}
    assert (
        stage.variables()
        == stage.variables(stage.live)
        == {**stage.variables(before), "OPENAI_API_KEY": SECOND}
    )
    written = stage.newest_release()
    assert (written.kind, written.result, written.number) == ("key", "good", done.release)
    assert written.key is not None
    assert (written.key.name, written.key.before, written.key.version) == (stage.parameter, 1, 2)


def test_a_deployment_right_after_a_rotation_has_nothing_to_do(stage: Keyed) -> None:
    stage.rotate(SECOND)
    assert deploy.preview(stage.settings) == []
    assert inputs.unchanged(stage.stack) == stage.newest_release()
