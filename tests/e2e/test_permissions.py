"""The policies in terraform/permissions, held against what the commands ask of an account just now."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult

from ops import permissions
from tests.e2e.recording import PLACE, Asked, record

ASKED = json.loads(permissions.RECORDING.read_text())
AGAIN = "`nox -s permissions` writes them anew: look at what changed before you commit it"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asked]:
    """What each command asks, with real names of resources."""
    return record(tmp_path_factory.mktemp("recording"))


def test_each_role_is_allowed_all_that_its_commands_ask(asked: dict[str, Asked]) -> None:
    denied = [
        (role, command, action, resource)
        for role, commands in permissions.ROLES.items()
        for command in commands
        for action, resource in each(asked[command])
        if not allows(role, action, resource)
    ]
    assert denied == [], AGAIN


def test_no_role_is_allowed_what_none_of_its_commands_asks(asked: dict[str, Asked]) -> None:
    named = permissions.named(asked, PLACE)
    wanted = {role: permissions.document(role, named) for role in permissions.ROLES}
    there = {role: json.loads((permissions.DIRECTORY / f"{role}.json").read_text()) for role in wanted}
    found = {role: too_much(there[role], wanted[role]) for role in wanted}
    assert {role: extra for role, extra in found.items() if extra} == {}, AGAIN


def test_the_recording_names_every_command_that_somebody_may_give(asked: dict[str, Asked]) -> None:
    assert set(ASKED) == set(asked)
    assert {command for commands in permissions.ROLES.values() for command in commands} <= set(asked)


def each(asked: Asked) -> Iterator[tuple[str, str]]:
    for action, resources in asked.items():
        yield from ((action, resource) for resource in resources)


def allows(role: str, action: str, resource: str) -> bool:
    policy = IAMPolicy({"policy_document": json.dumps(permissions.policy(role, PLACE))})
    return policy.is_action_permitted(action, resource) is PermissionResult.PERMITTED


def too_much(there: dict[str, Any], wanted: dict[str, Any]) -> dict[str, list[str]]:
    """Return, by statement, the actions that are allowed and not wanted."""
    needed = {statement["Sid"]: set(statement["Action"]) for statement in wanted["Statement"]}
    extra = {
        one["Sid"]: sorted(set(one["Action"]) - needed.get(one["Sid"], set())) for one in there["Statement"]
    }
    return {name: actions for name, actions in extra.items() if actions}
