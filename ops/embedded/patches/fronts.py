"""What moto lacks before a function: addresses that answer, of HTTP APIs, function URLs and distributions."""

import datetime
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.apigatewayv2 import models as apigateway_models
from moto.apigatewayv2 import responses as apigateway_responses
from moto.awslambda import models as lambda_models
from moto.awslambda import responses as lambda_responses
from moto.cloudfront import models as cloudfront_models
from moto.core.utils import camelcase_to_underscores
from moto.moto_api._internal import mock_random

from ops.embedded.deployed import latest_arn

# What is patched, untyped: that a method may be replaced is the point.
_LambdaResponse: Any = lambda_responses.LambdaResponse
_Api: Any = apigateway_models.Api
_DomainName: Any = apigateway_models.DomainName
_FunctionUrlConfig: Any = lambda_models.FunctionUrlConfig
_Distribution: Any = cloudfront_models.Distribution
_Origin: Any = cloudfront_models.Origin
_CacheBehavior: Any = cloudfront_models.DefaultCacheBehaviour
_ViewerCertificate: Any = cloudfront_models.ViewerCertificate
_ApiResponse: Any = apigateway_responses.ApiGatewayV2Response


def apis_answer_on_this_machine(endpoint: Callable[[str], str]) -> None:
    """An HTTP API's ApiEndpoint is the address at which our gateway serves it.

    moto stores APIs and executes none; it answers with the AWS address that leads nowhere from here.
    """
    create = _Api.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        if self.protocol_type == "HTTP":
            self.api_endpoint = endpoint(self.api_id)

    _Api.__init__ = init


def stages_can_be_changed() -> None:
    """UpdateStage changes what CreateStage was given.

    moto has no UpdateStage, and Terraform tries a change of the throttling again for minutes.
    Source: Amazon API Gateway V2 API, UpdateStage.
    """

    def update_stage(self: Any) -> tuple[int, dict[str, str], str]:
        *_, api_id, _, name = self.path.split("/")
        stage = self.apigatewayv2_backend.get_stage(api_id, unquote(name))
        for field, value in json.loads(self.body).items():
            setattr(stage, camelcase_to_underscores(field), value)
        stage.updated = datetime.datetime.now()  # as moto writes `created`
        return 200, {}, json.dumps(stage.to_json())

    _ApiResponse.update_stage = update_stage


def domain_names_are_available() -> None:
    """A name of one's own is available at once, says where it has to lead, and asks clients for nothing.

    moto says none of it: Terraform waits for the first, and finds certificates of clients in the last, which
    each plan would take away. Nothing answers there.
    Source: Amazon API Gateway V2 API, DomainNameConfiguration.
    """
    create = _DomainName.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        state = {
            "apiGatewayDomainName": f"d-{mock_random.uuid4().hex[:10]}.execute-api.invalid",
            "domainNameStatus": "AVAILABLE",
            "hostedZoneId": "Z0EMBEDDED",
        }
        self.domain_name_configurations = [{**one, **state} for one in self.domain_name_configurations]
        self.mutual_tls_authentication = self.mutual_tls_authentication or None

    _DomainName.__init__ = init


def function_urls_answer_on_this_machine(endpoint: Callable[[str], str]) -> None:
    """A function URL is the address at which it answers here, of the alias that it was made for.

    moto executes none, answers with an address in AWS, and forgets the qualifier.
    Source: AWS Lambda API, CreateFunctionUrlConfig.
    """
    create, describe = _FunctionUrlConfig.__init__, _FunctionUrlConfig.to_dict
    respond = _LambdaResponse.create_function_url_config

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.url_id = mock_random.uuid4().hex
        self.url = endpoint(self.url_id) + "/"

    def to_dict(self: Any) -> dict[str, Any]:
        described: dict[str, Any] = describe(self)
        qualifier = self.config.get("Qualifier")
        arn = latest_arn(self.function.region, self.function.function_name)
        return {**described, "FunctionArn": f"{arn}:{qualifier}" if qualifier else arn}

    def create_function_url_config(self: Any) -> Any:
        self.body = json.dumps({**self.json_body, "Qualifier": self._get_param("Qualifier")})
        return respond(self)

    _FunctionUrlConfig.__init__, _FunctionUrlConfig.to_dict = init, to_dict
    _LambdaResponse.create_function_url_config = create_function_url_config


def distributions_answer_on_this_machine(endpoint: Callable[[str], str]) -> None:
    """A distribution's domain name is the host and port at which it answers here.

    moto executes none, and answers with a name that leads nowhere.
    """
    create = _Distribution.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.domain_name = endpoint(self.id).removeprefix("http://")

    _Distribution.__init__ = init


def distributions_say_what_they_were_told() -> None:
    """An origin keeps its access control, a behavior forwards by its policies, and no certificate is made up.

    moto loses the first, and adds values of its own to the others; each makes every Terraform plan differ.
    Source: Amazon CloudFront API, Origin, CacheBehavior and ViewerCertificate.
    """
    make_origin, make_behavior = _Origin.__init__, _CacheBehavior.__init__
    make_certificate = _ViewerCertificate.__init__

    def origin(self: Any, config: dict[str, Any]) -> None:
        make_origin(self, config)
        self.origin_access_control_id = config.get("OriginAccessControlId") or ""

    def behavior(self: Any, config: dict[str, Any]) -> None:
        make_behavior(self, config)
        if self.cache_policy_id:
            self.forwarded_values = None

    def certificate(self: Any, config: dict[str, Any]) -> None:
        make_certificate(self, config)
        has_own = bool(self.acm_certificate_arn or self.iam_certificate_id)
        self.cloud_front_default_certificate = not has_own
        if not has_own:
            self.ssl_support_method = None

    _Origin.__init__, _CacheBehavior.__init__, _ViewerCertificate.__init__ = origin, behavior, certificate
