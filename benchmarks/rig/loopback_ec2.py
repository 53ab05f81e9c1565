"""An EC2 of one security group on a loopback port. It answers at once: clients are measured.

moto would take longer over an answer than most clients take over the whole call.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from xml.sax.saxutils import escape

from benchmarks.rig import http_ec2
from benchmarks.rig.http_ec2 import serve

GROUP = "sg-0123456789abcdef0"
ACCOUNT = "111122223333"

_RULE = (
    "<item><securityGroupRuleId>sgr-{number:017x}</securityGroupRuleId><groupId>{group}</groupId>"
    "<groupOwnerId>{account}</groupOwnerId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol>"
    "<fromPort>{port}</fromPort><toPort>{port}</toPort><cidrIpv4>{cidr}</cidrIpv4>"
    "<description>{description}</description><tagSet>{tags}</tagSet></item>"
)
_FIRST = "IpPermissions.1."


class _Group:
    """The rules of the one group, newest last; no more are kept than a group may have."""

    def __init__(self) -> None:
        self._rules: list[str] = []
        self._made = 0
        self._lock = threading.Lock()

    def answer(self, params: Mapping[str, str]) -> str:
        """The inside of the XML answer to a request."""
        match params["Action"]:
            case "GetCallerIdentity":
                arn = f"arn:aws:iam::{ACCOUNT}:user/bench"
                return (
                    f"<GetCallerIdentityResult><Account>{ACCOUNT}</Account><Arn>{arn}</Arn>"
                    "</GetCallerIdentityResult>"
                )
            case "DescribeSecurityGroups":
                return (
                    f"<securityGroupInfo><item><groupId>{GROUP}</groupId>"
                    "<groupName>bench</groupName>"
                    f"<groupDescription>bench</groupDescription><ownerId>{ACCOUNT}</ownerId>"
                    "<vpcId>vpc-1</vpcId></item></securityGroupInfo>"
                )
            case "DescribeSecurityGroupRules":
                return f"<securityGroupRuleSet>{''.join(self._rules)}</securityGroupRuleSet>"
            case "AuthorizeSecurityGroupIngress":
                rule = self._authorize(params)
                inner = f"<securityGroupRuleSet>{rule}</securityGroupRuleSet>"
                return f"<return>true</return>{inner}"
            case action:
                raise ValueError(action)

    def _authorize(self, params: Mapping[str, str]) -> str:
        prefix = "TagSpecification.1.Tag."
        count = sum(name.startswith(prefix) and name.endswith(".Key") for name in params)
        tags = "".join(
            f"<item><key>{escape(params[f'{prefix}{n}.Key'])}</key>"
            f"<value>{escape(params.get(f'{prefix}{n}.Value', ''))}</value></item>"
            for n in range(1, count + 1)
        )
        with self._lock:
            self._made += 1
            rule = _RULE.format(
                number=self._made,
                group=GROUP,
                account=ACCOUNT,
                port=params[f"{_FIRST}FromPort"],
                cidr=params[f"{_FIRST}IpRanges.1.CidrIp"],
                description=escape(params.get(f"{_FIRST}IpRanges.1.Description", "")),
                tags=tags,
            )
            self._rules = [*self._rules[-20:], rule]
        return rule


def serving() -> AbstractContextManager[str]:
    """The URL of a fresh EC2 for as long as the block lasts; see :mod:`benchmarks.rig.http_ec2`."""
    return http_ec2.serving("benchmarks.rig.loopback_ec2")


def main() -> None:
    """Serve until terminated; the first line of output is the URL."""
    serve(_Group().answer)


if __name__ == "__main__":
    main()
