"""Whether an IAM policy allows something, as AWS decides it: denied by default, and a denial wins.

moto's own evaluation refuses what a statement's condition does not fit, though another one allows it.

Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements reference". What no policy of
ours has is left out: NotAction, NotResource, policy variables, and condition operators but those below.
"""

import re
from collections.abc import Mapping
from typing import Any

Context = Mapping[str, str]

_NOTHING_SAID: Context = {}

_OPERATORS = {
    "StringEquals": lambda found, wanted: found == wanted,
    "ArnEquals": lambda found, wanted: matches(wanted, found),
}


def allows(policy: Mapping[str, Any], action: str, resource: str, context: Context = _NOTHING_SAID) -> bool:
    """Whether the policy allows an action on a resource, in a request of which `context` is true."""
    effects = {
        statement["Effect"]
        for statement in as_list(policy["Statement"])
        if _is_about(statement, action, resource, context)
    }
    return "Allow" in effects and "Deny" not in effects


def actions(policy: Mapping[str, Any]) -> set[str]:
    """Return every action, or pattern of actions, that the policy allows somewhere."""
    allowed = (one for one in as_list(policy["Statement"]) if one["Effect"] == "Allow")
    return {action for one in allowed for action in as_list(one["Action"])}


def matches(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern with * and ?."""
    regular = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regular, text, re.DOTALL) is not None


def as_list(value: Any) -> list[Any]:
    """Return what is written as one thing or as a list of them."""
    return value if isinstance(value, list) else [value]


def _is_about(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    # An action's letters may be of either case.
    return (
        any(matches(one.lower(), action.lower()) for one in as_list(statement["Action"]))
        and any(matches(one, resource) for one in as_list(statement["Resource"]))
        and all(
            any(_OPERATORS[operator](context.get(key), wanted) for wanted in as_list(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )
