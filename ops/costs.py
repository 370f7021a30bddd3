"""What a change of the stack costs a month, estimated from a small table of prices.

An estimate of the difference, for a usage that it states; no bill. Free tiers, taxes, data transfer and what
language models cost are left out. What the table has no price for is named as not estimated.

Prices are those of the first tier, without any discount. Each names the page of AWS on which it stands and
the region that it is known for. Those pages draw their tables by script: the figures were collected in
November 2026 from what others quoted of them in 2025 and 2026, so look at the page before you rely on one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HOURS = 730  # of a month, as AWS counts
SECONDS = HOURS * 3600
MB_PER_GB = 1024


@dataclass(frozen=True)
class Price:
    """A price of AWS.

    Attributes:
        usd: Dollars for one unit.
        unit: What one unit is.
        region: What it is known for. AWS may ask another in the stage's region.
        source: The page of AWS on which it stands.
    """

    usd: float
    unit: str
    region: str
    source: str


LAMBDA = "https://aws.amazon.com/lambda/pricing/"
CLOUDFRONT = "https://aws.amazon.com/cloudfront/pricing/"
WAF = "https://aws.amazon.com/waf/pricing/"
CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
PARIS, VIRGINIA, EVERYWHERE = "eu-west-3", "us-east-1", "every region"

PRICES = {
    "x86_64": Price(0.0000166667, "GB-second", VIRGINIA, LAMBDA),
    # The price list's usage type EUW3-Lambda-GB-Second-ARM.
    "arm64": Price(0.0000133334, "GB-second", PARIS, LAMBDA),
    "invocation": Price(0.20 / 1e6, "request", PARIS, LAMBDA),
    # What runs in them costs less than elsewhere: that difference is left out.
    "provisioned_x86_64": Price(0.0000041667, "GB-second kept ready", VIRGINIA, LAMBDA),
    "provisioned_arm64": Price(0.0000033334, "GB-second kept ready", VIRGINIA, LAMBDA),
    # For Python and .NET; each restore costs $0.0001397998 per GB more, which is left out.
    "snapshot": Price(0.0000015046, "GB-second of a version's snapshot kept", VIRGINIA, LAMBDA),
    "api_request": Price(1.00 / 1e6, "request", VIRGINIA, "https://aws.amazon.com/api-gateway/pricing/"),
    # PriceClass_100 serves Europe and North America; Europe's requests cost more.
    "cdn_request": Price(0.0120 / 1e4, "HTTPS request", "Europe", CLOUDFRONT),
    "firewall": Price(5.00, "web ACL and month", EVERYWHERE, WAF),
    "firewall_rule": Price(1.00, "rule or group of AWS's own rules, and month", EVERYWHERE, WAF),
    "firewall_request": Price(0.60 / 1e6, "request", EVERYWHERE, WAF),
    "kms_key": Price(1.00, "key and month", EVERYWHERE, "https://aws.amazon.com/kms/pricing/"),
    "alarm": Price(0.10, "alarm of standard resolution and month", VIRGINIA, CLOUDWATCH),
    "log_storage": Price(0.03, "GB and month", VIRGINIA, CLOUDWATCH),
}


@dataclass(frozen=True)
class Usage:
    """How much the page is used in a month.

    Attributes:
        interactions: Requests that reach the function.
        seconds: How long one runs. More memory may make it shorter, which is not estimated.
        log_bytes: What one writes into a log group. A request that logs nothing of its own writes 690 bytes
            into the function's and 390 into the API's, measured on this stack.
    """

    interactions: int = 10_000
    seconds: float = 0.3
    log_bytes: int = 700

    def __str__(self) -> str:
        return f"{self.interactions:,} interactions of {self.seconds} s"


@dataclass(frozen=True)
class Part:
    """What a resource costs a month before and after, in dollars, by prices of which regions."""

    address: str
    before: float
    after: float
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Estimate:
    """What a plan changes in what a month costs.

    Attributes:
        usage: At which usage.
        region: The stage's.
        parts: The resources whose cost changes.
        unknown: Addresses of resources that change and have no price here.
    """

    usage: Usage
    region: str
    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()

    @property
    def difference(self) -> float:
        """Dollars a month, more or less than before."""
        return sum(part.after - part.before for part in self.parts)


def estimate(shown: Mapping[str, Any], *, region: str, usage: Usage = Usage()) -> Estimate:
    """Return what a plan changes in what a month costs.

    Args:
        shown: The whole plan, from `Terraform.show`.
        region: The stage's region.
        usage: How much the page is used.
    """
    parts, unknown = [], []
    for entry in _changed(shown):
        kind = entry["type"]
        if kind in _FREE:
            continue
        if kind not in _PRICED:
            unknown.append(entry["address"])
            continue
        priced = _PRICED[kind]
        before, after = (
            priced.monthly(values, _Context(shown, usage, side)) if (values := entry["change"][side]) else 0.0
            for side in ("before", "after")
        )
        if before != after:
            parts.append(Part(entry["address"], before, after, priced.regions))
    return Estimate(usage, region, tuple(parts), tuple(unknown))


def describe(estimate: Estimate) -> list[str]:
    """Return an estimate in lines for people; cents that do not change are left out."""
    lines = [f"Cost: {_signed(estimate.difference)} $/month (at {estimate.usage} a month)."]
    told = [part for part in estimate.parts if _dollars(part.before) != _dollars(part.after)]
    lines += [f"      {part.address}  {_dollars(part.before)} → {_dollars(part.after)}" for part in told]
    elsewhere = {region for part in told for region in part.regions} - {estimate.region, EVERYWHERE}
    if elsewhere:
        lines.append(
            f"      in part by prices of {', '.join(sorted(elsewhere))}: {estimate.region} may differ"
        )
    if estimate.unknown:
        lines.append(f"      not estimated: {', '.join(estimate.unknown)}")
    return lines


@dataclass(frozen=True)
class _Context:
    """What a resource's cost depends on beside its own values."""

    shown: Mapping[str, Any]
    usage: Usage
    side: str

    def function(self, name: str) -> Mapping[str, Any]:
        """Return the values of a function by its name."""
        functions = (
            entry["change"][self.side]
            for entry in self.shown["resource_changes"]
            if entry["type"] == "aws_lambda_function" and entry["change"][self.side]
        )
        return next((values for values in functions if values["function_name"] == name), {})


def _changed(shown: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in shown.get("resource_changes", ()):
        if entry["mode"] == "managed" and entry["change"]["actions"] != ["no-op"]:
            yield entry


def _function(values: Mapping[str, Any], context: _Context) -> float:
    usage = context.usage
    architecture = (values.get("architectures") or ["x86_64"])[0]
    gb_seconds: float = usage.interactions * usage.seconds * values["memory_size"] / MB_PER_GB
    requests = usage.interactions * PRICES["invocation"].usd
    return gb_seconds * PRICES[architecture].usd + requests + _snapshot(values)


def _snapshot(values: Mapping[str, Any]) -> float:
    """Return what a version's snapshot costs; that of an earlier one is kept, too, while it is used."""
    if not values.get("snap_start"):
        return 0.0
    memory_gb: float = values["memory_size"] / MB_PER_GB
    return memory_gb * SECONDS * PRICES["snapshot"].usd


def _provisioned(values: Mapping[str, Any], context: _Context) -> float:
    function = context.function(values["function_name"])
    architecture = (function.get("architectures") or ["x86_64"])[0]
    memory_gb = function.get("memory_size", 0) / MB_PER_GB
    ready_gb: float = values["provisioned_concurrent_executions"] * memory_gb
    return ready_gb * SECONDS * PRICES[f"provisioned_{architecture}"].usd


def _log_group(values: Mapping[str, Any], context: _Context) -> float:
    """Return what the kept log costs; what writing it costs does not change with the stack."""
    months: float = values["retention_in_days"] * 24 / HOURS
    kept_gb = context.usage.interactions * context.usage.log_bytes * months / 1e9
    return kept_gb * PRICES["log_storage"].usd


def _api(_values: Mapping[str, Any], context: _Context) -> float:
    return context.usage.interactions * PRICES["api_request"].usd


def _distribution(_values: Mapping[str, Any], context: _Context) -> float:
    return context.usage.interactions * PRICES["cdn_request"].usd


def _firewall(values: Mapping[str, Any], context: _Context) -> float:
    rules = len(values.get("rule") or ()) * PRICES["firewall_rule"].usd
    requests = context.usage.interactions * PRICES["firewall_request"].usd
    return PRICES["firewall"].usd + rules + requests


class _Priced:
    """How a kind of resource is priced: its monthly cost, and the prices that go into it."""

    def __init__(self, monthly: Callable[[Mapping[str, Any], _Context], float], *prices: str) -> None:
        self.monthly = monthly
        self.regions = tuple(sorted({PRICES[price].region for price in prices}))


_PRICED = {
    "aws_lambda_function": _Priced(_function, "x86_64", "arm64", "invocation", "snapshot"),
    "aws_lambda_provisioned_concurrency_config": _Priced(
        _provisioned, "provisioned_x86_64", "provisioned_arm64"
    ),
    "aws_apigatewayv2_api": _Priced(_api, "api_request"),
    "aws_cloudfront_distribution": _Priced(_distribution, "cdn_request"),
    "aws_wafv2_web_acl": _Priced(_firewall, "firewall", "firewall_rule", "firewall_request"),
    "aws_cloudwatch_log_group": _Priced(_log_group, "log_storage"),
    "aws_cloudwatch_metric_alarm": _Priced(lambda _values, _context: PRICES["alarm"].usd, "alarm"),
    "aws_kms_key": _Priced(lambda _values, _context: PRICES["kms_key"].usd, "kms_key"),
}

# What AWS asks nothing for, or only as a part of something above.
_FREE = frozenset(
    {
        "aws_acm_certificate",
        "aws_acm_certificate_validation",
        "aws_apigatewayv2_api_mapping",
        "aws_apigatewayv2_domain_name",
        "aws_apigatewayv2_integration",
        "aws_apigatewayv2_route",
        "aws_apigatewayv2_stage",
        # The first million of messages by e-mail and requests; a budget that only tells is free.
        # Sources: https://aws.amazon.com/sns/pricing/, https://aws.amazon.com/aws-cost-management/pricing/
        "aws_budgets_budget",
        "aws_cloudfront_origin_access_control",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_kms_alias",
        "aws_lambda_alias",
        "aws_lambda_function_event_invoke_config",
        "aws_lambda_function_url",
        "aws_lambda_permission",
        "aws_route53_record",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
        "aws_ssm_parameter",
        "terraform_data",
    }
)


def _signed(usd: float) -> str:
    return f"{'+' if usd >= 0 else '-'}{_dollars(abs(usd))}"


def _dollars(usd: float) -> str:
    return "under 0.01" if 0 < usd < 0.005 else f"{usd:.2f}"
