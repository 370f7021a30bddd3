"""What a plan would do, as values: for people to read, for gates to decide, and never a key in it.

`terraform show -json` gives every value of a plan, those of keys too. Whatever leaves this module is either
known not to be sensitive or replaced by a word.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.errors import OpsError
from ops.terraform import Change

HIDDEN = "(hidden)"
ABSENT = "(none)"
UNKNOWN = "(known after apply)"

# A version checks that requests come through what stood before it when it was published (terraform/front.tf).
_FRONTS = frozenset(
    {
        "aws_apigatewayv2_api",
        "aws_apigatewayv2_domain_name",
        "aws_cloudfront_distribution",
        "aws_lambda_function_url",
    }
)

_RIGHTS = "aws_iam_role_policy.function"
_KEY_ARN = re.compile(r'arn:[a-z-]+:kms:[^"]+:key/[^"]+')

_LONGEST = 60
_CONTEXT = 16

# Resources whose end loses something that no later apply brings back, and what that is.
STATEFUL = {
    "aws_apigatewayv2_api": "the address that users know",
    "aws_apigatewayv2_domain_name": "the address that users know",
    "aws_cloudfront_distribution": "the address that users know",
    "aws_cloudwatch_log_group": "everything that it has logged",
    "aws_cognito_user_pool": "its users and their passwords",
    "aws_dynamodb_table": "all items: the open sessions of everybody, uploads and results among them",
    "aws_ecr_repository": "its images, those of the live and of earlier versions",
    "aws_efs_file_system": "its files",
    "aws_kms_key": "everything that is encrypted with it, at once; for 30 days that can be cancelled",
    "aws_lambda_function": "its published versions, to which a rollback would go",
    "aws_lambda_function_url": "the address that users know",
    "aws_route53_zone": "its records and its name servers",
    "aws_s3_bucket": "its objects",
    "aws_secretsmanager_secret": "the secret and its versions",
    "aws_sns_topic": "its subscribers, who would have to confirm again that they want to be told",
    "aws_sqs_queue": "messages that nobody has read yet",
    "aws_ssm_parameter": "the parameter and its versions",
}

# Resources that hold nothing of their own: an apply makes them again as they were.
STATELESS = frozenset(
    {
        "aws_acm_certificate",
        "aws_acm_certificate_validation",
        "aws_apigatewayv2_api_mapping",
        "aws_apigatewayv2_integration",
        "aws_apigatewayv2_route",
        "aws_apigatewayv2_stage",
        "aws_budgets_budget",
        "aws_cloudfront_origin_access_control",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_log_metric_filter",
        "aws_cloudwatch_metric_alarm",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_kms_alias",
        "aws_lambda_alias",
        "aws_lambda_function_event_invoke_config",
        "aws_lambda_permission",
        "aws_lambda_provisioned_concurrency_config",
        "aws_route53_record",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
        "aws_wafv2_web_acl",
        "terraform_data",
    }
)


class LossError(OpsError):
    """A plan would destroy or replace what can't be made again; nothing was changed."""


def refuse_loss(changes: Iterable[Change], *, allow_destroy: bool) -> None:
    """Do nothing when a plan loses nothing, or may.

    A kind of resource that neither table names is taken for one that holds something.

    Args:
        changes: What the plan would do: `Plan.changes`.
        allow_destroy: The operator typed --allow-destroy.

    Raises:
        LossError: It would lose something; the message names each and what is lost.
    """
    lost = [
        change
        for change in changes
        if change.action in ("delete", "replace") and change.type not in STATELESS
    ]
    if not lost or allow_destroy:
        return
    lines = "\n".join(
        f"  {change.address} is {'replaced' if change.action == 'replace' else 'destroyed'}, and with it "
        f"{STATEFUL.get(change.type, 'whatever it holds: nothing here knows this kind of resource')}"
        for change in lost
    )
    raise LossError(
        f"The plan loses what no later apply brings back:\n{lines}\nNothing was changed. Correct terraform/ "
        f"or the stage's variables; if the loss is what you want, run the command again with --allow-destroy."
    )


def changed_fronts(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return what users come through and a plan makes, ends or replaces, by address."""
    return tuple(
        change.address
        for change in changes
        if change.type in _FRONTS and change.action in ("create", "delete", "replace")
    )


def changes_rights(changes: Iterable[Change]) -> bool:
    """Whether a plan would change what the function may do, which all of its versions share."""
    return any(change.address == _RIGHTS and change.action == "update" for change in changes)


def lost_keys(shown: Mapping[str, Any]) -> frozenset[str]:
    """Return the KMS keys, by ARN, that the function may decrypt with, and could not after an apply.

    Args:
        shown: The whole plan, from `Terraform.show`.
    """
    before, after = set[str](), set[str]()
    for entry in shown.get("resource_changes", ()):
        if entry["address"] == _RIGHTS:
            before, after = (
                set(_KEY_ARN.findall((entry["change"][when] or {}).get("policy") or ""))
                for when in ("before", "after")
            )
            if entry["change"]["after"] is not None and not after:
                after = _keys_told(shown)
    return frozenset(before - after)


def _keys_told(shown: Mapping[str, Any]) -> set[str]:
    """Return the KMS keys that a policy which is not known yet will name, as the variables have it."""
    told = {name: str(variable.get("value")) for name, variable in shown.get("variables", {}).items()}
    keys = {told.get("kms_key_arn", ""), told.get("previous_kms_key", "")}
    if told.get("customer_key", "").lower() == "true" or "customer_key" in keys:
        keys |= {
            entry["change"]["before"]["arn"]
            for entry in shown["resource_changes"]
            if entry["type"] == "aws_kms_key"
            and entry["change"]["before"]
            and "delete" not in entry["change"]["actions"]
        }
    return keys


@dataclass(frozen=True)
class Attribute:
    """A value of a resource that changes, as text that may be shown.

    Attributes:
        path: Where it is, such as "environment.variables.MODEL_NAME".
        before: What it was.
        after: What it would be.
        forces: It can't be changed in place: the resource is replaced.
    """

    path: str
    before: str
    after: str
    forces: bool = False


@dataclass(frozen=True)
class Resource:
    """A resource that changes.

    Attributes:
        address: Such as "aws_lambda_function.app".
        action: As in `Change`.
        attributes: What changes in it, when it was there before and still is.
    """

    address: str
    action: str
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class Summary:
    """What a plan would do.

    Attributes:
        resources: Those that change.
        keys: Environment variables that carry a key: the plan file and the state hold their values.
    """

    resources: tuple[Resource, ...]
    keys: tuple[str, ...] = ()


def summary(shown: Mapping[str, Any]) -> Summary:
    """Return what a plan would do.

    Args:
        shown: The whole plan, from `Terraform.show`.

    Source: Terraform, "JSON output format", change representation.
    """
    resources = tuple(
        Resource(entry["address"], action, _attributes(entry["change"], action))
        for entry in shown.get("resource_changes", ())
        if (action := _action(entry)) not in ("no-op", "read")
    )
    return Summary(resources, _keys(shown))


def is_empty(shown: Mapping[str, Any]) -> bool:
    """Whether an apply would change nothing, outputs included.

    Args:
        shown: The whole plan, from `Terraform.show`; nothing of a plan that Terraform itself calls empty.
    """
    outputs = shown.get("output_changes", {}).values()
    return not summary(shown).resources and all(change["actions"] == ["no-op"] for change in outputs)


@dataclass(frozen=True)
class Drift:
    """A value that somebody changed in the account, and that an apply would change back.

    Attributes:
        address: The resource.
        path: The attribute, or empty when the whole resource is gone.
        wanted: What terraform/ says.
        found: What the account has.
    """

    address: str
    path: str
    wanted: str
    found: str


def drift(shown: Mapping[str, Any]) -> tuple[Drift, ...]:
    """Return where the account differs both from what was applied and from what would be.

    A plan says more than that, and none of it is drift: what differs from the state only by its form (null
    and an empty list), what our own tasks change beside Terraform (keys, the alias), and what terraform/ has
    been given since the last apply.

    Args:
        shown: The whole plan, from `Terraform.show`.
    """
    planned = {entry["address"]: entry for entry in shown.get("resource_changes", ())}
    return tuple(
        itertools.chain.from_iterable(
            _drift(entry, planned[entry["address"]]["change"])
            for entry in shown.get("resource_drift", ())
            if entry["address"] in planned
        )
    )


def pending(shown: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the resources that an apply would change although nobody changed them in the account."""
    drifted = {found.address for found in drift(shown)}
    return tuple(
        resource.address
        for resource in summary(shown).resources
        # What merely depends on another change has nothing but values that are not known yet.
        if resource.address not in drifted
        and (not resource.attributes or any(found.after != UNKNOWN for found in resource.attributes))
    )


def _drift(entry: Mapping[str, Any], planned: Mapping[str, Any]) -> Iterator[Drift]:
    if entry["change"]["actions"] == ["delete"]:
        if planned["actions"] == ["create"]:
            yield Drift(entry["address"], "", "there", "gone")
        return
    drifted = {path for path, before, after in _leaves(entry["change"]) if before != after}
    for path, found, wanted in _leaves(planned):
        if path in drifted and found != wanted and wanted is not _UNKNOWN:
            hidden = _is_hidden(planned, path)
            told = (_text(wanted, found, hidden=hidden), _text(found, wanted, hidden=hidden))
            yield Drift(entry["address"], _name(path), *told)


def describe(summary: Summary) -> list[str]:
    """Return a plan in lines for people, its count last."""
    lines: list[str] = []
    for resource in summary.resources:
        lines.append(f"{_MARKS.get(resource.action, '  ~')} {resource.address} {_WORDS[resource.action]}")
        lines += _described(resource.attributes)
    if summary.keys:
        lines.append(
            f"{' and '.join(summary.keys)}: the plan file and the state hold the key itself "
            f"(key_delivery = environment)."
        )
    counts = [
        f"{count} {word}"
        for action, word in _WORDS.items()
        if (count := sum(resource.action == action for resource in summary.resources))
    ]
    return [*lines, f"Plan: {', '.join(counts)}." if counts else "Plan: nothing to change."]


def _described(attributes: Iterable[Attribute]) -> Iterator[str]:
    known = [attribute for attribute in attributes if attribute.after != UNKNOWN or attribute.forces]
    width = max((len(attribute.path) for attribute in known), default=0)
    for attribute in known:
        forces = "  forces the replacement" if attribute.forces else ""
        yield f"      {attribute.path:<{width}}  {attribute.before} → {attribute.after}{forces}"
    if pending := [attribute.path for attribute in attributes if attribute not in known]:
        yield f"      known after apply: {', '.join(pending)}"


_MARKS = {"create": "  +", "delete": "  -", "replace": "-/+", "remove": "  ."}
_WORDS = {
    "create": "added",
    "update": "changed",
    "replace": "replaced",
    "delete": "destroyed",
    "import": "taken over",
    "move": "renamed",
    "remove": "let go, and left as it is",
}


def _action(entry: Mapping[str, Any]) -> str:
    change = entry["change"]
    match change["actions"]:
        case ["delete", "create"] | ["create", "delete"]:
            return "replace"
        case ["forget"]:
            return "remove"
        case ["no-op"] | ["update"] if change.get("importing"):
            return "import"
        case ["no-op"] if entry.get("previous_address"):
            return "move"
        case ["update"] if change["before"] == change["after"] and not change.get("after_unknown"):
            # The state does not know yet that a value is sensitive, as after a key was set beside Terraform.
            return "no-op"
        case [action]:
            return str(action)
        case others:
            raise ValueError(f"Terraform plans {others} for {entry['address']}, which nothing here knows")


def _attributes(change: Mapping[str, Any], action: str) -> tuple[Attribute, ...]:
    if action not in ("update", "replace", "import"):
        return ()
    forcing = [tuple(path) for path in change.get("replace_paths") or ()]
    changed = []
    for path, before, after in _leaves(change):
        forces = any(path[: len(forced)] == forced for forced in forcing)
        # A resource made anew gets all its computed values again: those are no news.
        if before == after or (action == "replace" and not forces and after in (None, _UNKNOWN)):
            continue
        hidden = _is_hidden(change, path)
        told = (_text(before, after, hidden=hidden), _text(after, before, hidden=hidden))
        changed.append(Attribute(_name(path), *told, forces))
    return tuple(changed)


def _keys(shown: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the environment variables of functions that Terraform was given as sensitive."""
    named = {
        path[-1]
        for entry in shown.get("resource_changes", ())
        if entry["address"].startswith("aws_lambda_function.")
        for path, mark in _flat(entry["change"].get("after_sensitive") or {})
        if mark is True and "variables" in path
    }
    return tuple(sorted(str(name) for name in named))


# --------------------------------------------------------------------- values and where they are

_Path = tuple[str | int, ...]

_UNKNOWN = object()


def _leaves(change: Mapping[str, Any]) -> Iterator[tuple[_Path, Any, Any]]:
    """Yield each plain value of a change: where it is, what it was, what it would be.

    Null, an empty list and an empty map are one: providers answer one for the other.
    """
    before, after = dict(_flat(change.get("before"))), dict(_flat(change.get("after")))
    for path, mark in _flat(change.get("after_unknown")):
        if mark is True:
            # What is not known may be a whole list or map: it is one value then.
            was = _at(change.get("before"), path)
            before = {leaf: value for leaf, value in before.items() if leaf[: len(path)] != path}
            before[path] = json.dumps(was) if isinstance(was, dict | list) else was
            after[path] = _UNKNOWN
    for path in sorted(before.keys() | after.keys(), key=str):
        yield path, before.get(path), after.get(path)


def _flat(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _flat(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _flat(inner, (*path, index))
        case None:
            return
        case _:
            yield path, value


def _at(value: Any, path: _Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _name(path: _Path) -> str:
    """Return a path as people write it: the only block of its kind has no number."""
    return ".".join(str(step) for step in path if step != 0)


def _text(value: Any, other: Any, *, hidden: bool) -> str:
    """Return a value as text that may be shown, beside the value that it differs from."""
    if value is None:
        return ABSENT
    if value is _UNKNOWN:
        return UNKNOWN
    return HIDDEN if hidden else _shortened(value, other)


def _is_hidden(change: Mapping[str, Any], path: _Path) -> bool:
    """Whether a value is sensitive, by Terraform's marks or because nobody knows what it is.

    A variable of a function that terraform/ does not name was put there by hand, and may be a key. The secret
    by which CloudFront is known is in headers and in an output that do not take Terraform's marks along.
    """
    every = (change.get("before_sensitive"), change.get("after_sensitive"))
    is_made_of_a_secret = path[0] == "output" and any(_at(marks, ("input",)) is True for marks in every)
    if is_made_of_a_secret or "custom_header" in path:
        return True
    for marks in every:
        above = (_at(marks, path[:depth]) for depth in range(len(path)))
        within = (mark for _, mark in _flat(_at(marks, path)))
        if any(mark is True for mark in itertools.chain(above, within)):
            return True
    return path[0] == "environment" and _at(change.get("after"), path) is None


def _shortened(value: Any, other: Any) -> str:
    """Return a value on a part of a line, from where it begins to differ from another."""
    text, beside = (v if isinstance(v, str) else json.dumps(v) for v in (value, _known(other)))
    if len(text) <= _LONGEST:
        return text or '""'
    pairs = zip(text, beside, strict=False)
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    start = max(0, same - _CONTEXT)
    cut = text[start : start + _LONGEST]
    return f"{'…' if start else ''}{cut}{'…' if start + _LONGEST < len(text) else ''}"


def _known(value: Any) -> Any:
    return "" if value is None or value is _UNKNOWN else value
