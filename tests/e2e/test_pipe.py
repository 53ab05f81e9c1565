"""A shell script and a pipe: plain JSON-RPC in, one line of JSON for each request out."""

from __future__ import annotations

from typing import Any

import pytest

WHITELIST = (
    '{"jsonrpc":"2.0","id":1,"method":"whitelist","params":{"target":"prod-bastion",'
    '"source":"203.0.113.7","port":"ssh","expires_in":"2h"}}'
)
LIST = '{"jsonrpc":"2.0","id":2,"method":"list_rules","params":{"target":"prod-bastion"}}'


def test_a_script_adds_a_rule_and_reads_its_own_write(home: Any) -> None:
    ended = home.run("serve", "--sandbox", lines=f"{WHITELIST}\n{LIST}\n")
    assert ended.code == 0
    added, listed = ended.answers
    assert (added["id"], listed["id"]) == (1, 2)
    (rule,) = added["result"]["rules"]
    assert rule["cidr"] == "203.0.113.7/32"
    assert rule["rule_id"] in [item["rule_id"] for item in listed["result"]["items"]]
    assert listed["result"]["total"] == 3
    assert (home.state / "sandbox" / "audit.jsonl").stat().st_mode & 0o077 == 0


# What the issue lists as mistakes, and the word that must be in the answer.
MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "the whole internet": ({"source": "0.0.0.0/0"}, "source", "internet"),
    "host bits": ({"source": "198.51.100.7/24"}, "source", "198.51.100.0/24"),
    "AWS's -1": ({"protocol": "-1"}, "protocol", '"all"'),
    "an unknown group": ({"target": "sg-0123456789abcdef0"}, "target", "region"),
    "a misspelt field": ({"securtiy_group": "x"}, "securtiy_group", "Known here"),
    "a port too high": ({"port": 70000}, "port", "65535"),
}


@pytest.fixture(scope="module")
def mistaken(module_home: Any, lines: Any) -> Any:
    """One process that is told every mistake, between two lists of the rules."""
    good = {"target": "prod-bastion", "source": "203.0.113.7", "port": 22}
    listing = ("list_rules", {"target": "prod-bastion"})
    calls = [("whitelist", good | wrong) for wrong, _, _ in MISTAKES.values()]
    return module_home.run("serve", "--sandbox", lines=lines(listing, *calls, listing))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_with_the_field_and_the_remedy(mistaken: Any, name: str) -> None:
    _, field, word = MISTAKES[name]
    number = 2 + list(MISTAKES).index(name)
    (answer,) = (each for each in mistaken.answers if each["id"] == number)
    data = answer["error"]["data"]
    assert data["field"] == field
    assert word in data["summary"] + data["remedy"]


def test_mistakes_change_nothing_and_leave_no_traceback(mistaken: Any) -> None:
    by_id = {answer["id"]: answer for answer in mistaken.answers}
    first, last = by_id[1]["result"]["items"], by_id[len(MISTAKES) + 2]["result"]["items"]
    assert first == last
    assert mistaken.code == 0
    assert "Traceback" not in mistaken.out + mistaken.err
