"""boto3 clients of a stage.

The embedded account's are given everything by hand, so that no profile, variable or instance role of a
real account can slip in.
"""

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient


class Clients:
    """Clients of one account and region, each made when first asked for."""

    def __init__(self, *, region: str, environment: dict[str, str]) -> None:
        """Make clients that see what a process with `environment` would see.

        Args:
            region: AWS region.
            environment: The embedded account's variables, as `account.environment` returns them.
        """
        self.region = region
        self._environment = environment

    @cached_property
    def apigatewayv2(self) -> "ApiGatewayV2Client":
        """HTTP APIs."""
        return cast("ApiGatewayV2Client", self.client("apigatewayv2"))

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Tables."""
        return cast("DynamoDBClient", self.client("dynamodb"))

    @cached_property
    def ecr(self) -> "ECRClient":
        """Container registry."""
        return cast("ECRClient", self.client("ecr"))

    @cached_property
    def lambda_(self) -> "LambdaClient":
        """Functions."""
        return cast("LambdaClient", self.client("lambda"))

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
        import boto3  # a third of a second
        from botocore.session import Session as CoreSession

        # Neither a profile nor a file of the caller is looked at: they belong to other accounts.
        nothing = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}
        variables = {name: (None, None, value, None) for name, value in nothing.items()}
        return boto3.session.Session(
            botocore_session=CoreSession(session_vars=variables),
            aws_access_key_id=self._environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
        )

    def client(self, service: str) -> Any:
        """Return a new client of any service."""
        from botocore.config import Config

        # A synchronous invocation may run as long as the function's timeout; a retry would run it twice.
        config = Config(proxies={}, read_timeout=330, retries={"total_max_attempts": 1})
        endpoint = self._environment["AWS_ENDPOINT_URL"]
        return self._session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]  # any service
