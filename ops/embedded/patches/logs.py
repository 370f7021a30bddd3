"""What moto's CloudWatch Logs lacks."""

import json
from types import SimpleNamespace
from typing import Any

from moto.logs import models as logs_models
from moto.logs import responses as logs_responses
from moto.logs.exceptions import InvalidParameterException as LogsInvalidParameterException
from moto.logs.exceptions import ResourceNotFoundException as LogsResourceNotFoundException

from ops.embedded import filter_patterns

# What is patched, untyped: that a method may be replaced is the point.
_LogsResponse: Any = logs_responses.LogsResponse
_logs_models: Any = logs_models


def log_streams_are_found_by_their_prefix() -> None:
    """FilterLogEvents with a prefix answers the events of the streams that begin with it.

    moto answers those of all streams, so that a version is taken for what another one wrote.
    Source: CloudWatch Logs API, FilterLogEvents, parameter logStreamNamePrefix.
    """
    respond = _LogsResponse.filter_log_events

    def filter_log_events(self: Any) -> str:
        prefix = self._get_param("logStreamNamePrefix") or ""
        answer = json.loads(respond(self))
        for part in ("events", "searchedLogStreams"):
            answer[part] = [found for found in answer[part] if found["logStreamName"].startswith(prefix)]
        return json.dumps(answer)

    _LogsResponse.filter_log_events = filter_log_events


def filter_patterns_are_evaluated_or_refused() -> None:
    """FilterLogEvents answers the events that match the pattern, and refuses one that is not evaluated here.

    moto knows words and one phrase; to everything else every event is a match.
    Source: CloudWatch Logs API, FilterLogEvents, parameter filterPattern and InvalidParameterException.
    """
    respond = _LogsResponse.filter_log_events

    def message_filter(pattern: str | None) -> SimpleNamespace:
        try:
            return SimpleNamespace(matches=filter_patterns.compiled(pattern or ""))
        except filter_patterns.PatternError as error:
            raise LogsInvalidParameterException(f"{error}.") from error

    def filter_log_events(self: Any) -> str:
        message_filter(self._get_param("filterPattern"))  # also where there is no event to match
        answer: str = respond(self)
        return answer

    _LogsResponse.filter_log_events = filter_log_events
    _logs_models.EventMessageFilter = message_filter


def log_groups_take_another_key() -> None:
    """AssociateKmsKey encrypts what a log group takes from then on with a key of ours, its opposite not.

    moto knows a key only where a group is made. Source: CloudWatch Logs API, AssociateKmsKey.
    """

    def associate(self: Any) -> str:
        self.logs_backend.groups[self._get_param("logGroupName")].kms_key_id = self._get_param("kmsKeyId")
        return "{}"

    _LogsResponse.associate_kms_key = _LogsResponse.disassociate_kms_key = associate


def live_tails_are_of_their_own_groups() -> None:
    """StartLiveTail shows the groups whose ARNs it is given, and refuses one that is not there.

    moto takes the group that was made last, whichever ARN is asked for.
    Source: CloudWatch Logs API, StartLiveTail, parameter logGroupIdentifiers.
    """

    def find(self: Any, identifier: str) -> Any:
        found = next((group for group in self.groups.values() if group.arn == identifier), None)
        if found is None:
            raise LogsResourceNotFoundException
        return found

    _logs_models.LogsBackend._find_live_tail_log_group = find
