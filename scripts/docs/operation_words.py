"""What the reference of the operations says beyond what the models say of themselves.

A model's schema is sent to every client, so it is kept short; here there is room.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awswhitelist.tools.results import RuleStatus

ARGUMENTS: Mapping[str, str] = {
    "atomic": "All entries or none: where one fails, what was done is taken back.",
    "credentials": "AWS keys to use instead of a profile.",
    "description": "Replaces the configured description of the rule.",
    "dry_run": "Show the plan, change nothing.",
    "entries": "Each with the arguments of `whitelist`; what stands beside them holds for all.",
    "expired": "Only rules past their end, or not.",
    "expires_in": '`"90m"`, `"2h"`, `"7d"` or `PT2H`; `"never"` if the policy permits.',
    "force": "Add the rule even if a wider one lets this through.",
    "include_foreign": "Also rules that awswhitelist did not make; needs approval.",
    "managed": "Only rules made by awswhitelist (`true`), or by others.",
    "name": "The group's name; `*` stands for any text.",
    "profile": "The credential profile.",
    "receipt": "The `request_id` of the call to undo.",
    "region": "The AWS region.",
    "replace_previous": "Move the owner's earlier rule for the same port here.",
    "targets": "What is to be reached, every one of them from every source on every port.",
    "vpc_id": "Only groups of this VPC.",
    "approval": "The token of an answer `approval_required`. All other arguments as before.",
    "cursor": "`next_cursor` of the page before.",
    "icmp_code": "With `icmp_type`; left out: every code.",
    "icmp_type": "For the protocols `icmp` and `icmpv6`; left out: every type.",
    "limit": "How many items a page has at most; it also ends at about 2,000 tokens.",
    "owner": "Only rules of this owner.",
    "port": 'A number, a range `"8000-8100"`, a name (`ssh`, `postgresql`) or `all`. For what is '
    "to be opened or checked, the target's own port is usual, if it has exactly one.",
    "ports": "With `targets`: the ports.",
    "protocol": "By which protocol. Those without ports (`icmp`, `icmpv6`, `all`) take none.",
    "reason": "Why. It is kept on the rule and in the audit log.",
    "resource_type": "Which kind of thing is meant, where a name fits several.",
    "rule_ids": "The very rules, as `list_rules` names them.",
    "source": 'An address, a CIDR, a list of them, or `"me"`: only rules for exactly these.',
    "sources": 'With `targets`: the addresses and CIDRs, or `"me"`.',
    "tag": "`Key`, or `Key=Value`.",
    "target": "What is meant, in the words of `whitelist`. Left out: the whole region, or what "
    "`rule_ids` name.",
    "ticket": "The number of a ticket or incident. It is kept on the rule and in the audit log.",
}
"""By name: arguments that do not describe themselves in the model."""

FIELDS: Mapping[str, str] = {
    "aws_latency_ms": "How long one read of rules took.",
    "because": "The rules that let in, as in `list_rules`.",
    "iam_policy": "The IAM policy that would allow what is missing.",
    "permissions": "By IAM action: `yes`, `no` or `unknown`, as dry runs say.",
    "result_uri": "The resource with all entries, in the answer of a tool.",
    "rules": "The rules that it is about, as in `list_rules`, each with its `status`.",
    "summary": "One plain sentence. It is always there.",
    "account": "The AWS account that it is about.",
    "agree": "Whether enough sources said the same.",
    "allowed": "Whether the rules let in all that was asked for.",
    "approval": "What to repeat the call with: `token`, `expires_at`, and `command` where a person "
    "must run one on a terminal before.",
    "arn": "Who AWS says we are.",
    "aws_request_ids": "AWS's own ids of the calls that changed something.",
    "breakers": "Services whose calls are watched, and whether they are held back: `service`, "
    "`region`, `whose`, `state`.",
    "candidates": "All that the target may mean: `id`, `name`, `resource_type`, `kind`, `vpc_id`, "
    "`why`.",
    "checks": "What was looked at: `name`, `status`, `detail`, `code`, `remedy`.",
    "default_profile": "What calls use that name no profile.",
    "error": "Why the call failed: see [errors](errors.md).",
    "expires_at": "When the keys end, where they do (UTC).",
    "expires_enforced_by": "What is known to end access in time: `process`, `timer`.",
    "expiry_enforcers": "What is known to end access in time: `process`, `timer`.",
    "failures": "In the answer of a tool: the entries that failed.",
    "group_id": "The group that a change would be made to, where that is clear.",
    "groups": "The security groups: `group_id`, `name`, `vpc_id`, `description`, `rules` (their "
    "number).",
    "ipv4": "The IPv4 address.",
    "ipv6": "The IPv6 address.",
    "items": "What there is on this page; of a bulk, what became of each entry.",
    "limits": "The limits in force, in numbers.",
    "missing": "The rules that would have to be added: `group_id`, `protocol`, `from_port`, "
    "`to_port`, `cidr`.",
    "missing_permissions": "The IAM actions that we may not do.",
    "next_cursor": "Repeat the call with it as `cursor` for more; absent on the last page.",
    "operations": "Their names.",
    "overdue_rules": "How many of our rules are past their end and still there.",
    "plan": "What would change, in words.",
    "policy": "The policy in force, in sentences.",
    "policy_kept_by": "Whose policy it is.",
    "ports": "The ports of the target itself.",
    "profile": "The credential profile, where one was used.",
    "protocol_revisions": "The revisions of MCP that are spoken.",
    "reasons": "Why approval is needed.",
    "region": "The AWS region that it is about.",
    "request_id": "The call's id, in the log and in the audit log too; the `receipt` of an undo.",
    "resource": "What the target turned out to be, where it is more than a security group: "
    "`resource_type`, `id`, `name`, `endpoint`, `why`.",
    "resource_types": "The kinds of targets.",
    "room_left": "How many more rules each group that was changed may have.",
    "sandbox": "`true` where nothing real was touched.",
    "sources": "Who was asked, and what each said.",
    "status": "What became of it: see below.",
    "total": "How many there are on all pages.",
    "totals": "How many there are of each status.",
    "undo": "The call that takes this one back; absent where nothing was changed.",
    "version": "Of the program.",
    "warnings": "What else to know, as `code` and `message`: see [warnings](errors.md#warnings).",
    "why": "Why this is what the target means.",
}
"""By name: fields of results that do not describe themselves in the model."""

S = RuleStatus

STATUSES: Mapping[str, str] = {
    S.ADDED: "A rule was made.",
    S.ALREADY_ALLOWED: "That very rule is there; nothing was changed.",
    S.COVERED: "A wider rule lets it in already; nothing was changed (`force` would add a rule).",
    S.EXTENDED: "The rule is there and now ends later.",
    S.MOVED: "The earlier rule is now for the new address.",
    S.REVOKED: "The rule is gone: the group was looked at again.",
    S.RELEASED: "Ended for one owner; the rule stays for the others.",
    S.ABSENT: "There is no such rule (any more).",
    S.NOT_OURS: "awswhitelist did not make the rule, so it stays.",
    S.NOT_PICKED: "Named by its id, but not what the other arguments pick: it stays.",
    S.RESTORED: "As it was before the call that was undone.",
    S.UNDO_CONFLICT: "Changed since by somebody, so it was left alone.",
    S.UNVERIFIED: "AWS accepted the change but does not show it yet.",
    S.UNKNOWN: "AWS's answer was lost, and nobody could look: list the rules.",
    S.FAILED: "Not done; the entry has an `error`.",
    S.SKIPPED: "Not begun, because another part of an atomic call had failed.",
    S.ROLLED_BACK: "Done, and taken back because another part of an atomic call had failed.",
    S.PLANNED: "A dry run: the plan, and nothing was changed.",
    S.APPROVAL_REQUIRED: "Nothing was changed: repeat the call with `approval`.",
    S.DECLINED: "A person said no; nothing was changed.",
    "ok": "All is well.",
    "degraded": "Changes can be made, but something needs attention.",
    "down": "No change can be made now.",
}
"""What each status means, for whichever operation."""

_ASKED = (S.PLANNED, S.APPROVAL_REQUIRED, S.DECLINED)
_OPENED = (S.ADDED, S.ALREADY_ALLOWED, S.COVERED, S.EXTENDED, S.MOVED)
_CLOSED = (S.REVOKED, S.RELEASED, S.ABSENT, S.NOT_OURS, S.NOT_PICKED)

STATUSES_OF: Mapping[str, tuple[str, ...]] = {
    "whitelist": (*_OPENED, S.UNVERIFIED, *_ASKED),
    "whitelist_bulk": (
        *_OPENED,
        *(S.UNVERIFIED, S.UNKNOWN, S.FAILED, S.SKIPPED, S.ROLLED_BACK),
        *_ASKED,
    ),
    "revoke": (*_CLOSED, S.UNVERIFIED, *_ASKED),
    "undo": (
        *(S.RESTORED, S.REVOKED, S.RELEASED, S.ALREADY_ALLOWED, S.ABSENT),
        *(S.UNDO_CONFLICT, S.UNVERIFIED),
        *_ASKED,
    ),
    "sweep_expired": (S.REVOKED, S.ABSENT, S.UNVERIFIED, S.PLANNED),
    "health": ("ok", "degraded", "down"),
}
"""By operation: what the status of a rule, an entry or the whole call may be."""

EXAMPLES: Mapping[str, dict[str, Any]] = {
    "whitelist": {
        "target": "prod-bastion",
        "source": "203.0.113.7",
        "port": "ssh",
        "expires_in": "2h",
        "reason": "disk full",
    },
    "whitelist_bulk": {
        "targets": ["prod-bastion", "staging-app"],
        "sources": ["203.0.113.7", "203.0.113.9"],
        "ports": [22],
        "expires_in": "4h",
    },
    "revoke": {"target": "prod-bastion", "source": "203.0.113.7"},
    "undo": {"receipt": "6f1d2c3b4a5968778695a4b3c2d1e0f0"},
    "sweep_expired": {"dry_run": True},
    "list_rules": {"target": "prod-bastion", "managed": False},
    "check_access": {"target": "orders-db", "source": "203.0.113.7"},
    "find_security_group": {"target": "orders-db"},
    "list_security_groups": {"name": "prod-*", "limit": 5},
    "get_my_ip": {},
    "list_profiles": {},
    "test_credentials": {"region": "eu-west-1"},
    "capabilities": {},
    "health": {"region": "eu-west-1"},
}
"""The arguments of one request each."""
