"""Credentials out of a secret."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from pydantic import SecretStr

from awswhitelist.aws.errors import legible, translated
from awswhitelist.exceptions import AwsError, CredentialsError, CredentialsInvalidError
from awswhitelist.models import AwsCredentials

_NOT_THERE = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
"""No such secret (or none in this stage); a secret that is about to be deleted."""


class SecretContent(NamedTuple):
    """Keys, or a role to assume (with the keys, if there are any), or neither."""

    keys: AwsCredentials | None
    role_arn: str | None
    external_id: str | None


def read_secret(client: Any, secret_id: str) -> SecretContent:
    """What a secret holds (Secrets Manager API reference, GetSecretValue).

    ``client`` is a botocore client. Raises CredentialsError if there is no such secret,
    CredentialsInvalidError if it is no JSON object, and whatever else AWS answers.
    """
    try:
        with translated("secretsmanager"), legible():
            answer = client.get_secret_value(SecretId=secret_id)
    except AwsError as error:
        if error.aws_code not in _NOT_THERE:
            raise
        raise CredentialsError(
            "There is no such secret.",
            remedy="Check the profile's `secret_id` and `region`.",
            aws_code=error.aws_code,
            aws_request_id=error.aws_request_id,
        ) from None
    return parse_secret(answer.get("SecretString", ""))


def parse_secret(text: str) -> SecretContent:
    """A secret's text. Raises CredentialsInvalidError, which holds nothing of the text.

    Names may be written in any of AWS's ways: ``access_key_id``, ``AccessKeyId``,
    ``AWS_ACCESS_KEY_ID``.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise CredentialsInvalidError(
            "The secret is not a JSON object.",
            remedy="Store the credentials as one JSON object of texts.",
        )
    fields = {_plain(name): value for name, value in data.items() if isinstance(value, str)}
    return SecretContent(_keys(fields), fields.get("rolearn"), fields.get("externalid"))


def _plain(name: str) -> str:
    return name.lower().replace("_", "").removeprefix("aws")


def _keys(fields: dict[str, str]) -> AwsCredentials | None:
    if not fields.get("accesskeyid") or not fields.get("secretaccesskey"):
        return None
    token = fields.get("sessiontoken")
    return AwsCredentials(
        access_key_id=SecretStr(fields["accesskeyid"]),
        secret_access_key=SecretStr(fields["secretaccesskey"]),
        session_token=SecretStr(token) if token else None,
    )
