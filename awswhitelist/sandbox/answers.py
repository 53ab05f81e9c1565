"""What the sandbox answers: the pair (HTTP response, parsed body) that botocore expects."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from email.utils import formatdate
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

Params = Mapping[str, Any]
"""The parameters of an API call, as botocore validated them."""

Answer = dict[str, Any]
"""The parsed body of an answer, without ``ResponseMetadata``."""

BAD_REQUEST = 400
PRECONDITION_FAILED = 412


class Refusal(Exception):
    """AWS says no; becomes a botocore ``ClientError`` with this code and message."""

    def __init__(self, code: str, message: str, *, status: int = BAD_REQUEST) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> Refusal:
    """The refusal that EC2 has for most bad values."""
    return Refusal("InvalidParameterValue", message)


def succeeded(body: Answer) -> tuple[AWSResponse, Answer]:
    """An answer with HTTP status 200, dated now, with a request id of its own."""
    return _framed(200, body)


def refused(refusal: Refusal) -> tuple[AWSResponse, Answer]:
    """An answer that botocore turns into a ``ClientError``."""
    error = {"Code": refusal.code, "Message": refusal.message}
    return _framed(refusal.status, {"Error": error})


def _framed(status: int, body: Answer) -> tuple[AWSResponse, Answer]:
    request_id = str(uuid.uuid4())
    headers = HTTPHeaders()
    headers["date"] = formatdate(usegmt=True)
    headers["x-amzn-requestid"] = request_id
    metadata = {
        "RequestId": request_id,
        "HTTPStatusCode": status,
        "HTTPHeaders": dict(headers),
        "RetryAttempts": 0,
    }
    http = AWSResponse("https://sandbox.invalid/", status, headers, BytesIO())
    return http, {**body, "ResponseMetadata": metadata}
