"""The official clients in Python and TypeScript, old and new, take the same steps with the program.

Each of them checks every structured result against its tool's output schema by itself, and so does
version 1 of the TypeScript SDK for results that are errors.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import pytest

Json: TypeAlias = dict[str, Any]

LEGACY, MODERN = "2025-11-25", "2026-07-28"
CLIENTS: dict[str, tuple[str, str, str]] = {
    "Python SDK 1": ("python 1", "legacy", LEGACY),
    "Python SDK 2, legacy": ("python 2", "legacy", LEGACY),
    "Python SDK 2": ("python 2", "auto", MODERN),
    "TypeScript SDK 1": ("typescript 1", "legacy", LEGACY),
    "TypeScript SDK 2, legacy": ("typescript 2", "legacy", LEGACY),
    "TypeScript SDK 2": ("typescript 2", "auto", MODERN),
}

BASTION = {"target": "prod-bastion"}
HOST = BASTION | {"source": "203.0.113.7", "port": "ssh"}
MOVED = HOST | {"source": "203.0.113.8"}
RULES = "awswhitelist://eu-west-1/security-groups/sg-085ab3b4077d080c4/rules"


def step(name: str, do: str, /, **params: Any) -> Json:
    return {"as": name, "do": do, "params": params}


def call(name: str, tool: str, arguments: Json) -> Json:
    return step(name, "call", name=tool, arguments=arguments)


def wide(name: str, prefix: int) -> Json:
    """A call that needs an approval, for it lets in more than one address."""
    return call(name, "whitelist", HOST | {"source": f"203.0.113.0/{prefix}", "expires_in": "2h"})


COMPLETE = {
    "ref": {"type": "ref/prompt", "name": "audit_exposure"},
    "argument": {"name": "target", "value": "PROD-B"},
}
STATUSES: dict[str, tuple[str, Json]] = {
    "already_allowed": ("whitelist", HOST | {"expires_in": "2h"}),
    "extended": ("whitelist", HOST | {"expires_in": "5h", "owner": "ada"}),
    "planned": ("whitelist", HOST | {"source": "203.0.113.55", "dry_run": True}),
    "covered": ("whitelist", HOST | {"source": "198.51.100.9"}),
    "released": ("revoke", HOST | {"owner": "ada"}),
    "moved": ("whitelist", MOVED | {"expires_in": "2h", "replace_previous": True}),
    "not_ours": ("revoke", BASTION | {"source": "198.51.100.0/24"}),
    "absent": ("revoke", {"rule_ids": ["sgr-0123456789abcdef0"]}),
    "not_picked": ("revoke", {"rule_ids": ["sgr-04214953cbc5d365f"], "port": 443}),
}
"""Calls that end in these statuses when they are made in this order, after the first rule."""

MANY = {
    "entries": [
        {"target": "staging-app", "source": "203.0.113.101", "port": 2022, "expires_in": "2h"},
        {"target": "no-such-group", "source": "203.0.113.102", "port": 2022, "expires_in": "2h"},
    ]
}
"""A bulk with one bad entry."""

STEPS: list[Json] = [
    *(step(name, name) for name in ("tools", "prompts", "resources", "templates")),
    call("added", "whitelist", HOST | {"expires_in": "2h"}),
    call("listed", "list_rules", BASTION),
    *(call(status, tool, arguments) for status, (tool, arguments) in STATUSES.items()),
    call("revoked", "revoke", MOVED),
    call("mistake", "whitelist", HOST | {"source": "203.0.113.77", "expires_in": "2h"}),
    call("undone", "undo", {}) | {"undoes": "mistake"},
    call("many", "whitelist_bulk", MANY),
    call("checked", "check_access", HOST | {"source": ["198.51.100.9", "203.0.113.7"]}),
    call("found", "find_security_group", {"target": "orders-db"}),
    call("candidates", "find_security_group", {"target": "batch"}),
    call("groups", "list_security_groups", {"name": "prod-*", "limit": 2}),
    call("profiles", "list_profiles", {}),
    call("own rights", "test_credentials", {}),
    call("own address", "get_my_ip", {}),
    call("capabilities", "capabilities", {}),
    call("health", "health", {}),
    call("swept", "sweep_expired", {}),
    wide("approved", 28),
    wide("rejected", 27),
    wide("dismissed", 26),
    call("wrong port", "whitelist", HOST | {"port": 70000}),
    call("no such group", "list_rules", {"target": "sg-0123456789abcdef0"}),
    call("too much to revoke", "revoke", BASTION),
    call("unknown tool", "nonsense", {}),
    step("prompt", "prompt", name="open_access_for_me", arguments=BASTION),
    step("policy", "read", uri="awswhitelist://policy"),
    step("rules", "read", uri=RULES),
    step("no resource", "read", uri="awswhitelist://nonsense"),
    step("completed", "complete", **COMPLETE),
    step("watched", "watch", uri=RULES),
    call("added another", "whitelist", HOST | {"source": "203.0.113.99", "expires_in": "2h"}),
    step("updated", "wait"),
]


class Report(NamedTuple):
    """What a client saw: ``results`` are known by the names of the steps."""

    client: str
    revision: str
    server: Json
    results: dict[str, Json]
    questions: list[Json]

    def facts(self, name: str) -> Json:
        """The structured result of a call."""
        return dict(self.results[name]["structuredContent"])


@pytest.fixture(params=CLIENTS)
def report(
    request: pytest.FixtureRequest,
    once: Callable[..., Any],
    run_client: Callable[..., Any],
    commands: dict[str, Callable[[], list[str]]],
) -> Report:
    client, mode, _ = CLIENTS[request.param]
    command = commands[client]()

    def work(place: Any) -> Json:
        answers = ["approve", "reject", "cancel"]
        scenario = {"server": place.server, "mode": mode, "steps": STEPS, "answers": answers}
        done = run_client(command, place, json.dumps(scenario))
        assert done.returncode == 0, done.stderr
        return {"client": request.param, **json.loads(done.stdout)}

    return Report(**once(f"{client} {mode}", work))


def test_the_client_speaks_the_newest_revision_that_it_knows(report: Report) -> None:
    assert report.revision == CLIENTS[report.client][2]
    assert report.server["name"] == "awswhitelist"


def test_the_client_calls_every_tool_that_it_is_offered(report: Report) -> None:
    offered = {tool["name"] for tool in report.results["tools"]["tools"]}
    made = [each for each in STEPS if each["do"] == "call"]
    good = {each["params"]["name"] for each in made if not failed(report.results[each["as"]])}
    assert good == offered


def failed(result: Json) -> bool:
    """Whether it is an error, of the protocol or of a tool."""
    return "error" in result or bool(result.get("isError"))


def test_access_is_opened_seen_and_closed_again(report: Report) -> None:
    added, listed, revoked = map(report.facts, ("added", "listed", "revoked"))
    (rule,) = added["rules"]
    assert added["status"] == "added"
    assert rule["rule_id"] in [item["rule_id"] for item in listed["items"]]
    assert revoked["status"] == "revoked"


def test_the_call_that_an_answer_names_takes_it_back(report: Report) -> None:
    mistake, undone = report.facts("mistake"), report.facts("undone")
    assert undone["status"] == "revoked"
    assert [rule["rule_id"] for rule in undone["rules"]] == [
        rule["rule_id"] for rule in mistake["rules"]
    ]


@pytest.mark.parametrize("status", STATUSES)
def test_the_client_takes_the_answer_of_every_status_that_it_can_be_given(
    report: Report, status: str
) -> None:
    assert report.facts(status)["status"] == status


def test_the_client_takes_a_bulk_with_a_bad_entry_and_a_link_to_all_of_it(report: Report) -> None:
    many = report.results["many"]
    assert not failed(many), many
    assert many["structuredContent"]["totals"] == {"added": 1, "failed": 1}
    told = json.dumps(many["content"])
    assert "awswhitelist://results/" in told


def test_the_user_is_asked_and_what_they_say_is_done(report: Report) -> None:
    assert report.facts("approved")["status"] == "added"
    for name in ("rejected", "dismissed"):
        assert report.facts(name)["status"] == "declined"
    for question, prefix in zip(report.questions, (28, 27, 26), strict=True):
        assert f"203.0.113.0/{prefix}" in question["message"]
        (choice,) = question["requestedSchema"]["properties"].values()
        assert [each["const"] for each in choice["oneOf"]] == ["reject", "approve"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("wrong port", "invalid_argument"),
        ("no such group", "security_group_not_found"),
        ("too much to revoke", "invalid_argument"),
    ],
)
def test_an_error_of_a_tool_reaches_the_caller_with_what_to_do(
    report: Report, name: str, code: str
) -> None:
    error = report.facts(name)["error"]
    assert report.results[name]["isError"] is True
    assert error["code"] == code
    assert error["remedy"] in report.results[name]["content"][0]["text"]


def test_what_is_not_there_is_an_error_of_the_protocol(report: Report) -> None:
    # Version 2 of the TypeScript SDK says -32602 to its caller for the -32002 of older revisions.
    codes = {-32602} if report.revision == MODERN else {-32602, -32002}
    assert report.results["unknown tool"]["error"]["code"] == -32602
    assert report.results["no resource"]["error"]["code"] in codes


def test_prompts_resources_and_completions_are_there(report: Report) -> None:
    seen = report.results
    names = {
        kind: {each["name"] for each in seen[kind][member]}
        for kind, member in (
            ("prompts", "prompts"),
            ("resources", "resources"),
            ("templates", "resourceTemplates"),
        )
    }
    assert "open_access_for_me" in names["prompts"]
    assert names["resources"] >= {"policy", "profiles", "audit"}
    assert names["templates"] == {"rules", "results"}
    assert "prod-bastion" in seen["prompt"]["messages"][0]["content"]["text"]
    assert seen["completed"]["completion"]["values"] == ["prod-bastion"]


def test_the_rules_that_are_read_are_those_that_were_made(report: Report) -> None:
    (policy,) = report.results["policy"]["contents"]
    (rules,) = report.results["rules"]["contents"]
    made = [rule["rule_id"] for rule in report.facts("approved")["rules"]]
    read = [item["rule_id"] for item in json.loads(rules["text"])["items"]]
    assert "words" in json.loads(policy["text"])
    assert set(made) <= set(read)
    assert len(read) == 3


def test_the_client_is_told_of_the_change_that_it_watches_for(report: Report) -> None:
    assert "error" not in report.results["watched"]
    assert report.facts("added another")["status"] == "added"
    assert report.results["updated"] == {"uri": RULES}
