"""boto3 clients of a stage.

The embedded account's are given everything by hand, so that no profile, variable or instance role of a
real account can slip in. Those of an account in AWS find credentials as every AWS program does.
"""

import logging
import os
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.session import Session
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

# Waits double from one attempt to the next, up to 20 s: a minute and a half before AWS is taken at its word.
# Source: AWS SDKs and Tools Reference Guide, "Retry behavior", standard mode.
MAX_ATTEMPTS = 8

# No user waits longer than an HTTP API does.
ANSWER_LIMIT_S = 30


class Clients:
    """Clients of one account and region, each made when first asked for."""

    def __init__(self, *, region: str, environment: Mapping[str, str] | None = None) -> None:
        """Make clients of the embedded account, or of the one that this process's credentials belong to.

        Args:
            region: AWS region.
            environment: The embedded account's variables, as `account.environment` returns them; None for
                an account in AWS.
        """
        self.region = region
        self._environment = environment

    @cached_property
    def apigatewayv2(self) -> "ApiGatewayV2Client":
        """HTTP APIs."""
        return cast("ApiGatewayV2Client", self.client("apigatewayv2"))

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        """Metrics."""
        return cast("CloudWatchClient", self.client("cloudwatch"))

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Tables."""
        return cast("DynamoDBClient", self.client("dynamodb"))

    @cached_property
    def ecr(self) -> "ECRClient":
        """Container registry."""
        return cast("ECRClient", self.client("ecr"))

    @cached_property
    def iam(self) -> "IAMClient":
        """Roles, and whom they trust."""
        return cast("IAMClient", self.client("iam"))

    @cached_property
    def lambda_(self) -> "LambdaClient":
        """Functions."""
        return cast("LambdaClient", self.client("lambda"))

    @cached_property
    def invoker(self) -> "LambdaClient":
        """Functions, to ask them what they answer at once; what is asked may be asked twice."""
        return cast("LambdaClient", self.client("lambda", read_timeout=ANSWER_LIMIT_S, total_max_attempts=3))

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """Logs."""
        return cast("CloudWatchLogsClient", self.client("logs"))

    @cached_property
    def s3(self) -> "S3Client":
        """Terraform's state."""
        return cast("S3Client", self.client("s3"))

    @cached_property
    def ssm(self) -> "SSMClient":
        """Parameters."""
        return cast("SSMClient", self.client("ssm"))

    @cached_property
    def sts(self) -> "STSClient":
        """Whose account it is."""
        return cast("STSClient", self.client("sts"))

    @cached_property
    def _session(self) -> "Session":
        # botocore's, which makes the same clients: boto3 takes longer, for what nobody here uses.
        from botocore.session import Session

        keep_secrets_out_of_logs()
        if self._environment is None:
            return Session()
        session = _session_of_nobody()
        key, secret = (self._environment[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
        session.set_credentials(key, secret)
        return session

    def client(self, service: str, *, read_timeout: int = 60, total_max_attempts: int = MAX_ATTEMPTS) -> Any:
        """Return a new client of any service.

        Args:
            service: Its name in boto3.
            read_timeout: Seconds to wait for an answer.
            total_max_attempts: How often a request may be sent when AWS throttles it or is out of order.
        """
        from botocore.config import Config

        retries: Any = {"mode": "standard", "total_max_attempts": total_max_attempts}
        config, endpoint = Config(read_timeout=read_timeout, retries=retries), None
        if self._environment is not None:
            # An address takes no prefix, such as the one that AWS has for streams.
            here = Config(proxies={}, inject_host_prefix=False)
            endpoint, config = self._environment["AWS_ENDPOINT_URL"], config.merge(here)
        client: Any = self._session.create_client(
            service, region_name=self.region, endpoint_url=endpoint, config=config
        )
        client.meta.events.register("after-call", _note_where)
        return client


def known_regions(service: str) -> list[str]:
    """Return the regions of AWS that botocore knows a service in; nothing of the caller is looked at."""
    return _session_of_nobody().get_available_regions(service)


def _session_of_nobody() -> "Session":
    """Neither a profile nor a file of the caller is looked at: they belong to other accounts."""
    from botocore.session import Session

    nothing = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}
    session = Session(session_vars={name: (None, None, value, None) for name, value in nothing.items()})
    session.register_component("data_loader", _descriptions())
    return session


@cache
def _descriptions() -> "Loader":
    """What botocore knows of AWS's services, for all sessions: to read it is most of making a client."""
    from botocore.loaders import create_loader

    return create_loader()


def detour() -> str:
    """Return what leads the caller's clients elsewhere than to AWS, as the end of a sentence, or ""."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return f" through AWS_ENDPOINT_URL={endpoint}" if endpoint else ""


def keep_secrets_out_of_logs() -> None:
    """Let botocore and urllib3 log nothing below INFO, whatever the root logger says.

    At DEBUG botocore logs the bodies of requests and answers, keys decrypted, and `invoke --debug` turns
    the root logger to DEBUG.
    """
    for name in ("botocore", "urllib3"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.getEffectiveLevel(), logging.INFO))


def _note_where(*, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    """Let an error know which service refused, and where; botocore's own does not (ops/aws_errors.py)."""
    if "Error" in parsed:
        where = {"Service": model.service_model.signing_name, "Region": context.get("client_region")}
        parsed.setdefault("ResponseMetadata", {}).update(where)
