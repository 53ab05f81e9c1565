"""The operations under arguments of any kind: an answer that fits its schema, or our own error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from awswhitelist.application import Surroundings, load_tools
from awswhitelist.calls import UNAVAILABLE, Answer, AnswerKind, PlainContext, Question
from awswhitelist.config import load_config
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.handlers.tools import tool_failure
from awswhitelist.mcp.registry import ToolSpec
from awswhitelist.tools.table import OPERATIONS

Json = dict[str, Any]
Call = tuple[str, Json, str]

MANY = {"max_changing_calls_per_minute": 10**6, "max_changes_per_hour": 10**6}
POLICIES: dict[str, Json] = {
    "strict": MANY,
    "loose": MANY
    | {
        "min_prefix_ipv4": 0,
        "min_prefix_ipv6": 0,
        "max_addresses": 2**32,
        "allow_public": True,
        "allow_all_ports": True,
        "allow_all_protocols": True,
        "allow_never_expires": True,
        "allow_inline_credentials": True,
        "profiles": {"allow": ["*"]},
        "approval": {"when": ["foreign_rules"]},
    },
}

USUAL: dict[str, tuple[Any, ...]] = {
    "target": ("prod-bastion", "prod-db", "orders-db", "archive", "sg-00000000", " ", "\x00", "*",
               "postgres://u:p@h:5432/d", "https://h:99999/", "1.2.3.4", "1.2.3.4:99999",
               "arn:aws:s3:::b", "arn:aws:rds:eu-west-1:123456789012:db:x", "i-0123456789abcdef0"),
    "resource_type": ("rds", "security_group", "LOAD_BALANCER", "x"),
    "source": ("me", "203.0.113.7", "0.0.0.0/0", "::/0", "2001:db8::1", "1.2.3.4/33", [], ["me"],
               "10.0.0.0/24", ["203.0.113.8", "203.0.113.8/32", "2001:db8::/64"]),
    "port": (22, 443, "ssh", "all", "1-65535", "0", "65536", -1, "443-22", "8000-8100"),
    "protocol": ("tcp", "udp", "icmp", "icmpv6", "all", "6", "TCP "),
    "icmp_type": (0, 8, 256),
    "icmp_code": (0, 255, -1),
    "expires_in": ("2h", "1m", "7d", "PT2H", "never", "0s", "10000d"),
    "reason": ("", "deploy", "\u200b", "x" * 255),
    "owner": ("", " ", "mara", "a b", "x" * 255, "\N{GRINNING FACE}"),
    "description": ("", "{owner}", "\N{GRINNING FACE}"),
    "force": (True, False),
    "dry_run": (True, False),
    "approval": ("", "a.b", "\u00e9"),
    "profile": ("", "prod"),
    "region": ("eu-west-1", "us-east-1", "xx-yy-1", ""),
    "credentials": ({"access_key_id": "A", "secret_access_key": "B"}, {"access_key_id": "A"}),
    "rule_ids": ([], ["sgr-0123456789abcdef0"] * 2, ["x"]),
    "include_foreign": (True, False),
    "limit": (1, 0, 10**30),
    "cursor": ("", "W10=", "WyJhIl0=", "!!!"),
}  # fmt: skip
"""Values as people and models write them, right and wrong."""

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """An operation, a few arguments of it and now and then another, and what a person would say."""
    operation = draw(st.sampled_from(OPERATIONS))
    known = sorted(USUAL.keys() & operation.request_model.model_fields.keys())
    given_names = draw(st.lists(st.sampled_from(known), unique=True, max_size=4)) if known else []
    arguments: Json = {"target": "prod-bastion"} if "target" in known else {}
    arguments |= {name: draw(st.sampled_from(USUAL[name])) for name in given_names}
    if draw(st.integers(0, 9)) == 0:
        arguments[draw(st.sampled_from(known or ["x"]) | st.text(max_size=5))] = draw(JUNK)
    return operation.name, arguments, draw(st.sampled_from(["nobody", "yes", "no", "nonsense"]))


def person(says: str) -> Callable[[Question], Answer]:
    """Answers every question in the same way."""

    def answer(question: Question) -> Answer:
        values = {"yes": question.choices[-1].value, "no": question.choices[0].value}
        return Answer(AnswerKind.ACCEPTED, values.get(says, "?"), question.state)

    return answer if says != "nobody" else lambda _question: UNAVAILABLE


@pytest.fixture(scope="module", params=POLICIES)
def tools(request: pytest.FixtureRequest) -> Iterator[dict[str, ToolSpec]]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "config.json"
        state = {"directory": f"{folder}/state"}
        file.write_text(json.dumps({"state": state, "policy": POLICIES[request.param]}))
        config = load_config(file, {}, operator_policy=Path(folder) / "none")
        around = Surroundings("tester", {}, sleep=lambda _seconds: None)
        yield {tool.name: tool for tool in load_tools(config, around, sandbox=True)}


@pytest.fixture(scope="module")
def answers(tools: dict[str, ToolSpec]) -> dict[str, Draft202012Validator]:
    return {name: Draft202012Validator(tool.output_schema()) for name, tool in tools.items()}


@given(calls())
@settings(max_examples=150)
def test_any_arguments_get_an_answer_of_the_schema_or_an_error_of_ours(
    tools: dict[str, ToolSpec], answers: dict[str, Draft202012Validator], call: Call
) -> None:
    name, arguments, says = call
    try:
        result = tools[name].call(arguments, PlainContext("r-1", answer=person(says)))
        shown = result.structured
    except AwsWhitelistError as error:
        assert error.code != "internal_error"
        shown = tool_failure(error, "r-1")["structuredContent"]
    event(f"{name}: {shown.get('status') or shown.get('error', {}).get('code')}")
    answers[name].validate(json.loads(json.dumps(shown)))
