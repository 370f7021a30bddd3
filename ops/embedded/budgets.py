"""What Budgets does and moto 5.2.5 does not: who is told of a budget, its tags, and its changes.

Without each of them Terraform could not read back a budget that it has made. Nothing costs anything here, so
that no budget is ever exceeded. Tested in tests/ops/embedded/test_patches.py, also against plain moto.
"""

import json
from typing import Any

from moto.budgets import models as budgets_models
from moto.budgets import responses as budgets_responses
from moto.budgets.exceptions import NotFoundException

_Budget: Any = budgets_models.Budget
_Response: Any = budgets_responses.BudgetsResponse


def budgets_are_read_back() -> None:
    """A budget shows whom each notification tells, and the tags that it was made with.

    Source: AWS Budgets API, DescribeSubscribersForNotification, ListTagsForResource and TagResource.
    """
    create = _Response.create_budget

    def create_budget(self: Any) -> str:
        answer: str = create(self)
        _of(self, self._get_param("Budget")["BudgetName"]).tags = self._get_param("ResourceTags") or []
        return answer

    def describe_subscribers_for_notification(self: Any) -> str:
        wanted = self._get_param("Notification")
        for notification in _of(self, self._get_param("BudgetName")).notifications:
            # Whether it has gone out is no part of its name.
            if all(notification.details.get(field) == value for field, value in wanted.items()):
                return json.dumps({"Subscribers": notification.subscribers})
        raise NotFoundException("Unable to get subscribers - the notification doesn't exist.")

    def list_tags_for_resource(self: Any) -> str:
        name = self._get_param("ResourceARN").partition(":budget/")[2]
        return json.dumps({"ResourceTags": getattr(_of(self, name), "tags", [])})

    _Response.create_budget = create_budget
    _Response.describe_subscribers_for_notification = describe_subscribers_for_notification
    _Response.list_tags_for_resource = list_tags_for_resource


def budgets_can_be_changed() -> None:
    """UpdateBudget changes a budget and keeps its notifications.

    Source: AWS Budgets API, UpdateBudget.
    """

    def update_budget(self: Any) -> str:
        wanted = self._get_param("NewBudget")
        _of(self, wanted["BudgetName"]).budget.update(wanted)
        return "{}"

    _Response.update_budget = update_budget


def _of(response: Any, name: str) -> Any:
    account = response._get_param("AccountId") or response.current_account
    found = response.backend.budgets[account].get(name)
    if found is None:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    return found
