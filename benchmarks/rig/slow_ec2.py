"""An EC2 of many security groups on a loopback port, a network's way off, that counts its calls.

A call is answered after 100 ms, however many come at once, and by next to no work: moto would need
longer for the answers than the clients that are measured need for all the rest.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.request import urlopen
from xml.sax.saxutils import escape

from benchmarks.rig import http_ec2
from benchmarks.rig.http_ec2 import serve

SECONDS = 0.1
TALLY = "/tally"
ACCOUNT = "111122223333"

_GROUP = (
    "<item><groupId>{group}</groupId><groupName>bench</groupName><groupDescription>bench"
    f"</groupDescription><ownerId>{ACCOUNT}</ownerId><vpcId>vpc-1</vpcId></item>"
)
_RULE = (
    "<item><securityGroupRuleId>sgr-{number:017x}</securityGroupRuleId><groupId>{group}</groupId>"
    f"<groupOwnerId>{ACCOUNT}</groupOwnerId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol>"
    "<fromPort>{port}</fromPort><toPort>{port}</toPort><cidrIpv4>{cidr}</cidrIpv4>"
    "<description>{text}</description><tagSet>{tags}</tagSet></item>"
)
Params = Mapping[str, str]


class Region:
    """Every group that is asked for is there, and has the rules that it was given."""

    def __init__(self) -> None:
        self._rules: dict[str, list[str]] = {}
        self._made = 0
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def answer(self, params: Params) -> str:
        """The inside of the XML answer to a request."""
        action = params["Action"]
        with self._lock:
            self._calls[action] += 1
            match action:
                case "GetCallerIdentity":
                    arn = f"<Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn>"
                    inner = f"<Account>{ACCOUNT}</Account>{arn}"
                    return f"<GetCallerIdentityResult>{inner}</GetCallerIdentityResult>"
                case "DescribeSecurityGroups":
                    groups = "".join(_GROUP.format(group=group) for group in _wanted(params))
                    return f"<securityGroupInfo>{groups}</securityGroupInfo>"
                case "DescribeSecurityGroupRules":
                    rules = (rule for group in _wanted(params) for rule in self._of(group))
                    return f"<securityGroupRuleSet>{''.join(rules)}</securityGroupRuleSet>"
                case "AuthorizeSecurityGroupIngress":
                    made = "".join(self._authorize(params))
                    return (
                        f"<return>true</return><securityGroupRuleSet>{made}</securityGroupRuleSet>"
                    )
        raise ValueError(action)

    def tally(self) -> dict[str, int]:
        """Calls by their action since the last time that this was asked."""
        with self._lock:
            calls, self._calls = self._calls, Counter()
        return dict(calls)

    def _of(self, group: str) -> list[str]:
        return self._rules.setdefault(group, [])

    def _authorize(self, params: Params) -> list[str]:
        tags = "".join(
            f"<item><key>{escape(params[f'{tag}.Key'])}</key>"
            f"<value>{escape(params.get(f'{tag}.Value', ''))}</value></item>"
            for tag in _numbered(params, "TagSpecification.1.Tag", "Key")
        )
        made = [
            self._rule(params, permission, source, tags)
            for permission in _numbered(params, "IpPermissions", "IpProtocol")
            for source in _numbered(params, f"{permission}.IpRanges", "CidrIp")
        ]
        self._of(params["GroupId"]).extend(made)
        return made

    def _rule(self, params: Params, permission: str, source: str, tags: str) -> str:
        self._made += 1
        return _RULE.format(
            number=self._made,
            group=params["GroupId"],
            port=params[f"{permission}.FromPort"],
            cidr=params[f"{source}.CidrIp"],
            text=escape(params.get(f"{source}.Description", "")),
            tags=tags,
        )


def _wanted(params: Params) -> list[str]:
    """The groups that the filter names."""
    count = len(list(_numbered(params, "Filter.1.Value", "")))
    return [params[f"Filter.1.Value.{number}"] for number in range(1, count + 1)]


def _numbered(params: Params, prefix: str, member: str) -> Iterator[str]:
    """``prefix.1``, ``prefix.2``, … as far as they have the member."""
    number, end = 1, f".{member}" if member else ""
    while f"{prefix}.{number}{end}" in params:
        yield f"{prefix}.{number}"
        number += 1


def tally(endpoint: str) -> dict[str, Any]:
    """What was asked since the last time; counting starts over."""
    with urlopen(endpoint + TALLY, timeout=30) as answer:
        return dict(json.load(answer))


def serving() -> AbstractContextManager[str]:
    """The URL of a fresh EC2 for as long as the block lasts; see :mod:`benchmarks.rig.http_ec2`."""
    return http_ec2.serving("benchmarks.rig.slow_ec2")


def main() -> None:
    """Serve until terminated; the first line of output is the URL."""
    region = Region()

    def answer(params: Params) -> str:
        time.sleep(SECONDS)
        return region.answer(params)

    serve(answer, look=lambda: json.dumps(region.tally()).encode())


if __name__ == "__main__":
    main()
