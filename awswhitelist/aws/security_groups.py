"""EC2 security groups: what is there, and the few ways in which we change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from awswhitelist import constants
from awswhitelist.aws import answers, writes
from awswhitelist.aws.describing import FILTER_VALUES, filtered, literally
from awswhitelist.aws.invoke import invoke
from awswhitelist.aws.ports import canonical
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.writes import Write
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import (
    AwsError,
    RuleNotFoundError,
    SecurityGroupNotFoundError,
    UnavailableError,
)
from awswhitelist.models import Observation, RuleSpec, SecurityGroup, SecurityGroupRule
from awswhitelist.parallel import run_side_by_side

_PAGE = 1000
"""The most that DescribeSecurityGroups and DescribeSecurityGroupRules give at once."""

_DRY_RUN_PASSED = "DryRunOperation"
_ONLY_STARS = str.maketrans({"\\": "\\\\", "?": "\\?"})
"""Of the wildcards of AWS's filters, our callers have the * alone."""


class Written(NamedTuple):
    """What AWS said it added. ``rules`` may be incomplete: observe before relying on it."""

    rules: tuple[SecurityGroupRule, ...]
    aws_request_id: str


class Revoked(NamedTuple):
    """AWS's answer to a revoke. ``unknown``: AWS knew no such rule (any more)."""

    aws_request_id: str
    unknown: bool


class SecurityGroupService:
    """The security groups of one account and region, on behalf of one call. Cheap to make.

    Every method may raise the AwsError that fits, CallCancelledError or CallTimeoutError.
    """

    def __init__(self, client: Any, retry: RetryPolicy, ctx: CallContext) -> None:
        """``client`` is a botocore EC2 client whose own retries are off."""
        self._client = client
        self._retry = retry
        self._ctx = ctx

    def on_behalf_of(self, ctx: CallContext) -> SecurityGroupService:
        """The same security groups on behalf of another call."""
        return SecurityGroupService(self._client, self._retry, ctx)

    def describe_security_group(self, group_id: str) -> SecurityGroup:
        """The group with that id. SecurityGroupNotFoundError if there is none."""
        return self._groups_by_id([group_id])[0]

    def describe_security_groups(self, group_ids: Sequence[str]) -> tuple[SecurityGroup, ...]:
        """The groups with those ids, in that order. SecurityGroupNotFoundError names the first
        that is not there."""
        return tuple(self._groups_by_id(group_ids))

    def find_security_groups(self, name: str) -> tuple[SecurityGroup, ...]:
        """The groups of exactly that name, else those whose Name tag it is; by group id.

        Names are unique only within a VPC, so there may be several, and there may be none.
        """
        found = [group for group in self._groups("group-name", [name]) if group.name == name]
        if not found:
            tagged = self._groups("tag:Name", [name])
            found = [group for group in tagged if group.tags.get("Name") == name]
        return tuple(sorted(found, key=lambda group: group.group_id))

    def list_security_groups(
        self,
        *,
        name: str | None = None,
        vpc_id: str | None = None,
        tag: tuple[str, str | None] | None = None,
    ) -> tuple[SecurityGroup, ...]:
        """All groups of the region, by name then id; AWS leaves out what does not fit.

        ``name`` is the group's name, in which * stands for any text. ``tag`` is a key with the
        value that it must have, or with None for any value.
        """
        wanted = _group_filters(name, vpc_id, tag)
        pages = self._pages_of(
            "describe_security_groups", {**filtered(wanted), "MaxResults": _PAGE}
        )
        groups = [group for page in pages for group in answers.security_groups(page)]
        return tuple(sorted(groups, key=lambda group: (group.name, group.group_id)))

    def some_security_groups(self, most: int) -> tuple[SecurityGroup, ...]:
        """Groups of the region in AWS's order, at most so many: not to be taken for all."""
        pages = self._pages_of("describe_security_groups", {"MaxResults": _PAGE})
        groups = (group for page in pages for group in answers.security_groups(page))
        return tuple(islice(groups, most))

    def describe_rules(
        self, group_ids: Sequence[str]
    ) -> tuple[tuple[SecurityGroupRule, ...], datetime]:
        """All ingress rules of those groups, in AWS's order, and AWS's time of telling (UTC).

        A group that does not exist has no rules here. ValueError for no groups at all: without
        the filter AWS would describe the whole account.
        """
        if not group_ids:
            raise ValueError("no security groups were named")
        pages = list(self._pages("describe_security_group_rules", "group-id", group_ids))
        rules = tuple(rule for page in pages for rule in answers.ingress_rules(page))
        return rules, answers.answered_at(pages[-1])

    def find_rules(self, rule_ids: Sequence[str]) -> tuple[SecurityGroupRule, ...]:
        """Those of the rules that are there, in whatever groups of the region."""
        if not rule_ids:
            raise ValueError("no rules were named")
        pages = self._pages("describe_security_group_rules", "security-group-rule-id", rule_ids)
        return tuple(rule for page in pages for rule in answers.ingress_rules(page))

    def find_managed_rules(
        self, owner: str | None = None
    ) -> tuple[tuple[SecurityGroupRule, ...], datetime]:
        """Every rule of the region that carries our mark, and AWS's time of telling (UTC).

        With an ``owner``, as it stands in the tag, only the rules that are that owner's, alone or
        with others. ValueError for an owner that is not one word: the tag holds words.
        """
        params = {**filtered(_marks(owner)), "MaxResults": _PAGE}
        pages = list(self._pages_of("describe_security_group_rules", params))
        rules = (rule for page in pages for rule in answers.ingress_rules(page))
        fitting = tuple(rule for rule in rules if owner is None or _is_owned_by(owner, rule))
        return fitting, answers.answered_at(pages[-1])

    def observe(self, group_ids: Sequence[str]) -> Observation:
        """Groups (in the order asked, each once) and their rules, read side by side.

        SecurityGroupNotFoundError names the first group that is not there; ValueError for none.
        """
        wanted = list(dict.fromkeys(group_ids))
        observed = self.observe_those_there(wanted)
        self._check_found(wanted, {group.group_id: group for group in observed.groups})
        return observed

    def observe_those_there(self, group_ids: Sequence[str]) -> Observation:
        """As :meth:`observe`, but a group that is not there is passed over."""
        wanted = list(dict.fromkeys(group_ids))
        found, (rules, at) = run_side_by_side(
            lambda: self._found(wanted), lambda: self.describe_rules(wanted)
        )
        groups = tuple(found[group_id] for group_id in wanted if group_id in found)
        return Observation(groups=groups, rules=rules, at=at)

    def check_existing_rule(self, group_id: str, spec: RuleSpec) -> SecurityGroupRule | None:
        """The rule of that group with that protocol, ports and source, if there is one."""
        wanted = canonical(spec)
        rules, _ = self.describe_rules([group_id])
        return next((rule for rule in rules if rule.spec == wanted), None)

    def add_ingress_rule(
        self, group_id: str, spec: RuleSpec, *, description: str, tags: Mapping[str, str]
    ) -> Written:
        """Add one rule; see :meth:`add_ingress_rules`."""
        return self.add_ingress_rules(group_id, [(spec, description)], tags=tags)

    def add_ingress_rules(
        self, group_id: str, rules: Sequence[tuple[RuleSpec, str]], *, tags: Mapping[str, str]
    ) -> Written:
        """Add rules with their descriptions in one AuthorizeSecurityGroupIngress.

        RuleExistsError if AWS has one of them already, also where a lost answer made us ask
        twice: observe and compare the change tag. ValueError as in :func:`writes.authorize`.
        """
        answer = self._write(writes.authorize(group_id, rules, tags))
        return Written(answers.ingress_rules(answer), answers.request_id(answer))

    def revoke_rules(self, group_id: str, rule_ids: Sequence[str]) -> Revoked:
        """Remove rules by id. That AWS does not know one is no error but ``unknown``.

        With several ids, ``unknown`` says nothing of the others: observe.
        """
        try:
            answer = self._write(writes.revoke(group_id, rule_ids))
        except RuleNotFoundError as error:
            return Revoked(error.aws_request_id or "", unknown=True)
        return Revoked(answers.request_id(answer), unknown=bool(answer.get("UnknownIpPermissions")))

    def update_descriptions(self, group_id: str, descriptions: Mapping[str, str]) -> str:
        """Set descriptions (rule id to text); returns AWS's request id."""
        return answers.request_id(self._write(writes.describe(group_id, descriptions)))

    def send(self, write: Write) -> str:
        """Make a change, whatever its kind; returns AWS's request id.

        Of a modify: RuleExistsError where a rule would become one that is there already, also
        where a lost answer made us ask twice: observe. RuleNotFoundError for an id that the group
        does not have. AwsError where AWS will not make that of a rule.
        """
        return answers.request_id(self._write(write))

    def check_allowed(self, write: Write) -> None:
        """Ask EC2 whether the caller may make this very change, without making it (DryRun).

        PermissionMissingError if not.
        """
        rehearsal = Write(write.method, {**write.params, "DryRun": True}, write.group_id)
        try:
            self._write(rehearsal)
        except AwsError as error:
            if error.aws_code == _DRY_RUN_PASSED:
                return
            raise
        raise AwsError(
            "EC2 took a dry run for the real thing.",
            remedy="List the rules of the group: the change may have been made.",
        )

    def _write(self, write: Write) -> dict[str, Any]:
        return self._call(write.method, write.params, target=write.group_id)

    def _groups_by_id(self, group_ids: Sequence[str]) -> list[SecurityGroup]:
        """The groups in that order. A filter is used, because asking by id fails for all at once
        without saying which one is missing."""
        found = self._found(group_ids)
        self._check_found(group_ids, found)
        return [found[group_id] for group_id in group_ids]

    def _found(self, group_ids: Sequence[str]) -> dict[str, SecurityGroup]:
        return {group.group_id: group for group in self._groups("group-id", group_ids)}

    def _check_found(self, group_ids: Sequence[str], found: Mapping[str, SecurityGroup]) -> None:
        missing = [group_id for group_id in group_ids if group_id not in found]
        if missing:
            raise SecurityGroupNotFoundError(missing[0], region=self._client.meta.region_name)

    def _groups(self, filter_name: str, values: Sequence[str]) -> Iterator[SecurityGroup]:
        for page in self._pages("describe_security_groups", filter_name, values):
            yield from answers.security_groups(page)

    def _pages(
        self, method: str, filter_name: str, values: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """Every page of a describe, for all values, as many values at a time as EC2 takes."""
        literal = [literally(value) for value in values]
        for start in range(0, len(literal), FILTER_VALUES):
            batch = literal[start : start + FILTER_VALUES]
            params = {**filtered({filter_name: batch}), "MaxResults": _PAGE}
            yield from self._pages_of(method, params)

    def _pages_of(self, method: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        page = self._call(method, params)
        yield page
        while token := page.get("NextToken"):
            page = self._call(method, {**params, "NextToken": token})
            if page.get("NextToken") == token:
                raise UnavailableError("AWS's answer has no end.")
            yield page

    def _call(self, method: str, params: Mapping[str, Any], *, target: str = "") -> dict[str, Any]:
        return invoke(self._client, method, params, retry=self._retry, ctx=self._ctx, target=target)


def _group_filters(
    name: str | None, vpc_id: str | None, tag: tuple[str, str | None] | None
) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    if name is not None:
        wanted["group-name"] = [name.translate(_ONLY_STARS)]
    if vpc_id is not None:
        wanted["vpc-id"] = [literally(vpc_id)]
    if tag is not None:
        key, value = tag
        names, values = ("tag-key", key) if value is None else (f"tag:{key}", value)
        wanted[names] = [literally(values)]
    return wanted


def _marks(owner: str | None) -> dict[str, list[str]]:
    """Filters for our rules, or for an owner's: the first word of the tag, the last, one between.

    AWS's filters know no words, so that what they let through may still hold too much.
    """
    marked = {f"tag:{constants.TAG_MANAGED}": [constants.MANAGED_VALUE]}
    if owner is None:
        return marked
    if owner.split() != [owner]:
        raise ValueError("an owner is one word")
    word = literally(owner)
    return marked | {f"tag:{constants.TAG_OWNER}": [word, f"{word} *", f"* {word}", f"* {word} *"]}


def _is_owned_by(owner: str, rule: SecurityGroupRule) -> bool:
    return owner in rule.tags.get(constants.TAG_OWNER, "").split()
