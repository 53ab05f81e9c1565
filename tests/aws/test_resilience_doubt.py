"""RetryPolicy: what an error says of the attempts before it."""

from __future__ import annotations

import pytest

from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import (
    AwsError,
    PermissionMissingError,
    ThrottledError,
    UnavailableError,
)


@pytest.mark.parametrize(
    ("errors", "is_in_doubt"),
    [
        ([PermissionMissingError("no")], False),
        ([ThrottledError("slow"), PermissionMissingError("no")], False),
        ([UnavailableError("lost"), PermissionMissingError("no")], True),
        ([UnavailableError("lost"), ThrottledError("slow"), PermissionMissingError("no")], True),
    ],
)
def test_an_error_is_in_doubt_after_an_attempt_without_an_answer(
    errors: list[AwsError], is_in_doubt: bool
) -> None:
    waiting = iter(errors)

    def call() -> str:
        raise next(waiting)

    with pytest.raises(PermissionMissingError) as caught:
        RetryPolicy(sleep=lambda _seconds: None).run(call, PlainContext("r-1"))
    assert caught.value.is_in_doubt is is_in_doubt
