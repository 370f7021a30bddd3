"""A key's parameter: its versions and labels, and what a rotation takes back of them."""

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from ops.keys import parameters
from ops.keys.parameters import KeyChange, ParameterError
from tests.ops.worlds import World, clients_of


class Parameter:
    """One parameter, and what a rotation does to it."""

    def __init__(self, world: World, name: str) -> None:
        self.ssm, self.name = world.clients.ssm, name

    def put(self, key: str, **more: object) -> int:
        """Write it by hand."""
        arguments = {"Type": "SecureString", "Overwrite": True, **more}
        return self.ssm.put_parameter(Name=self.name, Value=key, **arguments)["Version"]

    def write(self, key: str, release: int = 7) -> KeyChange:
        """Write it as a release does."""
        before = parameters.newest(self.ssm, self.name)
        version = parameters.write(self.ssm, self.name, key, is_new=before is None, release=release)
        return KeyChange(name=self.name, before=before, version=version)

    def undo(self, change: KeyChange, release: int = 7) -> bool:
        return parameters.undo(self.ssm, change, release=release)

    @property
    def newest(self) -> str:
        return parameters.value(self.ssm, self.name)

    @property
    def labels(self) -> dict[str, int]:
        found = parameters.history(self.ssm, self.name)
        return {label: one.version for one in found for label in one.labels}

    @property
    def kms_keys(self) -> list[str]:
        pages = self.ssm.get_paginator("get_parameter_history").paginate(Name=self.name)
        return [one["KeyId"] for page in pages for one in page["Parameters"]]


@pytest.fixture
def parameter(world: World, request: pytest.FixtureRequest) -> Iterator[Parameter]:
    made = Parameter(world, f"/parameters/{request.node.name}"[:200])
    yield made
    made.ssm.delete_parameters(Names=[made.name])


def test_a_parameter_on_the_second_page_is_found(world: World) -> None:
    ssm = clients_of(world.account).ssm  # moto never leaves a page empty
    asked = {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["/a/key"]}]}
    found = {"Parameters": [{"Name": "/a/key", "Type": "SecureString", "Version": 3}]}
    with Stubber(ssm) as stubbed:
        stubbed.add_response("describe_parameters", {"Parameters": [], "NextToken": "more"}, asked)
        stubbed.add_response("describe_parameters", found, {**asked, "NextToken": "more"})
        assert parameters.newest(ssm, "/a/key") == 3


def test_a_plain_string_is_refused_with_the_way_out_of_it(parameter: Parameter) -> None:
    parameter.put("very-secret", Type="String")
    with pytest.raises(ParameterError, match=r"plain String.*Nothing was changed.*invoke keys.set") as raised:
        parameters.newest(parameter.ssm, parameter.name)
    assert "very-secret" not in str(raised.value)


def test_labels_say_what_became_of_each_version(parameter: Parameter) -> None:
    parameter.put("first")
    change = parameter.write("second")
    assert (change.before, change.version, parameter.labels) == (1, 2, {"pending": 2})
    assert parameters.is_pending(parameter.ssm, change)
    for _ in range(2):
        parameters.confirm(parameter.ssm, change)
        assert parameter.labels == {"live": 2, "previous": 1}
    assert not parameters.is_pending(parameter.ssm, change)
    parameters.confirm(parameter.ssm, parameter.write("third"))
    assert parameter.labels == {"live": 3, "previous": 2}


def test_a_key_that_somebody_deleted_needs_no_labels(parameter: Parameter) -> None:
    parameter.put("first")
    change = parameter.write("second")
    parameter.ssm.delete_parameter(Name=parameter.name)
    parameters.confirm(parameter.ssm, change)
    assert parameter.undo(change) is False
    parameter.put("another")
    parameters.confirm(parameter.ssm, change)
    assert parameter.labels == {"previous": 1}


def test_what_was_written_in_vain_is_followed_by_the_value_before(parameter: Parameter) -> None:
    parameter.put("first")
    change = parameter.write("second")
    assert parameter.undo(change) is True
    assert (parameter.newest, parameter.labels) == ("first", {"live": 3, "pending": 2})
    assert parameter.undo(change) is False
    assert len(parameters.history(parameter.ssm, parameter.name)) == 3


def test_a_run_that_died_before_it_knew_the_version_is_undone_too(parameter: Parameter) -> None:
    parameter.put("first")
    change = parameter.write("second").model_copy(update={"version": None})
    assert parameter.undo(change) is True
    assert parameter.newest == "first"


def test_the_only_copy_of_a_key_is_not_deleted(parameter: Parameter) -> None:
    change = parameter.write("the first of all")
    assert change.before is None
    assert parameter.undo(change) is False
    assert parameter.newest == "the first of all"


@pytest.mark.parametrize("is_written", [True, False])
def test_what_somebody_else_wrote_meanwhile_stays(parameter: Parameter, is_written: bool) -> None:
    parameter.put("first")
    change = parameter.write("second") if is_written else KeyChange(name=parameter.name, before=1)
    parameter.put("theirs")
    assert parameter.undo(change) is False
    assert parameter.newest == "theirs"
    assert parameters.delete(parameter.ssm, KeyChange(name=parameter.name, before=1)) is False
    assert parameter.newest == "theirs"


def test_what_another_release_wrote_stays(parameter: Parameter) -> None:
    parameter.put("first")
    change = parameter.write("second", release=8)
    assert parameter.undo(change.model_copy(update={"version": None}), release=7) is False
    assert parameter.newest == "second"


def test_a_parameter_that_somebody_else_makes_at_the_same_time_is_theirs(parameter: Parameter) -> None:
    parameter.put("theirs")
    with pytest.raises(ParameterError, match=r"Somebody else has just made .* Nothing was changed"):
        parameters.write(parameter.ssm, parameter.name, "mine", is_new=True, release=None)
    assert parameter.newest == "theirs"


def test_a_key_of_the_stages_own_in_kms_seals_what_is_written_later(
    parameter: Parameter, world: World
) -> None:
    arn = world.clients.client("kms").create_key()["KeyMetadata"]["Arn"]
    parameter.put("first", KeyId=arn)
    parameter.undo(parameter.write("second"))
    assert parameter.kms_keys == [arn] * 3


def test_a_deleted_key_is_gone_and_may_be_deleted_again(parameter: Parameter) -> None:
    parameter.put("first")
    change = KeyChange(name=parameter.name, before=1)
    assert [parameters.delete(parameter.ssm, change) for _ in range(2)] == [True, True]
    assert parameters.newest(parameter.ssm, parameter.name) is None
    assert parameters.history(parameter.ssm, parameter.name) == []
    with pytest.raises(ParameterError, match=r"There is no .*:1. Nothing was changed"):
        parameters.value(parameter.ssm, parameter.name, 1)
