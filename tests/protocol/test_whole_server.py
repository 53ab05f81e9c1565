"""The whole server, with its sandbox, on one conversation in each revision.

Everything it says in them is held against the rules that hold for every message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest
from jsonschema import Draft202012Validator
from mcp_types.methods import SERVER_RESULTS, validate_server_result

from awswhitelist.application import Surroundings, build_server
from awswhitelist.config import load_config
from awswhitelist.mcp.messages import INTERNAL_ERROR

Json: TypeAlias = dict[str, Any]

MODERN = "2026-07-28"
LEGACY = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
PREFIX = "io.modelcontextprotocol/"
META = {f"{PREFIX}protocolVersion": MODERN, f"{PREFIX}clientCapabilities": {}}
TARGET = {"target": "prod-bastion"}
ADDRESS = "203.0.113.9"

COMMON: dict[str, tuple[str, Json]] = {
    "tools": ("tools/list", {}),
    "tools again": ("tools/list", {}),
    "false cursor": ("tools/list", {"cursor": "nonsense"}),
    "read": ("tools/call", {"name": "list_rules", "arguments": TARGET}),
    "plan": (
        "tools/call",
        {
            "name": "whitelist",
            "arguments": {**TARGET, "source": ADDRESS, "port": 22, "dry_run": True},
        },
    ),
    "bad argument": ("tools/call", {"name": "list_rules", "arguments": {"target": 7}}),
    "bad address": ("tools/call", {"name": "whitelist", "arguments": {**TARGET, "source": "x"}}),
    "unknown tool": ("tools/call", {"name": "Whitelist", "arguments": {}}),
    "bare": ("list_rules", TARGET),
    "bare failure": ("list_rules", {"target": 7}),
    "prompts": ("prompts/list", {}),
    "unknown prompt": ("prompts/get", {"name": "nonsense"}),
    "resources": ("resources/list", {}),
    "templates": ("resources/templates/list", {}),
    "policy": ("resources/read", {"uri": "awswhitelist://policy"}),
    "no resource": ("resources/read", {"uri": "awswhitelist://nonsense"}),
    "other scheme": ("resources/read", {"uri": "file:///etc/passwd"}),
    "unknown reference": (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "x", "value": ""}},
    ),
    "log level": ("logging/setLevel", {"level": "debug"}),
    "unknown method": ("sampling/createMessage", {}),
}
CACHEABLE = ["discovery", "tools", "prompts", "resources", "templates", "policy"]


class Talk(NamedTuple):
    """What was said in one conversation; ``answers`` are known by what was asked."""

    revision: str
    answers: dict[Any, Json]
    all: list[Json]

    def result(self, name: str) -> Json:
        return dict(self.answers[name]["result"])

    def code(self, name: str) -> int:
        return int(self.answers[name]["error"]["code"])


def request(name: str, method: str, params: Json) -> Json:
    return {"jsonrpc": "2.0", "id": name, "method": method, "params": params}


def legacy_messages(revision: str) -> list[Json]:
    hello = {
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": {"name": "c", "version": "1"},
    }
    calls = [request(name, *asked) for name, asked in COMMON.items()]
    return [
        request("opening", "initialize", hello),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        *calls,
    ]


def modern_messages() -> list[Json]:
    asked = {
        "discovery": ("server/discover", {}),
        **COMMON,
        "ping": ("ping", {}),
        "stream": ("subscriptions/listen", {"notifications": {"toolsListChanged": True}}),
    }
    calls = [
        request(name, method, params | {"_meta": META}) for name, (method, params) in asked.items()
    ]
    unknown = {**META, f"{PREFIX}protocolVersion": "1999-01-01"}
    return [
        *calls,
        request("unknown version", "tools/list", {"_meta": unknown}),
        request("no capabilities", "tools/list", {"_meta": dict(list(META.items())[:1])}),
    ]


@pytest.fixture(scope="module")
def converse(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Talk]:
    talks: dict[str, Talk] = {}

    def make(revision: str) -> Talk:
        home = tmp_path_factory.mktemp("home")
        config = load_config(None, {"HOME": str(home)}, operator_policy=home / "none.json")
        server = build_server(config, Surroundings("tester", {}), sandbox=True)
        messages = modern_messages() if revision == MODERN else legacy_messages(revision)
        given, output = home / "in", home / "out"
        given.write_text("".join(json.dumps(message) + "\n" for message in messages))
        with given.open("rb") as stdin, output.open("wb") as stdout:
            assert server.serve(stdin.fileno(), stdout.fileno()) == 0
        return heard(revision, output)

    def cached(revision: str) -> Talk:
        if revision not in talks:
            talks[revision] = make(revision)
        return talks[revision]

    return cached


def heard(revision: str, output: Path) -> Talk:
    said = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    answers = {message["id"]: message for message in said if "id" in message}
    assert len(answers) == len([message for message in said if "id" in message])
    return Talk(revision, answers, said)


@pytest.fixture(params=[*LEGACY, MODERN])
def talk(request: pytest.FixtureRequest, converse: Callable[[str], Talk]) -> Talk:
    return converse(request.param)


@pytest.fixture
def modern(converse: Callable[[str], Talk]) -> Talk:
    return converse(MODERN)


@pytest.fixture(params=LEGACY)
def legacy(request: pytest.FixtureRequest, converse: Callable[[str], Talk]) -> Talk:
    return converse(request.param)


def keys_of_meta(value: Any) -> Iterator[str]:
    """Every key of every ``_meta`` in a message."""
    if isinstance(value, list):
        for each in value:
            yield from keys_of_meta(each)
    elif isinstance(value, dict):
        yield from value.get("_meta", {})
        for each in value.values():
            yield from keys_of_meta(each)


# -- every message --------------------------------------------------------------------------------


@pytest.mark.requirement("RPC-1", "RPC-5", "RPC-6", "RPC-7", "RPC-11")
def test_every_message_has_the_form_of_its_kind(talk: Talk) -> None:
    asked = [*COMMON, *(["opening"] if talk.revision != MODERN else [])]
    assert set(asked) <= set(talk.answers)
    for message in talk.all:
        assert message["jsonrpc"] == "2.0"
        if "method" in message:
            assert "id" not in message
        else:
            assert ("result" in message) != ("error" in message)
            error = message.get("error", {"code": 0, "message": ""})
            assert type(error["code"]) is int and isinstance(error["message"], str)


def test_every_result_is_one_that_its_revision_knows(talk: Talk) -> None:
    asked = COMMON | {"opening": ("initialize", {}), "discovery": ("server/discover", {})}
    checked = 0
    for name, (method, _) in asked.items():
        result = talk.answers.get(name, {}).get("result")
        if result is not None and (method, talk.revision) in SERVER_RESULTS:
            validate_server_result(method, talk.revision, result)
            checked += 1
    assert checked >= 9


@pytest.mark.requirement("META-2", "META-9")
def test_every_key_of_metadata_has_the_prefix_of_the_protocol(talk: Talk) -> None:
    keys = set(keys_of_meta(talk.all))
    assert all(re.fullmatch(r"io\.modelcontextprotocol/[a-z][A-Za-z]*", key) for key in keys)
    assert bool(keys) == (talk.revision == MODERN)


@pytest.mark.requirement("CODE-1", "CODE-2", "CODE-3", "CODE-4", "RES-4", "VER-1", "META-3")
def test_modern_errors_have_the_codes_that_are_meant_for_them(modern: Talk) -> None:
    codes = {name: modern.code(name) for name, each in modern.answers.items() if "error" in each}
    assert codes == {
        "false cursor": -32602,
        "unknown tool": -32602,
        "bare failure": 1001,
        "unknown prompt": -32602,
        "no resource": -32602,
        "other scheme": -32602,
        "unknown reference": -32602,
        "log level": -32601,
        "unknown method": -32601,
        "ping": -32601,
        "unknown version": -32022,
        "no capabilities": -32602,
    }


@pytest.mark.requirement("RES-3", "RES-7", "PROMPT-3", "COMP-2", "COMP-6", "PAGE-2")
def test_legacy_errors_have_the_codes_that_are_meant_for_them(legacy: Talk) -> None:
    codes = {name: legacy.code(name) for name, each in legacy.answers.items() if "error" in each}
    assert codes == {
        "false cursor": -32602,
        "unknown tool": -32602,
        "bare failure": 1001,
        "unknown prompt": -32602,
        "no resource": -32002,
        "other scheme": -32002,
        "unknown reference": -32602,
        "log level": -32601,
        "unknown method": -32601,
    }
    assert INTERNAL_ERROR not in codes.values()


@pytest.mark.requirement("RPC-8", "RPC-9", "META-6", "DISC-1")
def test_every_modern_result_says_that_it_is_complete_and_whose_it_is(modern: Talk) -> None:
    results = [each["result"] for each in modern.answers.values() if "result" in each]
    assert len(results) >= 10
    for result in results:
        assert result["resultType"] == "complete"
        assert result["_meta"][f"{PREFIX}serverInfo"]["name"] == "awswhitelist"


@pytest.mark.requirement("OLD-1", "TOOL-1", "PROMPT-1", "RES-1", "COMP-1", "LIFE-2", "VER-2")
def test_what_is_declared_is_what_is_served(talk: Talk) -> None:
    opening = talk.result("discovery" if talk.revision == MODERN else "opening")
    assert opening["capabilities"] == {
        "tools": {},
        "prompts": {},
        "resources": {"subscribe": True},
        "completions": {},
    }


@pytest.mark.requirement("SUB-1", "SUB-2", "SUB-3", "SUB-4", "CANCEL-2")
def test_a_stream_begins_with_its_acknowledgement_and_ends_with_its_result(modern: Talk) -> None:
    tagged = {f"{PREFIX}subscriptionId": "stream"}
    [acknowledged] = [each for each in modern.all if "method" in each]
    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    assert acknowledged["params"] == {"_meta": tagged, "notifications": {}}
    assert modern.result("stream")["_meta"].items() >= tagged.items()
    assert modern.all.index(acknowledged) < modern.all.index(modern.answers["stream"])


# -- lists and caching ----------------------------------------------------------------------------


@pytest.mark.requirement("CACHE-1", "CACHE-2")
def test_what_may_be_kept_says_how_long_and_by_whom(modern: Talk) -> None:
    hints = {
        name: (modern.result(name)["ttlMs"], modern.result(name)["cacheScope"])
        for name in CACHEABLE
    }
    hour = (3_600_000, "public")
    assert hints == {**dict.fromkeys(CACHEABLE, hour), "policy": (0, "private")}


@pytest.mark.requirement("CACHE-4", "TOOL-2", "TOOL-3", "TOOL-4", "PROMPT-2", "RES-2")
@pytest.mark.parametrize("name", ["tools", "prompts", "resources", "templates"])
def test_a_list_is_the_same_on_every_connection(converse: Callable[[str], Talk], name: str) -> None:
    first, second = converse(MODERN), converse("2025-11-25")
    member = {"templates": "resourceTemplates"}.get(name, name)
    assert first.result(name)[member] == second.result(name)[member] != []
    assert first.result("tools") == first.result("tools again")


# -- tools ----------------------------------------------------------------------------------------


@pytest.mark.requirement("TOOL-6", "TOOL-8")
def test_tools_have_unique_names_of_permitted_letters(modern: Talk) -> None:
    names = [tool["name"] for tool in modern.result("tools")["tools"]]
    assert len(set(names)) == len(names) >= 6
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", name) for name in names)


@pytest.mark.requirement("TOOL-7")
def test_the_name_of_a_tool_is_told_apart_by_case(talk: Talk) -> None:
    assert talk.code("unknown tool") == -32602


@pytest.mark.requirement("SCHEMA-1", "SCHEMA-2", "SCHEMA-4", "TOOL-5")
def test_the_schemas_are_valid_and_refer_to_nothing_outside_themselves(modern: Talk) -> None:
    for tool in modern.result("tools")["tools"]:
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object" and "$schema" not in schema
            references = re.findall(r'"\$(?:ref|dynamicRef|id)": "([^"]*)"', json.dumps(schema))
            assert all(each.startswith("#") for each in references)


@pytest.mark.requirement("TOOL-10", "TOOL-11")
@pytest.mark.parametrize("name", ["read", "plan", "bad argument", "bad address"])
def test_structured_results_fit_their_schema_failures_too(talk: Talk, name: str) -> None:
    result = talk.result(name)
    tool = COMMON[name][1]["name"]
    [described] = [each for each in talk.result("tools")["tools"] if each["name"] == tool]
    Draft202012Validator(described["outputSchema"]).validate(result["structuredContent"])
    assert result["isError"] == name.startswith("bad")


@pytest.mark.requirement("TOOL-9")
def test_a_structured_result_is_there_as_text(talk: Talk) -> None:
    result = talk.result("bad argument")
    assert json.loads(result["content"][-1]["text"]) == result["structuredContent"]


# -- resources ------------------------------------------------------------------------------------


@pytest.mark.requirement("RES-9")
def test_resources_have_a_scheme_of_our_own_and_well_formed_uris(talk: Talk) -> None:
    uris = [each["uri"] for each in talk.result("resources")["resources"]]
    uris += [each["uriTemplate"] for each in talk.result("templates")["resourceTemplates"]]
    assert all(re.fullmatch(r"awswhitelist://[A-Za-z0-9/{}_~.-]+", uri) for uri in uris)


@pytest.mark.requirement("RES-6")
def test_what_is_not_there_has_no_contents(talk: Talk) -> None:
    assert "result" not in talk.answers["no resource"]
    assert talk.result("policy")["contents"] != []
