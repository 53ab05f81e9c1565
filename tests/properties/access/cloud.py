"""Security groups in memory that take the executor's writes as EC2 does: a request wholly or not.

Strict where EC2 does not say: the rules of one ModifySecurityGroupRules are changed in turn, and
none may become, even on the way, what another is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from awswhitelist.access.executor import Executor, Job, Shaping
from awswhitelist.aws.security_groups import Revoked, SecurityGroupService, Written
from awswhitelist.aws.writes import Write
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import RuleExistsError, RuleNotFoundError
from awswhitelist.models import (
    Change,
    Observation,
    Receipt,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
)

Rules = tuple[SecurityGroupRule, ...]

GROUPS = (
    SecurityGroup(group_id="sg-1", name="db", account="123456789012"),
    SecurityGroup(group_id="sg-2", name="cache", account="123456789012"),
)
MAX_TOTAL = timedelta(days=30)


class Cloud(SecurityGroupService):
    """Two groups and their rules; ``now`` is what AWS's clock says."""

    def __init__(self, rules: Iterable[SecurityGroupRule], now: datetime) -> None:
        self.now = now
        self.rules: dict[str, SecurityGroupRule] = {rule.rule_id: rule for rule in rules}
        self._numbers = count(1)
        self._writes: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "create_tags": self._tag,
            "delete_tags": self._untag,
            "modify_security_group_rules": self._modify,
            "update_security_group_rule_descriptions_ingress": self._describe,
        }

    def observed(self) -> Observation:
        """Everything there is."""
        return Observation(groups=GROUPS, rules=tuple(self.rules.values()), at=self.now)

    def apply(self, changes: Sequence[Change]) -> tuple[Receipt, ...]:
        """Have the executor carry changes out; nobody waits, for nothing is ever stale here.

        The receipts come in the order in which they are recorded.
        """
        recorded: list[Receipt] = []
        self._executor().apply(changes, self._job(recorded))
        return tuple(recorded)

    def roll_back(self, receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
        """Have the executor take back what it did."""
        return self._executor().roll_back(receipts, self._job([]))

    def describe_rules(self, group_ids: Sequence[str]) -> tuple[Rules, datetime]:
        return self._of(group_ids), self.now

    def add_ingress_rules(
        self, group_id: str, rules: Sequence[tuple[RuleSpec, str]], *, tags: Mapping[str, str]
    ) -> Written:
        self._must_be_free(group_id, [spec for spec, _ in rules])
        made = tuple(
            SecurityGroupRule(
                rule_id=f"sgr-new-{next(self._numbers)}",
                group_id=group_id,
                spec=spec,
                description=text,
                tags=dict(tags),
            )
            for spec, text in rules
        )
        self.rules |= {rule.rule_id: rule for rule in made}
        return Written(made, "aws")

    def revoke_rules(self, group_id: str, rule_ids: Sequence[str]) -> Revoked:
        for rule_id in rule_ids:
            assert self._rule(rule_id).group_id == group_id
        for rule_id in rule_ids:
            del self.rules[rule_id]
        return Revoked("aws", unknown=False)

    def send(self, write: Write) -> str:
        before = dict(self.rules)
        try:
            self._writes[write.method](write.params)
        except (RuleExistsError, RuleNotFoundError):
            self.rules = before
            raise
        return "aws"

    def update_descriptions(self, group_id: str, descriptions: Mapping[str, str]) -> str:
        for rule_id, text in descriptions.items():
            self._put(rule_id, description=text)
        return "aws"

    def _executor(self) -> Executor:
        return Executor(
            Shaping("{reason} ({owner} until {expires})", MAX_TOTAL),
            sleep=lambda _seconds: None,
            new_change_id=lambda: f"u-{next(self._numbers)}",
        )

    def _job(self, recorded: list[Receipt]) -> Job:
        return Job(self, self, PlainContext("r-1"), self.now, recorded.extend)

    def _of(self, group_ids: Sequence[str]) -> Rules:
        return tuple(rule for rule in self.rules.values() if rule.group_id in group_ids)

    def _rule(self, rule_id: str) -> SecurityGroupRule:
        if rule_id not in self.rules:
            raise RuleNotFoundError("There is no such rule.")
        return self.rules[rule_id]

    def _put(self, rule_id: str, **changes: object) -> None:
        self.rules[rule_id] = self._rule(rule_id).model_copy(update=changes)

    def _must_be_free(self, group_id: str, specs: Sequence[RuleSpec]) -> None:
        if {rule.spec for rule in self._of([group_id])} & set(specs):
            raise RuleExistsError("It is there.")

    def _tag(self, params: Mapping[str, Any]) -> None:
        tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
        assert len(set(params["Resources"])) == len(params["Resources"])
        for rule_id in params["Resources"]:
            self._put(rule_id, tags={**self._rule(rule_id).tags, **tags})

    def _untag(self, params: Mapping[str, Any]) -> None:
        gone = {tag["Key"] for tag in params["Tags"]}
        for rule_id in params["Resources"]:
            tags = self._rule(rule_id).tags.items()
            self._put(rule_id, tags={key: value for key, value in tags if key not in gone})

    def _modify(self, params: Mapping[str, Any]) -> None:
        for each in params["SecurityGroupRules"]:
            rule, wanted = self._rule(each["SecurityGroupRuleId"]), each["SecurityGroupRule"]
            key = "CidrIpv6" if rule.spec.source_kind == "ipv6" else "CidrIpv4"
            spec = rule.spec.model_copy(update={"source": wanted[key]})
            if spec != rule.spec:
                self._must_be_free(params["GroupId"], [spec])
            self._put(rule.rule_id, spec=spec, description=wanted["Description"])

    def _describe(self, params: Mapping[str, Any]) -> None:
        for each in params["SecurityGroupRuleDescriptions"]:
            self._put(each["SecurityGroupRuleId"], description=each["Description"])
