"""What AWS and botocore raise, as our errors."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from botocore import exceptions as theirs
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from awswhitelist.aws.aws_codes import EXPIRED_CODES
from awswhitelist.aws.errors import from_client_error, from_library_error, translated
from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    ClockSkewError,
    CredentialsError,
    CredentialsExpiredError,
    CredentialsInvalidError,
    InvalidArgumentError,
    PermissionMissingError,
    QuotaExceededError,
    RegionMissingError,
    RegionNotEnabledError,
    RuleExistsError,
    RuleNotFoundError,
    SecurityGroupNotFoundError,
    ThrottledError,
    UnavailableError,
)

SECRET = "AQoDYXdzEJr-encoded-authorization-message"


def client_error(
    code: str,
    *,
    status: int = 400,
    operation: str = "AuthorizeSecurityGroupIngress",
    message: str = SECRET,
    **headers: str,
) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {
            "RequestId": "aws-1",
            "HTTPStatusCode": status,
            "HTTPHeaders": {name.replace("_", "-"): value for name, value in headers.items()},
        },
    }
    return ClientError(response, operation)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("RequestLimitExceeded", ThrottledError),
        ("Throttling", ThrottledError),
        ("ThrottlingException", ThrottledError),
        ("TooManyRequestsException", ThrottledError),
        ("SlowDown", ThrottledError),
        ("DependencyThrottle", ThrottledError),
        ("EC2ThrottledException", ThrottledError),
        ("IDPCommunicationError", UnavailableError),
        ("InternalError", UnavailableError),
        ("ServiceUnavailable", UnavailableError),
        ("Unavailable", UnavailableError),
        ("UnauthorizedOperation", PermissionMissingError),
        ("AccessDenied", PermissionMissingError),
        ("AccessDeniedException", PermissionMissingError),
        ("ExpiredToken", CredentialsExpiredError),
        ("ExpiredTokenException", CredentialsExpiredError),
        ("RequestExpired", CredentialsExpiredError),
        ("AuthFailure", CredentialsInvalidError),
        ("InvalidClientTokenId", CredentialsInvalidError),
        ("SignatureDoesNotMatch", CredentialsInvalidError),
        ("InvalidSignatureException", CredentialsInvalidError),
        ("InvalidIdentityToken", CredentialsInvalidError),
        ("OptInRequired", RegionNotEnabledError),
        ("RequestTimeTooSkewed", ClockSkewError),
        ("RulesPerSecurityGroupLimitExceeded", QuotaExceededError),
        ("InvalidPermission.Duplicate", RuleExistsError),
        ("InvalidPermission.NotFound", RuleNotFoundError),
        ("InvalidSecurityGroupRuleId.NotFound", RuleNotFoundError),
        ("InvalidID", RuleNotFoundError),
        ("InvalidGroup.NotFound", SecurityGroupNotFoundError),
        ("InvalidGroupId.Malformed", SecurityGroupNotFoundError),
        ("InvalidParameterValue", AwsError),
    ],
)
def test_each_aws_code_has_its_error_class(code: str, expected: type[AwsWhitelistError]) -> None:
    error = from_client_error(client_error(code), service="ec2", target="sg-1")
    assert type(error) is expected
    assert error.details["aws_code"] == code
    assert error.details["aws_request_id"] == "aws-1"


def test_a_request_that_came_too_late_is_said_to_be_the_keys_or_the_clock() -> None:
    assert "clock" in from_client_error(client_error("RequestExpired"), service="ec2").remedy
    assert "RequestExpired" in EXPIRED_CODES


@pytest.mark.parametrize(
    ("status", "expected"), [(503, UnavailableError), (429, ThrottledError), (400, AwsError)]
)
def test_an_unknown_code_goes_by_the_http_status(
    status: int, expected: type[AwsWhitelistError]
) -> None:
    error = from_client_error(client_error("Strange", status=status), service="ec2")
    assert type(error) is expected


def test_a_denial_names_the_action_that_was_called() -> None:
    error = from_client_error(client_error("UnauthorizedOperation"), service="ec2")
    assert error.details["missing_permissions"] == ["ec2:AuthorizeSecurityGroupIngress"]


def test_a_denial_names_the_action_that_aws_says_is_missing() -> None:
    message = (
        "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/al "
        f"is not authorized to perform: ec2:CreateTags on resource: x. Encoded: {SECRET}"
    )
    error = from_client_error(client_error("UnauthorizedOperation", message=message), service="ec2")
    assert error.details["missing_permissions"] == ["ec2:CreateTags"]


def test_a_denied_sign_in_names_the_action_of_the_sign_in() -> None:
    error = from_client_error(client_error("AccessDenied", operation="AssumeRole"), service="ec2")
    assert error.details["missing_permissions"] == ["sts:AssumeRole"]


def test_a_missing_group_is_named() -> None:
    error = from_client_error(client_error("InvalidGroup.NotFound"), service="ec2", target="sg-1")
    assert error.summary == SecurityGroupNotFoundError("sg-1").summary


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Sun, 22 Nov 2026 13:15:06 GMT", None),
        ("-1", None),
        ("9" * 400, None),
        ("", None),
    ],
)
def test_retry_after_is_read_where_it_is_in_seconds(header: str, seconds: float | None) -> None:
    error = client_error("Throttling", retry_after=header)
    assert from_client_error(error, service="ec2").retry_after == seconds


@pytest.mark.parametrize("message", [None, 5, {"a": 1}])
def test_an_error_whose_message_is_no_text_is_known_by_its_code(message: Any) -> None:
    error = from_client_error(client_error("AccessDenied", message=message), service="ec2")
    assert isinstance(error, PermissionMissingError)


def test_an_answer_without_any_particulars_is_still_an_aws_error() -> None:
    error = from_client_error(ClientError({}, "DescribeVpcs"), service="ec2")
    assert (type(error), error.details) == (AwsError, {"aws_code": ""})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (theirs.NoCredentialsError(), CredentialsError),
        (theirs.PartialCredentialsError(provider="env", cred_var="x"), CredentialsError),
        (theirs.CredentialRetrievalError(provider="x", error_msg=SECRET), CredentialsError),
        (theirs.MetadataRetrievalError(error_msg=SECRET), CredentialsError),
        (theirs.ProfileNotFound(profile="prod"), CredentialsError),
        (theirs.ConfigParseError(path="x"), CredentialsError),
        (theirs.InfiniteLoopConfigError(source_profile="a", visited_profiles=[]), CredentialsError),
        (theirs.SSOTokenLoadError(error_msg=SECRET), CredentialsExpiredError),
        (theirs.UnauthorizedSSOTokenError(), CredentialsExpiredError),
        (theirs.TokenRetrievalError(provider="x", error_msg=SECRET), CredentialsExpiredError),
        (theirs.LoginRefreshRequired(), CredentialsExpiredError),
        (theirs.RefreshWithMFAUnsupportedError(), CredentialsExpiredError),
        (theirs.MissingDependencyException(msg=SECRET), CredentialsError),
        (theirs.NoRegionError(), RegionMissingError),
        (theirs.InvalidRegionError(region_name="x y"), InvalidArgumentError),
        (theirs.EndpointConnectionError(endpoint_url="x", error=SECRET), UnavailableError),
        (theirs.ConnectTimeoutError(endpoint_url="x"), UnavailableError),
        (theirs.ReadTimeoutError(endpoint_url="x"), UnavailableError),
        (theirs.ConnectionClosedError(endpoint_url="x"), UnavailableError),
        (theirs.SSLError(endpoint_url="x", error=OSError(SECRET)), UnavailableError),
        (theirs.ProxyConnectionError(proxy_url="http://u:pw@proxy"), UnavailableError),
        (theirs.HTTPClientError(error=SECRET), UnavailableError),
        (theirs.IncompleteReadError(actual_bytes=1, expected_bytes=2), UnavailableError),
        (ResponseParserError(SECRET), UnavailableError),
        (theirs.ParamValidationError(report=SECRET), AwsError),
    ],
)
def test_each_botocore_error_has_its_error_class(
    error: Exception, expected: type[AwsWhitelistError]
) -> None:
    assert type(from_library_error(error)) is expected


def test_tls_proxy_and_unreachable_endpoints_have_remedies_of_their_own() -> None:
    remedies = {
        from_library_error(error).remedy
        for error in (
            theirs.SSLError(endpoint_url="x", error=OSError("y")),
            theirs.ProxyConnectionError(proxy_url="x"),
            theirs.EndpointConnectionError(endpoint_url="x"),
            theirs.ReadTimeoutError(endpoint_url="x"),
        )
    }
    assert len(remedies) == 4


def test_a_missing_profile_is_named() -> None:
    error = from_library_error(theirs.ProfileNotFound(profile="prod"))
    assert error.details == {"profile": "prod"}


def test_an_unforeseen_botocore_error_tells_its_class_and_nothing_more() -> None:
    error = from_library_error(theirs.ParamValidationError(report=SECRET))
    assert error.details == {"library_error": "ParamValidationError"}


@pytest.mark.parametrize(
    "error",
    [
        client_error("UnauthorizedOperation"),
        client_error("Strange"),
        theirs.CredentialRetrievalError(provider="x", error_msg=SECRET),
        theirs.HTTPClientError(error=SECRET),
        ResponseParserError(SECRET),
    ],
)
def test_what_others_wrote_is_neither_in_the_error_nor_in_its_traceback(error: Exception) -> None:
    with pytest.raises(AwsWhitelistError) as raised, translated("ec2"):
        raise error
    shown = "".join(traceback.format_exception(raised.value)) + str(raised.value.to_object())
    assert SECRET not in shown


def test_errors_of_our_own_pass_through() -> None:
    ours = UnavailableError("ours")
    with pytest.raises(UnavailableError) as raised, translated("ec2"):
        raise ours
    assert raised.value is ours


def test_every_botocore_error_becomes_one_of_ours() -> None:
    for error_class in BotoCoreError.__subclasses__():
        bare = error_class.__new__(error_class)
        bare.kwargs = {"profile": "x"}
        assert isinstance(from_library_error(bare), AwsWhitelistError)
