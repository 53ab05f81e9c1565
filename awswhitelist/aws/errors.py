"""What AWS and botocore raise, as our errors; :mod:`aws_codes` has the table of AWS's codes.

Messages are never passed on: those of credential helpers may hold secrets, those of AWS encoded
authorization messages. The original stays the error's ``__context__``, but is not shown with a
traceback. Source of the classes: ``botocore/exceptions.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shlex import quote

from botocore import exceptions as theirs
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from awswhitelist.aws.aws_codes import Failure, error_for
from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    CredentialsError,
    CredentialsExpiredError,
    InvalidArgumentError,
    RegionMissingError,
    UnavailableError,
)

ILLEGIBLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What botocore happens to raise over something that is not of the form it takes for granted."""

_DENIED_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)")
_SECONDS = re.compile(r"[0-9]{1,9}")
"""More digits would soon be infinite, which JSON cannot say."""

_SIGN_INS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (theirs.SSOError, theirs.TokenRetrievalError, theirs.NoAuthTokenError),
        "Run `aws sso login{profile}`, then call again.",
    ),
    ((theirs.LoginError,), "Run `aws login{profile}`, then call again."),
    (
        (theirs.RefreshWithMFAUnsupportedError,),
        "Get new session keys with your MFA device, then start this server again.",
    ),
)
"""Sign-ins that have ended, and how to sign in again."""

_BY_CLASS: tuple[tuple[tuple[type[Exception], ...], Callable[[], AwsWhitelistError]], ...] = (
    (
        (theirs.NoCredentialsError, theirs.PartialCredentialsError),
        lambda: CredentialsError("No complete AWS credentials were found."),
    ),
    (
        (theirs.CredentialRetrievalError, theirs.MetadataRetrievalError),
        lambda: CredentialsError(
            "The source of the AWS credentials gave none.",
            remedy="Check the profile's `credential_process`, its role or the instance's role.",
        ),
    ),
    (
        (
            theirs.ConfigParseError,
            theirs.InvalidChecksumConfigError,
            theirs.InvalidConfigError,
            theirs.InvalidDefaultsMode,
            theirs.InvalidIMDSEndpointError,
            theirs.InvalidIMDSEndpointModeError,
            theirs.UnknownCredentialError,
        ),
        lambda: CredentialsError(
            "The AWS configuration cannot be used.",
            remedy="Correct the AWS config and credentials files (see `aws configure list`), or "
            "AWS's own variables in the environment (AWS_ENDPOINT_URL, say).",
        ),
    ),
    (
        (theirs.MissingDependencyException,),
        lambda: CredentialsError(
            "These AWS credentials need a part of botocore that is not installed.",
            remedy="Install `botocore[crt]` beside this program, or use other credentials.",
        ),
    ),
    ((theirs.NoRegionError,), RegionMissingError),
    (
        (theirs.InvalidRegionError, theirs.UnknownRegionError),
        lambda: InvalidArgumentError("That is not the name of an AWS region.", field="region"),
    ),
    (
        (theirs.SSLError,),
        lambda: UnavailableError(
            "No trusted TLS connection to AWS could be made.",
            remedy="Check the CA certificates (AWS_CA_BUNDLE) and any proxy that opens TLS.",
        ),
    ),
    (
        (theirs.ProxyConnectionError,),
        lambda: UnavailableError(
            "The proxy on the way to AWS could not be reached.",
            remedy="Check HTTPS_PROXY and NO_PROXY, then call again.",
        ),
    ),
    (
        (theirs.EndpointConnectionError, theirs.ConnectTimeoutError),
        lambda: UnavailableError(
            "AWS could not be reached.",
            remedy="Check the network and the name of the region, then call again.",
        ),
    ),
    (
        (
            theirs.ConnectionError,
            theirs.HTTPClientError,
            theirs.IncompleteReadError,
            # A truncated body, or a proxy's HTML page.
            ResponseParserError,
        ),
        lambda: UnavailableError("AWS gave no usable answer."),
    ),
)
"""The first row that fits wins: the special ones stand before their parents."""


def from_client_error(error: ClientError, *, service: str, target: str = "") -> AwsWhitelistError:
    """Our error for what AWS answered; ``service`` and ``target`` as in :func:`translated`."""
    said = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    # An empty element of XML is None, and JSON may hold anything.
    denied = _DENIED_ACTION.search(str(said.get("Message", "")))
    return error_for(
        Failure(
            service=service,
            operation=error.operation_name,
            target=target,
            code=said.get("Code", ""),
            status=metadata.get("HTTPStatusCode", 0),
            request_id=metadata.get("RequestId"),
            retry_after=_seconds(metadata.get("HTTPHeaders", {}).get("retry-after", "")),
            denied_action=denied.group(1) if denied else None,
        )
    )


def from_library_error(error: Exception, *, profile: str | None = None) -> AwsWhitelistError:
    """Our error for what botocore itself raised; ``profile`` is the AWS profile in use."""
    for classes, remedy in _SIGN_INS:
        if isinstance(error, classes):
            return CredentialsExpiredError(
                "The AWS sign-in has expired or cannot be used.",
                remedy=remedy.format(profile=f" --profile {quote(profile)}" if profile else ""),
                profile=profile,
            )
    if isinstance(error, theirs.ProfileNotFound):
        return CredentialsError(
            "There is no such AWS profile.",
            remedy="Name a profile that `aws configure list-profiles` shows.",
            profile=error.kwargs["profile"],
        )
    for classes, build in _BY_CLASS:
        if isinstance(error, classes):
            return build()
    return AwsError("The AWS library refused the call.", library_error=type(error).__name__)


@contextmanager
def translated(
    service: str = "", *, target: str = "", profile: str | None = None
) -> Iterator[None]:
    """Within this, whatever AWS or botocore raises comes out as one of our errors.

    ``service`` is the IAM prefix of the actions called (``ec2``), ``target`` the security group
    that they are about, ``profile`` the AWS profile whose credentials are used.
    """
    try:
        yield
    except ClientError as error:
        raise from_client_error(error, service=service, target=target) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise from_library_error(error, profile=profile) from None
    except OSError:
        # botocore wraps what the network does; these come from starting a credential process, or
        # from reading the file of a token.
        not_started = theirs.CredentialRetrievalError(
            provider="credential_process", error_msg="not started"
        )
        raise from_library_error(not_started, profile=profile) from None


@contextmanager
def legible() -> Iterator[None]:
    """Within this, what botocore's parsers trip over comes out as their own ResponseParserError.

    They take it for granted that AWS keeps to its models: a number that is none, a list without
    its parts or a nesting without end raises whatever it happens to raise.
    """
    try:
        yield
    except (ClientError, BotoCoreError):
        raise
    except ILLEGIBLE:
        raise ResponseParserError("the answer is not as the model says") from None


@contextmanager
def configured() -> Iterator[None]:
    """Within this, what botocore trips over in AWS's settings comes out as its InvalidConfigError.

    It takes it for granted that what should be a number or a URL is one.
    """
    try:
        yield
    except BotoCoreError:
        raise
    except ILLEGIBLE:
        raise theirs.InvalidConfigError(error_msg="a setting cannot be read") from None


def _seconds(retry_after: str) -> float | None:
    """The header in seconds; None where it is a date or nonsense (RFC 9110, 10.2.3)."""
    return float(retry_after) if _SECONDS.fullmatch(retry_after) else None
