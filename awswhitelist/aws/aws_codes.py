"""AWS's error codes, as our errors: one table.

AWS's own messages are never passed on: they may hold encoded authorization messages. Each row has
our own sentence instead.

Sources: EC2 API reference, "Error codes for the Amazon EC2 API"; STS API reference, "Common
Errors"; the errors of botocore's service models, and the codes that botocore itself retries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    ClockSkewError,
    CredentialsExpiredError,
    CredentialsInvalidError,
    PermissionMissingError,
    QuotaExceededError,
    RegionNotEnabledError,
    RuleExistsError,
    RuleNotFoundError,
    SecurityGroupNotFoundError,
    ThrottledError,
    UnavailableError,
)


class Failure(NamedTuple):
    """What AWS said when it refused a call, and what the call was about.

    ``service`` is the IAM prefix of its actions, ``target`` the security group that was named,
    ``status`` the HTTP status, ``retry_after`` in seconds, ``denied_action`` the IAM action that
    AWS says was missing.
    """

    service: str
    operation: str
    target: str
    code: str
    status: int
    request_id: str | None
    retry_after: float | None
    denied_action: str | None

    @property
    def action(self) -> str:
        """The IAM action that was missing, if this is about one: AWS's word for it, else ours.

        AWS's may be another than the one called: authorizing a rule with tags needs
        ec2:CreateTags as well.
        """
        prefix = _SIGN_IN_CALLS.get(self.operation, self.service)
        return self.denied_action or f"{prefix}:{self.operation}"


Build = Callable[[Failure], AwsWhitelistError]

_SIGN_IN_CALLS = {
    "AssumeRole": "sts",
    "AssumeRoleWithSAML": "sts",
    "AssumeRoleWithWebIdentity": "sts",
    "GetRoleCredentials": "sso",
}
"""Calls that botocore makes by itself to get credentials, in the midst of a call of ours."""


def _plain(error_class: type[AwsError], sentence: str, remedy: str | None = None) -> Build:
    """A row that needs nothing but a class and a sentence."""
    return lambda failure: error_class(
        sentence,
        remedy=remedy,
        aws_code=failure.code,
        aws_request_id=failure.request_id,
        retry_after=failure.retry_after,
    )


def _permission_missing(failure: Failure) -> AwsWhitelistError:
    return PermissionMissingError(
        f"The caller may not do {failure.action}.",
        aws_code=failure.code,
        aws_request_id=failure.request_id,
        missing_permissions=[failure.action],
    )


def _group_not_found(failure: Failure) -> AwsWhitelistError:
    return SecurityGroupNotFoundError(
        failure.target, aws_code=failure.code, aws_request_id=failure.request_id
    )


def _refused(failure: Failure) -> AwsWhitelistError:
    return _plain(AwsError, f"AWS refused {failure.operation}.")(failure)


_throttled = _plain(ThrottledError, "AWS asks to slow down.")
_unavailable = _plain(UnavailableError, "AWS could not serve the call.")
_credentials_invalid = _plain(
    CredentialsInvalidError,
    "AWS does not accept the credentials.",
    "Check the access key, the secret key and the session token of this profile. AWS says the "
    "same of a region that the account has not enabled, and where this machine's clock is wrong.",
)

_EXPIRED = "ExpiredToken ExpiredTokenException TokenRefreshRequired UnauthorizedException"
_EXPIRED_OR_SKEWED = "RequestExpired"
"""EC2 says it of keys that have expired, and of a request whose time is not AWS's."""

_TABLE: tuple[tuple[Build, str], ...] = (
    (
        _throttled,
        "DependencyThrottle EC2ThrottledException RequestLimitExceeded RequestThrottled "
        "RequestThrottledException SlowDown SlowDownException Throttling ThrottlingException "
        "ThrottledException TooManyRequestsException",
    ),
    (
        _unavailable,
        "IDPCommunicationError InternalError InternalFailure InternalServerError RequestTimeout "
        "RequestTimeoutException ServiceUnavailable ServiceUnavailableException Unavailable",
    ),
    (
        _permission_missing,
        "AccessDenied AccessDeniedException ForbiddenException UnauthorizedOperation",
    ),
    (_plain(CredentialsExpiredError, "The AWS credentials have expired."), _EXPIRED),
    (
        _plain(
            CredentialsExpiredError,
            "The AWS credentials have expired.",
            "Renew the credentials (for SSO: `aws sso login`) and call again. AWS says the same "
            "where this machine's clock is wrong.",
        ),
        _EXPIRED_OR_SKEWED,
    ),
    (
        _credentials_invalid,
        "AuthFailure IncompleteSignature InvalidAccessKeyId InvalidClientTokenId "
        "InvalidSignatureException MissingAuthenticationToken SignatureDoesNotMatch "
        "UnrecognizedClientException",
    ),
    (
        _plain(
            CredentialsInvalidError,
            "AWS does not accept the web identity token.",
            "Check the token's file, and whom the role's trust policy lets in.",
        ),
        "IDPRejectedClaim InvalidIdentityToken",
    ),
    (
        _plain(RegionNotEnabledError, "The account has not enabled this region or service."),
        "OptInRequired RegionDisabledException",
    ),
    (
        _plain(ClockSkewError, "This machine's clock is too far from AWS's."),
        "RequestInTheFuture RequestTimeTooSkewed",
    ),
    (
        _plain(QuotaExceededError, "The security group has no room for another rule."),
        "RulesPerSecurityGroupLimitExceeded",
    ),
    (
        _plain(RuleExistsError, "The security group already has that very rule."),
        "InvalidPermission.Duplicate",
    ),
    (
        # InvalidID is CreateTags' word for it; rules are all that we tag.
        _plain(RuleNotFoundError, "The security group has no such rule."),
        "InvalidID InvalidPermission.NotFound InvalidSecurityGroupRuleId.Malformed "
        "InvalidSecurityGroupRuleId.NotFound",
    ),
    (
        _group_not_found,
        "InvalidGroup.NotFound InvalidGroupId.Malformed InvalidSecurityGroupId.Malformed "
        "InvalidSecurityGroupId.NotFound InvalidSecurityGroupID.NotFound",
    ),
)

EXPIRED_CODES = frozenset(f"{_EXPIRED} {_EXPIRED_OR_SKEWED}".split())
"""AWS's codes for keys that were good once."""

_BY_CODE = {code: build for build, codes in _TABLE for code in codes.split()}


def error_for(failure: Failure) -> AwsWhitelistError:
    """Our error for AWS's code; for a code that the table does not have, by the HTTP status."""
    build = _BY_CODE.get(failure.code, _by_status(failure.status))
    return build(failure)


def _by_status(status: int) -> Build:
    if status == 429:
        return _throttled
    return _unavailable if status >= 500 else _refused
