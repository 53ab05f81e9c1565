"""Troubleshooting: what to know of each error and warning beyond its own words.

An error's meaning is the docstring of its class, and what to do is its ``remedy``; both are in
``awswhitelist/exceptions.py``. Here is what helps to find the cause.
"""

from __future__ import annotations

from collections.abc import Mapping

from awswhitelist.tools.results import WarningCode

CAUSES: Mapping[str, str] = {
    "internal_error": "A defect of ours, or a failure that nobody foresaw. The answer has a "
    "`request_id`: the log has the traceback under it. Please report it.",
    "invalid_argument": "`field` names the argument. Common: a CIDR with host bits "
    "(198.51.100.7/24; the error names the network that is meant), no port for a target that has "
    "none or several, an argument that the operation does not have.",
    "region_missing": "Desktop programs often start the server without your shell's variables, so "
    "that `AWS_REGION` is not there: put the region into the [configuration](configuration.md).",
    "me_is_the_server": "`me` is the address of the machine that the server runs on. Behind a "
    "socket (`connect`), or with `server.remote`, that is not where you are.",
    "configuration_invalid": "`awswhitelist config check` finds everything that is wrong, with "
    "its place; `awswhitelist config show` tells where each value comes from.",
    "client_config_invalid": "`install` and `uninstall` change no file that they cannot read as a "
    "whole. Comments are fine only where the client itself allows them.",
    "policy_denied": "`reasons` has every setting that denied, and whether an argument can help. "
    "`capabilities` shows the policy in sentences; `awswhitelist config show` its files. No "
    "argument loosens it: see the [policy guide](policy.md).",
    "approval_unavailable": "The policy wants a person for this (`approval.without_elicitation` "
    "is `deny` for one of the `reasons`), and the client cannot ask its user.",
    "approval_not_found": "`awswhitelist approve` looks into the state directory of the user who "
    "runs it. It must be the server's own user, with the same `state.directory`.",
    "terminal_needed": "`awswhitelist approve` wants the controlling terminal itself: a pipe, a "
    "script or an assistant is not a person.",
    "security_group_not_found": "An id or name is looked for in one region of one account; both "
    "are in the error or in the answer of `find_security_group`.",
    "resource_not_found": "As above. Services that could not be asked, for want of permission, "
    "are named: what is meant may be one of theirs.",
    "ambiguous_target": "`candidates` has an id for each that names it alone. `resource_type` may "
    "be enough to tell them apart. Nothing was changed.",
    "ambiguous_group": "A resource with several groups has no obvious one. Tag the one that is "
    "meant for such rules `awswhitelist:target=true`, once and for all.",
    "ambiguous_rule": "`replace_previous` moves your own earlier rule for the same port. Here "
    "there are several, named in `candidates`.",
    "no_security_group": "Older network load balancers, and gateway load balancers, have none: "
    "what is behind them decides. See [reach](#warnings).",
    "aws_rejected": "AWS refused for a reason that has no name here. `aws_code` is AWS's own; "
    "with `aws_request_id` CloudTrail and AWS support find the call.",
    "credentials_missing": "No profile, variable, role or file gave keys. `test_credentials` and "
    "`list_profiles` say what is there. Desktop programs often have none of your shell's "
    "variables.",
    "credentials_expired": "Most often a sign-in (SSO) that has ended, or temporary keys in a "
    "file.",
    "credentials_invalid": "AWS knows no such key, or the secret does not fit. Copied keys often "
    "lose a character at the end.",
    "permission_missing": "`missing_permissions` names the IAM actions. `test_credentials` tries "
    "all that are needed, by dry runs, and writes the policy for what is missing; see "
    "[IAM](iam.md).",
    "throttled": "The account's calls to this API are too many, ours or others'. They were "
    "repeated with growing pauses first: see [reliability](reliability.md).",
    "aws_unavailable": "No answer, after several attempts: a network, a proxy, a name that is not "
    "resolved, an endpoint that is wrong. A change may have arrived although its answer did not: "
    "then it is looked for before this is said.",
    "breaker_open": "After many failures, calls to this service are held back for a while, so "
    "that each does not wait in vain. `health` shows the breakers; `retry_after` says when one is "
    "tried.",
    "quota_exceeded": "AWS allows 60 ingress rules for each group and address family, unless "
    "raised. A prefix list counts for its largest size. `list_security_groups` shows the room "
    "left.",
    "clock_skew": "Signatures carry the time. More than five minutes are too much.",
    "region_not_enabled": "Some regions must be enabled for an account before they are used.",
    "rule_exists": "Somebody made the very rule between our look and our write. The call is "
    "planned again once before this is said.",
    "rule_not_found": "Somebody removed the rule meanwhile, or the id is of another region.",
    "conflict": "Somebody changed the rules between the plan and the write; what was planned does "
    "not fit any more. Nothing is overwritten.",
    "skipped": "An entry of an atomic bulk that came after the one that failed.",
    "rules_overdue": "A line of `health`: rules past their end are still there. Nothing swept "
    "them in time: let [the timer](deployment.md) run, or call `sweep_expired`.",
    "plans_interrupted": "A process was killed between its first write and its last word. See "
    "[the audit log](reliability.md#the-audit-log).",
    "receipt_invalid": "The lines of the audit log carry a MAC. These were not written with the "
    "key in this state directory: the log was edited, or the key is another one.",
    "receipt_not_found": "`receipt` is the `request_id` of a call that changed something, of the "
    "same user, in the audit log of this machine.",
    "audit_unavailable": "A full disk, a directory that is gone or may not be written, a file of "
    "another user. Without a record nothing is changed.",
    "state_unavailable": "The directory must belong to the user and be closed to others (mode "
    "0700).",
    "public_address_unknown": "Two of the services in `public_ip.sources` must say the same. "
    "Behind a proxy or a VPN they may see different addresses; then name yours.",
    "rate_limited": "The policy bounds the changes of an account by minute and hour, over all "
    "processes. `retry_after` says when there is room.",
    "overloaded": "More than `server.queue` calls wait, or more than 1,200 came in a minute. The "
    "call was not begun.",
    "timeout": "`server.call_timeout` (or `server.bulk_timeout`) is over. What was written stays "
    "and is in the audit log; the same call again completes it.",
    "cancelled": "The client sent `notifications/cancelled`; by then something may have been "
    "written, and the audit log has it.",
}
"""By error code: where to look."""

W = WarningCode

WARNINGS: Mapping[str, tuple[str, str]] = {
    W.NOT_EXPIRING: (
        "Access is there already, by a rule that does not end when yours would: somebody else's, "
        "or one without an end.",
        "Nothing, if that is fine; else have that rule removed and call again.",
    ),
    W.ENDS_SOONER: (
        "The rule ends before the time you asked for, because `policy.max_total_ttl` bounds how "
        "long one rule may last in all.",
        "Ask again when it has ended.",
    ),
    W.EXPIRY_NEEDS_A_SWEEPER: (
        "Nothing is known to remove the rule in time once this process has ended.",
        "Run `awswhitelist sweep-expired` by a timer (see [deployment](deployment.md)), or revoke "
        "by hand.",
    ),
    W.EXPIRY_UNKNOWN: (
        "A rule of ours has tags that cannot be read, so that nobody can tell its end.",
        "Look at it with `list_rules`, and revoke it by its `rule_id` if it is not wanted.",
    ),
    W.NOT_TAGGED: (
        "The rule could not be tagged, so that its end and owner are kept elsewhere.",
        "Allow `ec2:CreateTags` (see [IAM](iam.md)).",
    ),
    W.SOURCE_NOT_PUBLIC: (
        "The source is a private, shared, documentation or otherwise special address. AWS never "
        "sees such an address come from the internet.",
        "Nothing, for callers inside the VPC or a joined network; else name the public address "
        "(`get_my_ip`).",
    ),
    W.APPROVAL_NOT_ACCEPTED: (
        "The `approval` does not count: it is too old, was used, is of another call or plan, or "
        "of another user.",
        "Look at the plan in this answer and repeat the call with its new token.",
    ),
    W.CONNECTIONS_SURVIVE: (
        "Security groups are stateful: what is connected now stays connected.",
        "End those connections on the target itself, if they must end.",
    ),
    W.STILL_OPEN: (
        "A rule is gone, or would be, or there was none; and another rule of the same group lets "
        "the same in.",
        "Look at the rules that are named, and revoke by `rule_ids` those that nobody needs (with "
        "`include_foreign` those that awswhitelist did not make). `check_access` tells what all "
        "groups of a resource let in together.",
    ),
    W.AUDIT_INCOMPLETE: (
        "The change was made, but not all of it could be written to the audit log.",
        "Make room on the disk; the program's log has the missing lines (`audit.gap`).",
    ),
    W.UNVERIFIED: (
        "AWS accepted the change and does not show it yet, or its answer was lost.",
        "List the rules a little later.",
    ),
    W.OVERDUE: (
        "Rules of ours are past their end and still there.",
        "`sweep_expired`, and find out why nothing did it: see [deployment](deployment.md).",
    ),
    W.ENDED_MEANWHILE: (
        "Access that would have ended by now is not brought back by an undo.",
        "Ask for it anew with `whitelist`.",
    ),
    W.REDACTED: (
        "The description or a tag of a rule that was restored had something in it that looked "
        "like a secret. The audit log keeps none, so `[redacted]` stands there now.",
        "Write it again where it matters; the rule lets in what it did before.",
    ),
    W.SOURCES_DISAGREE: (
        "The services that say what our address is do not all say the same: a VPN, a proxy, or "
        "several ways out.",
        "Name the address that is meant.",
    ),
    W.READ_AS_IPV4: (
        "An IPv4 address in IPv6 clothes (::ffff:203.0.113.7) was read as IPv4: so AWS sees it.",
        "Nothing.",
    ),
    W.PREFIX_LIST_UNREAD: (
        "A rule names a prefix list whose entries we may not read, so that it is not counted in.",
        "Allow the [actions for looking closer](iam.md#to-look-closer).",
    ),
    W.MEMBERS_ONLY: (
        "Only members of another security group are let in by these rules, no addresses.",
        "Call from a member, or ask for a rule of your own.",
    ),
    W.QUOTA_ASSUMED: (
        "The quota of rules in a group could not be read; AWS's usual one was taken.",
        "Allow `servicequotas:GetServiceQuota`, if your account has another.",
    ),
    W.NOT_PUBLICLY_ACCESSIBLE: (
        "The database has no public address. A rule alone does not let the internet reach it.",
        "Go through a bastion or a VPN, or make it publicly accessible in RDS.",
    ),
    W.NO_PUBLIC_ADDRESS: (
        "The instance or interface has no public address.",
        "Go through a bastion or a VPN, or give it one.",
    ),
    W.CACHE_NOT_PUBLIC: (
        "ElastiCache is never reachable from the internet.",
        "Go through a bastion or a VPN in its VPC.",
    ),
    W.INTERNAL_LOAD_BALANCER: (
        "The load balancer is internal: only its VPC and networks joined to it reach it.",
        "Call from there.",
    ),
    W.NO_SECURITY_GROUP: (
        "It has no security group, so that no rule of its own decides who reaches it.",
        "Look at what is behind it.",
    ),
    W.KEPT_BY_OTHERS: (
        "By its tags, the group belongs to CloudFormation, Terraform, EKS or a controller, which "
        "may take the rule out again.",
        "Make the rule where the group is described, or use another group.",
    ),
    W.OPEN_BESIDE: (
        "Another security group of the same resource lets everybody in already.",
        "Look at that group: your rule changes nothing.",
    ),
    W.GROUP_FULL: (
        "The group has no room for more rules.",
        "Remove what is not needed, merge neighbouring networks, or have the quota raised.",
    ),
    W.NOT_ALL_ASKED: (
        "Some services could not be asked, so that there may be more candidates.",
        "Allow the [actions for finding](iam.md#to-find-by-name), or name an id or ARN.",
    ),
    W.TARGETS_NEED_A_RULE_TOO: (
        "A network load balancer hands the caller's own address on: what is behind it must let "
        "that address in too.",
        "Open the targets' group as well, or have it refer to the load balancer's group.",
    ),
}
"""By warning code: what it means, and what to do."""
