"""Every method of every revision, asked of the real server; all that it says is of a known type.

The list of methods is that of the official ``mcp-types``: what a new version of it adds is either
served here, or named as not built.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any, Self, TypeAlias

import pytest
from mcp_types.jsonrpc import jsonrpc_message_adapter
from mcp_types.methods import (
    CLIENT_REQUESTS,
    parse_server_notification,
    parse_server_request,
    validate_client_request,
    validate_server_result,
)

from awswhitelist.application import Surroundings, build_server
from awswhitelist.config import load_config

Json: TypeAlias = dict[str, Any]

MODERN = "2026-07-28"
REVISIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", MODERN]
ASKING = {"2025-06-18", "2025-11-25"}
"""The revisions in which the server sends requests of its own."""

PREFIX = "io.modelcontextprotocol/"
NOT_BUILT = {"logging/setLevel"}
RULES = "awswhitelist://eu-west-1/security-groups/sg-085ab3b4077d080c4/rules"
TEMPLATE = "awswhitelist://{region}/security-groups/{group_id}/rules"
HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh", "expires_in": "2h"}
WIDE = {"name": "whitelist", "arguments": HOST | {"source": "203.0.113.0/28"}}
WIDER = {"name": "whitelist", "arguments": HOST | {"source": "203.0.113.0/27"}}

# In the order in which they are asked; a stream comes before the change that it tells of.
METHODS: dict[str, Json] = {
    "initialize": {"clientInfo": {"name": "c", "version": "1"}},
    "server/discover": {},
    "ping": {},
    "tools/list": {},
    "prompts/list": {},
    "prompts/get": {"name": "audit_exposure", "arguments": {"target": "prod-bastion"}},
    "resources/list": {},
    "resources/templates/list": {},
    "resources/read": {"uri": RULES},
    "completion/complete": {
        "ref": {"type": "ref/resource", "uri": TEMPLATE},
        "argument": {"name": "region", "value": "eu"},
    },
    "resources/subscribe": {"uri": RULES},
    "subscriptions/listen": {"notifications": {"resourceSubscriptions": [RULES]}},
    "tools/call": {"name": "whitelist", "arguments": HOST},
    "resources/unsubscribe": {"uri": RULES},
    "logging/setLevel": {"level": "info"},
}


class Talk:
    """A conversation under one revision with a server in a thread; everything heard is checked."""

    def __init__(self, revision: str, home: Path) -> None:
        self.revision = revision
        self.kinds: set[str] = set()
        self._asked: dict[Any, str] = {}
        server_in, ours_out = os.pipe()
        ours_in, server_out = os.pipe()
        self._out, self._in = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
        config = load_config(None, {"HOME": str(home)}, operator_policy=home / "none.json")
        server = build_server(config, Surroundings("tester", {}), sandbox=True)
        self._thread = threading.Thread(target=_serve, args=(server, server_in, server_out))
        self._thread.start()

    def send(self, message: Json) -> None:
        self._out.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._out.flush()

    def request(self, method: str, params: Json, request_id: Any = None) -> Any:
        """Send a request that its revision knows; returns its id, by default the method."""
        full = self.completed(method, params)
        validate_client_request(method, self.revision, full)
        self._asked[request_id or method] = method
        self.send({"id": request_id or method, "method": method, "params": full})
        return request_id or method

    def completed(self, method: str, params: Json) -> Json:
        """With the metadata of the modern era, or with what a handshake says."""
        able: Json = {"elicitation": {}}
        if self.revision == MODERN:
            meta = {f"{PREFIX}protocolVersion": MODERN, f"{PREFIX}clientCapabilities": able}
            return params | {"_meta": meta}
        if method == "initialize":
            return params | {"protocolVersion": self.revision, "capabilities": able}
        return params

    def hear(self, **wanted: Any) -> Json:
        """Everything up to the message that has these members; returns that one."""
        for line in self._in:
            message: Json = json.loads(line)
            self._check(message)
            if message.items() >= wanted.items():
                return message
        raise AssertionError(f"the output ended without {wanted}")

    def ask(self, method: str, params: Json) -> Json:
        return self.hear(id=self.request(method, params))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End the input, and check what is still said."""
        self._out.close()
        with self._in:
            for line in self._in:
                self._check(json.loads(line))
        self._thread.join()

    def _check(self, message: Json) -> None:
        jsonrpc_message_adapter.validate_python(message)
        if "result" in message:
            method = self._asked.pop(message["id"])
            validate_server_result(method, self.revision, message["result"])
        elif "method" in message:
            parse = parse_server_request if "id" in message else parse_server_notification
            parse(message["method"], self.revision, message["params"])
            self.kinds.add(message["method"])


def _serve(server: Any, given: int, output: int) -> None:
    assert server.serve(given, output) == 0
    os.close(given)
    os.close(output)


def methods_of(revision: str) -> set[str]:
    return {method for method, known in CLIENT_REQUESTS if known == revision}


def test_every_method_of_the_specification_is_in_the_table() -> None:
    assert {method for method, _ in CLIENT_REQUESTS} == set(METHODS)


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_method_of_a_revision_is_answered_with_a_result_of_its_type(
    tmp_path: Path, revision: str
) -> None:
    with Talk(revision, tmp_path) as talk:
        for method in (each for each in METHODS if each in methods_of(revision)):
            talk.request(method, METHODS[method])
            if method == "subscriptions/listen":
                talk.hear(method="notifications/subscriptions/acknowledged")
                continue
            error = talk.hear(id=method).get("error", {})
            assert error.get("code") == (-32601 if method in NOT_BUILT else None)
    assert "notifications/resources/updated" in talk.kinds


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_method_of_other_revisions_is_not_served(tmp_path: Path, revision: str) -> None:
    # Without its metadata, a method of the modern era is no unknown one: the metadata is missing.
    code = -32601 if revision == MODERN else -32602
    with Talk(revision, tmp_path) as talk:
        if revision != MODERN:
            talk.ask("initialize", METHODS["initialize"])
        others = METHODS.keys() - methods_of(revision)
        for method in sorted(others):
            talk.send({"id": method, "method": method, "params": talk.completed(method, {})})
            assert talk.hear(id=method)["error"]["code"] == code
    assert others


@pytest.mark.parametrize("revision", sorted(ASKING))
def test_what_the_server_asks_and_takes_back_is_of_the_types_of_the_revision(
    tmp_path: Path, revision: str
) -> None:
    with Talk(revision, tmp_path) as talk:
        talk.ask("initialize", METHODS["initialize"])
        talk.send({"method": "notifications/initialized"})
        talk.request("tools/call", WIDE)
        question = talk.hear(method="elicitation/create")
        answer = {"action": "accept", "content": {"decision": "approve"}}
        talk.send({"id": question["id"], "result": answer})
        assert talk.hear(id="tools/call")["result"]["structuredContent"]["status"] == "added"
        talk.request("tools/call", WIDER, "regretted")
        talk.hear(method="elicitation/create")
        talk.send({"method": "notifications/cancelled", "params": {"requestId": "regretted"}})
        talk.hear(method="notifications/cancelled")
    assert talk.kinds == {"elicitation/create", "notifications/cancelled"}


def test_what_the_server_needs_to_know_is_of_the_types_of_the_modern_era(tmp_path: Path) -> None:
    with Talk(MODERN, tmp_path) as talk:
        asked = talk.ask("tools/call", WIDE)["result"]
        assert asked["resultType"] == "input_required"
        answer = {"action": "accept", "content": {"decision": "approve"}}
        answers = dict.fromkeys(asked["inputRequests"], answer)
        again = WIDE | {"requestState": asked["requestState"], "inputResponses": answers}
        done = talk.ask("tools/call", again)["result"]
        assert done["structuredContent"]["status"] == "added"
    assert talk.kinds == set()


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_excerpt_links_to_the_whole_where_the_revision_has_links(
    tmp_path: Path, revision: str
) -> None:
    with Talk(revision, tmp_path) as talk:
        if revision != MODERN:
            talk.ask("initialize", METHODS["initialize"])
        bulk = {"name": "whitelist_bulk", "arguments": {"entries": [HOST, HOST | {"port": "x"}]}}
        result = talk.ask("tools/call", bulk)["result"]
        uri = result["structuredContent"]["result_uri"]
        assert f"All entries: {uri}" in result["content"][0]["text"]
        linked = [each["uri"] for each in result["content"] if each["type"] == "resource_link"]
        assert linked == ([] if revision in ("2024-11-05", "2025-03-26") else [uri])
        (whole,) = talk.ask("resources/read", {"uri": uri})["result"]["contents"]
        statuses = [item["status"] for item in json.loads(whole["text"])["items"]]
        assert statuses == ["added", "failed"]
