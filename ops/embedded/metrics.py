"""CloudWatch's metrics of functions: what the Lambda host measures, minute by minute, for three hours.

They are kept here and not in moto's CloudWatch, which would keep every value for ever and save it with the
account's state. moto asks for them when somebody looks a metric up; a restart forgets them.

Source: Lambda developer guide, "Using CloudWatch metrics with Lambda" and "Types of metrics for Lambda
functions": the names, their dimensions, one point a minute, and the time of a point is that of the
invocation's begin. Metrics of all functions together, without a dimension, are left out.
"""

import datetime
import threading
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum
from moto.core.common_models import CloudWatchMetricProvider

from ops.embedded.deployed import ACCOUNT_ID, FunctionVersion

NAMESPACE = "AWS/Lambda"

# AWS keeps minutes for 15 days. Here a look-up scans them all, and nobody looks further back.
KEPT_MINUTES = 180

Dimensions = tuple[tuple[str, str], ...]

_UNITS = {"Duration": "Milliseconds"}


@dataclass
class Statistics:
    """What one minute's values of a metric come to."""

    count: int = 0
    total: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")

    def add(self, value: float) -> None:
        """Count one more value."""
        self.count += 1
        self.total += value
        self.least, self.most = min(self.least, value), max(self.most, value)


@dataclass(frozen=True)
class Point:
    """One minute of one metric."""

    name: str
    dimensions: Dimensions
    minute: int
    statistics: Statistics

    @property
    def unit(self) -> str:
        """CloudWatch's name of the values' unit."""
        return _UNITS.get(self.name, "Count")


class Metrics:
    """Takes what is measured (a `Meter`), on any thread, and gives it back as minutes."""

    def __init__(self) -> None:
        self._minutes: dict[int, dict[tuple[str, str, Dimensions], Statistics]] = {}
        self._guard = threading.Lock()

    def measure(
        self, function: FunctionVersion, qualifier: str | None, began: float, /, **values: float
    ) -> None:
        """Count one value of each metric.

        Args:
            function: The version that ran, or would have.
            qualifier: What the caller named: a version, an alias, or nothing.
            began: When the invocation began, in seconds since 1970.
            **values: By the metric's name in CloudWatch.
        """
        minute = int(began // 60)
        with self._guard:
            if minute not in self._minutes:
                self._forget_before(minute - KEPT_MINUTES)
            metrics = self._minutes.setdefault(minute, {})
            for dimensions in dimensions_of(function, qualifier):
                for name, value in values.items():
                    key = (function.region, name, dimensions)
                    metrics.setdefault(key, Statistics()).add(value)

    def points(self, region: str) -> list[Point]:
        """Return all that is kept of a region, oldest first."""
        with self._guard:
            return [
                Point(name, dimensions, minute, statistics)
                for minute, metrics in sorted(self._minutes.items())
                for (where, name, dimensions), statistics in metrics.items()
                if where == region
            ]

    def _forget_before(self, minute: int) -> None:
        for old in [kept for kept in self._minutes if kept < minute]:
            del self._minutes[old]


def dimensions_of(function: FunctionVersion, qualifier: str | None) -> list[Dimensions]:
    """Return the dimensions under which an invocation counts.

    By function; by what the caller named; and, when that is an alias, by the version that it led to, so that
    the two versions of a weighted alias can be compared.
    """
    name = ("FunctionName", function.name)
    resource = ("Resource", f"{function.name}:{qualifier}" if qualifier else function.name)
    by_name: list[Dimensions] = [(name,), (name, resource)]
    # An alias is no number: Lambda API, CreateAlias, pattern of Name.
    if not qualifier or qualifier == "$LATEST" or qualifier.isdecimal():
        return by_name
    return [*by_name, (name, resource, ("ExecutedVersion", function.version))]


class _Functions(CloudWatchMetricProvider):
    """What moto's CloudWatch asks: it looks for the subclasses of this base."""

    source = Metrics()

    @classmethod
    def get_cloudwatch_metrics(cls, account_id: str, region: str) -> list[Any]:
        return [_datum(point) for point in cls.source.points(region)] if account_id == ACCOUNT_ID else []


def publish(metrics: Metrics) -> None:
    """Let moto's CloudWatch answer with these metrics from now on."""
    _Functions.source = metrics


def _datum(point: Point) -> MetricAggregatedDatum:
    return MetricAggregatedDatum(
        namespace=NAMESPACE,
        name=point.name,
        min_stat=point.statistics.least,
        max_stat=point.statistics.most,
        sample_count=point.statistics.count,
        sum_stat=point.statistics.total,
        dimensions=[{"Name": name, "Value": value} for name, value in point.dimensions],
        timestamp=datetime.datetime.fromtimestamp(point.minute * 60, datetime.UTC).replace(tzinfo=None),
        unit=point.unit,
    )
