"""What a request to AWS asks for: the action that a policy would have to allow, and on which resource.

Source: Service Authorization Reference, and botocore's service models for the addresses of operations.
"""

import functools
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.loaders import Loader

from ops.aws_errors import iam_action
from ops.embedded.deployed import ACCOUNT_ID

# Services whose requests name the operation by method and path alone, as botocore calls their models.
_REST_MODELS = {
    "lambda": "lambda",
    "s3": "s3",
    "apigateway": "apigatewayv2",
    "cloudfront": "cloudfront",
    "route53": "route53",
}
_IN_XML = ("cloudfront", "route53", "s3")

# Of the same method and path as another one, at an endpoint of its own.
_ASKED_ELSEWHERE = {"ListDirectoryBuckets"}

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/")


@dataclass(frozen=True)
class Asked:
    """A request, as IAM sees it.

    Attributes:
        protocol: How the service speaks: json, query, rest-json, rest-xml or cbor.
        action: Such as "lambda:UpdateAlias".
        resource: Its ARN, or "*".
        others: ARNs of more resources that the same request is about.
    """

    protocol: str
    action: str
    resource: str
    others: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The part of the action before its colon."""
        return self.action.partition(":")[0]


def asked(environ: dict[str, Any], body: bytes) -> Asked | None:
    """Return what a signed request asks for, or None when it can't be told."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if scope is None:
        return None
    region, signed_for = scope["region"], scope["service"]
    path = unquote(environ["PATH_INFO"])
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        content = json.loads(body or b"{}")
        protocol, operation = "json", target.rpartition(".")[2]
    elif environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        protocol, operation, content = "cbor", path.rpartition("/")[2], {}
    elif model := _REST_MODELS.get(signed_for):
        protocol = "rest-xml" if signed_for in _IN_XML else "rest-json"
        operation = _rest_operation(model, environ["REQUEST_METHOD"], path, environ)
        content = _named_function(body) if operation == "CreateFunction" else {}
        query = parse_qs(environ.get("QUERY_STRING", ""))
        content |= {name: query[name][0] for name in ("Qualifier", "Resource") if name in query}
    else:
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        protocol, operation, content = "query", form.get("Action", ""), form
    resource, *others = _resources(signed_for, region, path, content)
    return Asked(protocol, iam_action(signed_for, operation), resource, tuple(others))


def _rest_operation(model: str, method: str, path: str, environ: dict[str, Any]) -> str:
    if model == "apigatewayv2":
        return method  # its actions are the methods: apigateway:POST
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    fitting = [
        (len(markers), literal, name)
        for name, wanted, pattern, markers, literal in _operations(model)
        if wanted == method
        and pattern.fullmatch(path)
        and markers <= query.keys()
        and name not in _ASKED_ELSEWHERE
    ]
    # The most query markers, then the longest literal path, then the alphabet: CopyObject differs from
    # PutObject by a header alone, and needs the same action.
    return max(fitting, default=(0, 0, "Unknown"))[2]


@functools.cache
def _operations(model: str) -> list[tuple[str, str, re.Pattern[str], set[str], int]]:
    """Return name, method, path, query markers and length of the literal path of a service's operations."""
    described = Loader().load_service_model(model, "service-2")
    return [_operation(operation, described["shapes"]) for operation in described["operations"].values()]


def _operation(
    operation: dict[str, Any], shapes: dict[str, Any]
) -> tuple[str, str, re.Pattern[str], set[str], int]:
    address, _, query = operation["http"]["requestUri"].partition("?")
    parts = re.split(r"\{(\w+\+?)\}", address.rstrip("/"))
    pattern = "".join(
        re.escape(part) if index % 2 == 0 else (".+" if part.endswith("+") else "[^/]+")
        for index, part in enumerate(parts)
    )
    given = shapes.get(operation.get("input", {}).get("shape"), {})
    required = (given["members"][name] for name in given.get("required", ()))
    markers = {marker.partition("=")[0] for marker in query.split("&") if marker} | {
        member["locationName"] for member in required if member.get("location") == "querystring"
    }
    literal = sum(map(len, parts[::2]))
    name = re.sub(r"\d{4}_\d\d_\d\d$", "", operation["name"])  # as CloudFront's have the API's version
    return name, operation["http"]["method"], re.compile(pattern + "/?"), markers, literal


def _named_function(body: bytes) -> dict[str, Any]:
    """Return what a request says that names its function in its body, and not in its path."""
    content: dict[str, Any] = json.loads(body or b"{}")
    return content


def _resources(service: str, region: str, path: str, content: dict[str, Any]) -> list[str]:
    match service, content:
        case "ssm", {"Names": [*names]}:
            return [_resource(service, region, path, {"Name": name}) for name in names]
        case "dynamodb", {"RequestItems": {**tables}}:
            return [_resource(service, region, path, {"TableName": name}) for name in tables]
        case "ecr", {"repositoryNames": [*names]}:
            return [_resource(service, region, path, {"repositoryName": name}) for name in names]
        case "monitoring", {"AlarmNames.member.1": _}:
            names = [value for name, value in content.items() if name.startswith("AlarmNames.member.")]
            return [_resource(service, region, path, {"AlarmName": name}) for name in names]
        case "logs", {"logGroupIdentifiers": [*arns]}:
            return list(map(str, arns))
    return [_resource(service, region, path, content)]


def _resource(service: str, region: str, path: str, content: dict[str, Any]) -> str:
    begin = f"arn:aws:{service}:{region}:{ACCOUNT_ID}:"
    match service, content:
        case "s3", _:
            return f"arn:aws:s3:::{path.strip('/')}" if path.strip("/") else "*"
        case "lambda", _ if function := re.search(r"/functions/([^/]+)", path):
            name, qualifier = function[1].rpartition(":function:")[2], content.get("Qualifier")
            return f"{begin}function:{name}:{qualifier}" if qualifier else f"{begin}function:{name}"
        case "lambda", {"FunctionName": str(name)}:
            return f"{begin}function:{name}"
        case "cloudfront" | "acm", {"Resource": str(arn)} | {"CertificateArn": str(arn)}:
            return arn
        case "cloudfront", _:
            _, kind, *names = path.strip("/").split("/")
            return f"arn:aws:cloudfront::{ACCOUNT_ID}:{kind}/{names[0] if names else '*'}"
        case "acm", {"DomainName": _}:
            return f"{begin}certificate/*"
        case "route53", _ if named := re.search(r"(hostedzone|change)/[^/]+", path):
            return f"arn:aws:route53:::{named[0]}"
        case "wafv2", {"Name": str(name), "Scope": "CLOUDFRONT"}:
            return f"{begin}global/webacl/{name}/{content.get('Id', '*')}"
        case "apigateway", _:
            return f"arn:aws:apigateway:{region}::{path.removeprefix('/v2')}"
        case "ssm", ({"Name": str(name)} | {"Path": str(name)}):
            # A version or label stands behind a colon.
            return f"{begin}parameter/{name.lstrip('/').partition(':')[0]}"
        case "ssm", {"ResourceType": "Parameter", "ResourceId": str(name)}:
            return f"{begin}parameter/{name.lstrip('/')}"
        case "monitoring", {"AlarmName": str(name)}:
            return f"arn:aws:cloudwatch:{region}:{ACCOUNT_ID}:alarm:{name}"
        case "budgets", {"BudgetName": str(name)} | {"Budget": {"BudgetName": str(name)}} | {
            "NewBudget": {"BudgetName": str(name)}
        }:
            return f"arn:aws:budgets::{ACCOUNT_ID}:budget/{name}"
        case "sns", {"TopicArn": str(arn)} | {"SubscriptionArn": str(arn)}:
            return arn
        case "sns", {"Name": str(name)}:
            return f"{begin}{name}"
        case "kms", {"AliasName": str(name)}:
            return f"{begin}{name}"
        case "kms", {"KeyId": str(key)}:
            return key if key.startswith("arn:") else f"{begin}{key if '/' in key else f'key/{key}'}"
        case "ecr", {"repositoryName": str(name)}:
            return f"{begin}repository/{name}"
        case "dynamodb", {"TableName": str(name)}:
            return f"{begin}table/{name}"
        case "logs", {"logGroupName": str(name)}:
            return f"{begin}log-group:{name}:log-stream:"
        case "iam", {"RoleName": str(name)}:
            return f"arn:aws:iam::{ACCOUNT_ID}:role/{name}"
        case "iam", {"Url": str(url)}:
            return f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{url.removeprefix('https://')}"
        case _, {"ResourceArn": str(arn)} | {"ResourceARN": str(arn)} | {"resourceArn": str(arn)} | {
            "OpenIDConnectProviderArn": str(arn)
        }:
            return arn
    return "*"
