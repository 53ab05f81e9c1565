"""A security group in memory that fails as told, for tests of the executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.executor import Executor, Job, Shaping
from awswhitelist.aws.security_groups import Revoked, SecurityGroupService, Written
from awswhitelist.aws.writes import Write
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import AwsWhitelistError, RuleExistsError
from awswhitelist.models import Change, Receipt, RuleSpec, SecurityGroupRule

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Rules = tuple[SecurityGroupRule, ...]


class FakeGroups(SecurityGroupService):
    """Groups in memory.

    ``troubles`` says what goes wrong with a method the next time: ("before", error) raises
    without doing it, ("after", error) does it and loses the answer. ``stale`` counts the reads
    that still show the rules as they were before the last write.
    """

    def __init__(self) -> None:
        self.rules: dict[str, SecurityGroupRule] = {}
        self.before: dict[str, SecurityGroupRule] = {}
        self.calls: list[tuple[str, Any]] = []
        self.troubles: dict[str, list[tuple[str, AwsWhitelistError]]] = {}
        self.stale = 0
        self.shown_in_answer: int | None = None

    def trouble(self, method: str, when: str, error: AwsWhitelistError) -> None:
        self.troubles.setdefault(method, []).append((when, error))

    def put(self, *rules: SecurityGroupRule) -> None:
        self.rules |= {rule.rule_id: rule for rule in rules}

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def _do(self, method: str, about: Any, act: Callable[[], None]) -> str:
        """Keep the call, and do it as well as ``troubles`` allow; AWS's request id."""
        self.calls.append((method, about))
        waiting = self.troubles.get(method)
        when, error = waiting.pop(0) if waiting else ("", None)
        if error is not None and when == "before":
            raise error
        self.before = dict(self.rules)
        act()
        if error is not None:
            raise error
        return f"aws-{len(self.calls)}"

    def describe_rules(self, group_ids: Sequence[str]) -> tuple[Rules, datetime]:
        shown: dict[str, SecurityGroupRule] = self.rules

        def read() -> None:
            nonlocal shown
            if self.stale:
                self.stale -= 1
                shown = before

        before = self.before
        self._do("describe", list(group_ids), read)
        self.before = before
        return tuple(rule for rule in shown.values() if rule.group_id in group_ids), NOW

    def add_ingress_rules(
        self, group_id: str, rules: Sequence[tuple[RuleSpec, str]], *, tags: Mapping[str, str]
    ) -> Written:
        made = tuple(
            SecurityGroupRule(
                rule_id=f"sgr-{len(self.rules) + number}",
                group_id=group_id,
                spec=spec,
                description=text,
                tags=dict(tags),
            )
            for number, (spec, text) in enumerate(rules, start=1)
        )

        def act() -> None:
            there = {rule.spec for rule in self.rules.values() if rule.group_id == group_id}
            if there & {rule.spec for rule in made}:
                raise RuleExistsError("It is there.")
            self.put(*made)

        request_id = self._do("add", [spec for spec, _ in rules], act)
        return Written(made[: self.shown_in_answer], request_id)

    def revoke_rules(self, group_id: str, rule_ids: Sequence[str]) -> Revoked:
        def act() -> None:
            for rule_id in rule_ids:
                self.rules.pop(rule_id, None)

        return Revoked(self._do("revoke", list(rule_ids), act), unknown=False)

    def send(self, write: Write) -> str:
        """The writes that leave a rule its id."""
        name, act = {
            "create_tags": ("tag", self._tag),
            "delete_tags": ("untag", self._untag),
            "modify_security_group_rules": ("modify", self._modify),
            "update_security_group_rule_descriptions_ingress": ("describe anew", self._describe),
        }[write.method]
        params = write.params
        about = params.get("Resources") or params.get("SecurityGroupRules") or params
        return self._do(name, about, lambda: act(write.params))

    def _tag(self, params: Mapping[str, Any]) -> None:
        tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
        for rule_id in params["Resources"]:
            rule = self.rules[rule_id]
            self.put(rule.model_copy(update={"tags": {**rule.tags, **tags}}))

    def _untag(self, params: Mapping[str, Any]) -> None:
        gone = {tag["Key"] for tag in params["Tags"]}
        for rule_id in params["Resources"]:
            rule = self.rules[rule_id]
            left = {key: value for key, value in rule.tags.items() if key not in gone}
            self.put(rule.model_copy(update={"tags": left}))

    def _modify(self, params: Mapping[str, Any]) -> None:
        for each in params["SecurityGroupRules"]:
            rule, wanted = self.rules[each["SecurityGroupRuleId"]], each["SecurityGroupRule"]
            source = wanted.get("CidrIpv4") or wanted["CidrIpv6"]
            spec = rule.spec.model_copy(update={"source": source})
            others = (other for other in self.rules.values() if other.group_id == rule.group_id)
            if any(other.spec == spec for other in others if other.rule_id != rule.rule_id):
                raise RuleExistsError("It is there.")
            text = wanted["Description"]
            self.put(rule.model_copy(update={"spec": spec, "description": text}))

    def _describe(self, params: Mapping[str, Any]) -> None:
        for each in params["SecurityGroupRuleDescriptions"]:
            rule = self.rules[each["SecurityGroupRuleId"]]
            self.put(rule.model_copy(update={"description": each["Description"]}))

    def update_descriptions(self, group_id: str, descriptions: Mapping[str, str]) -> str:
        def act() -> None:
            for rule_id, text in descriptions.items():
                self.put(self.rules[rule_id].model_copy(update={"description": text}))

        return self._do("describe anew", dict(descriptions), act)

    def check_allowed(self, write: Write) -> None:
        self._do("dry run", (write.method, write.params), lambda: None)


@dataclass
class Bench:
    """An executor on a group in memory; ``apply`` keeps what was slept and recorded."""

    groups: FakeGroups = field(default_factory=FakeGroups)
    slept: list[float] = field(default_factory=list)
    recorded: list[Receipt] = field(default_factory=list)
    time_left: list[float] = field(default_factory=list)
    is_cancelled: Callable[[], bool] = lambda: False
    template: str = "{reason} ({owner} until {expires}, {target})"
    ids: int = 0
    stops: bool = False
    require_tags: bool = True

    def job(self) -> Job:
        ctx = PlainContext(
            "r-1",
            time_left=lambda: self.time_left.pop(0) if self.time_left else 60.0,
            is_cancelled=self.is_cancelled,
        )
        return Job(self.groups, self.groups, ctx, NOW, self.recorded.extend)

    def executor(self) -> Executor:
        return Executor(
            Shaping(self.template, timedelta(days=30), self.require_tags),
            sleep=self.slept.append,
            new_change_id=self._new_id,
        )

    def apply(self, *changes: Change) -> tuple[Receipt, ...]:
        return self.executor().apply(changes, self.job(), stops=self.stops)

    def rehearse(self, *changes: Change) -> None:
        self.executor().rehearse(changes, self.job())

    def _new_id(self) -> str:
        self.ids += 1
        return f"u-{self.ids}"


@pytest.fixture
def bench() -> Any:
    """A :class:`Bench`; tests name its type as Any, for a conftest cannot be imported."""
    return Bench()
