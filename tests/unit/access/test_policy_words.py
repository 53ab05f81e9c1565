"""The policy in plain words: each setting is a sentence, and the sentence follows the setting."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.access.policy_words import policy_words
from awswhitelist.policy_config import ApprovalReason, PolicyConfig


def words(**settings: Any) -> set[str]:
    return set(policy_words(PolicyConfig.model_validate(settings)))


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "read only": ({"read_only": True}, "Nothing may be changed."),
    "width": (
        {"min_prefix_ipv4": 28, "min_prefix_ipv6": 96, "max_addresses": 16},
        "A source may be no wider than /28 (IPv4) or /96 (IPv6), and one call may let in at most "
        "16 IPv4 addresses for each group and port.",
    ),
    "public": (
        {"allow_public": True},
        "Opening to the whole internet is permitted with approval.",
    ),
    "private": ({"allow_private": False}, "Private source addresses are not permitted."),
    "all ports": ({"allow_all_ports": True}, "More than 1,024 ports at once are permitted."),
    "all protocols": ({"allow_all_protocols": True}, "All protocols at once are permitted."),
    "lifetimes": (
        {"default_ttl": "1h", "max_ttl": "2d", "max_total_ttl": "4d"},
        "Access lasts 1 h unless told otherwise, at most 2 d, extended at most 4 d in all.",
    ),
    "no end": ({"allow_never_expires": True}, "Access without an end is permitted."),
    "enforcer": (
        {"require_enforcer": True},
        "Access is opened only where a timer is known to sweep what has ended.",
    ),
    "no tags": (
        {"require_tags": False},
        "A rule that AWS lets nobody tag keeps its end in its description; it is swept only in "
        "these groups: none.",
    ),
    "groups without tags": (
        {"require_tags": False, "untagged_groups": ["legacy-*"]},
        "A rule that AWS lets nobody tag keeps its end in its description; it is swept only in "
        "these groups: legacy-*.",
    ),
    "reason": ({"require_reason": True}, "Whoever gives access must give a reason."),
    "others": ({"act_for_others": False}, "Acting for another owner is not permitted."),
    "rates": (
        {"max_changing_calls_per_minute": 5, "max_changes_per_hour": 7},
        "At most 5 changing calls in a minute and 7 changed rules in an hour, for each account.",
    ),
    "only ports": ({"ports": {"allow": ["22"]}}, "Only these ports are permitted: 22."),
    "no groups": ({"groups": {"allow": []}}, "Only these groups are permitted: none."),
    "denied regions": ({"regions": {"deny": ["us-*"]}}, "These regions are denied: us-*."),
    "denied accounts": (
        {"accounts": {"deny": ["111122223333", "444455556666"]}},
        "These accounts are denied: 111122223333, 444455556666.",
    ),
    "profiles": ({"profiles": {"allow": ["dev"]}}, "Only these profiles are permitted: dev."),
    "approval": (
        {"approval": {"when": ["sensitive_ports"]}},
        "Approval is needed where it opens a port that the policy calls sensitive.",
    ),
}


@pytest.mark.parametrize(("settings", "sentence"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_is_told_in_a_sentence_that_the_usual_policy_does_not_say(
    settings: dict[str, Any], sentence: str
) -> None:
    assert sentence in words(**settings)
    assert sentence not in words()


def test_there_is_a_sentence_for_each_reason_to_ask() -> None:
    told = words(approval={"when": list(ApprovalReason)})
    asked = [sentence for sentence in told if sentence.startswith("Approval is needed where ")]
    assert len(asked) == len(ApprovalReason)


def test_the_usual_policy_speaks_of_no_lists() -> None:
    assert not [sentence for sentence in words() if "these" in sentence.lower()]
