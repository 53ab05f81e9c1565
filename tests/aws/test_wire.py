"""The service over scripted HTTP: dates, broken answers, lost connections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import RuleExistsError, ThrottledError, UnavailableError
from awswhitelist.models import RuleSpec, SourceKind

GROUP = "sg-0123456789abcdef0"
SSH = RuleSpec(
    protocol="tcp",
    from_port=22,
    to_port=22,
    source="203.0.113.7/32",
    source_kind=SourceKind.IPV4,
)
NO_RULES = (
    '<DescribeSecurityGroupRulesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
    "<requestId>aws-1</requestId><securityGroupRuleSet/></DescribeSecurityGroupRulesResponse>"
)
REFUSED = (
    "<Response><Errors><Error><Code>{}</Code><Message>m</Message></Error></Errors>"
    "<RequestID>aws-1</RequestID></Response>"
)
LOST = ConnectionClosedError(endpoint_url="https://ec2.eu-west-1.amazonaws.com/")
SLOW = ReadTimeoutError(endpoint_url="https://ec2.eu-west-1.amazonaws.com/")


def test_the_time_comes_from_the_date_header_of_aws(
    wire: Any, service: SecurityGroupService
) -> None:
    wire.answer(NO_RULES, date="Sun, 22 Nov 2026 13:15:06 GMT")
    expected = datetime(2026, 11, 22, 13, 15, 6, tzinfo=UTC)
    assert service.describe_rules([GROUP]) == ((), expected)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, "<html><body>Internal Server Error</body></html>"),
        (502, "Bad gateway"),
        (503, ""),
        (200, NO_RULES[:60]),
        (200, "<html><body>Please sign in to this network<br></body></html>"),
    ],
)
def test_a_truncated_or_foreign_body_is_unavailable(
    wire: Any, service: SecurityGroupService, status: int, body: str
) -> None:
    wire.answer(body, status=status, date="Sun, 22 Nov 2026 13:15:06 GMT")
    with pytest.raises(UnavailableError):
        service.describe_rules([GROUP])


def test_botocore_itself_does_not_repeat_anything(wire: Any, service: SecurityGroupService) -> None:
    wire.answer(REFUSED.format("RequestLimitExceeded"), status=503, retry_after="7")
    with pytest.raises(ThrottledError) as raised:
        service.describe_rules([GROUP])
    assert (len(wire.sent), raised.value.retry_after) == (1, 7.0)


def test_requests_say_which_program_made_them(wire: Any, service: SecurityGroupService) -> None:
    wire.answer(NO_RULES, date="Sun, 22 Nov 2026 13:15:06 GMT")
    service.describe_rules([GROUP])
    assert "awswhitelist/" in wire.sent[0]["User-Agent"][0]


@pytest.mark.parametrize("error", [LOST, SLOW])
def test_an_authorize_whose_answer_was_lost_is_sent_again_and_may_find_its_own_rule(
    wire: Any, client: Any, impatient: RetryPolicy, ctx: CallContext, error: Exception
) -> None:
    wire.fail(error)
    wire.answer(REFUSED.format("InvalidPermission.Duplicate"), status=400)
    service = SecurityGroupService(client, impatient, ctx)
    with pytest.raises(RuleExistsError):
        service.add_ingress_rule(GROUP, SSH, description="alice", tags={"change": "u-1"})
    assert [sent["Action"] for sent in wire.sent] == [["AuthorizeSecurityGroupIngress"]] * 2
