"""The whole of it: the server as it is started, on one wire, in the sandbox."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from mcp_types.methods import parse_server_notification, validate_server_result

from awswhitelist.application import Surroundings, build_server
from awswhitelist.config import Config

UPDATED = "notifications/resources/updated"
KEY = "io.modelcontextprotocol/subscriptionId"
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
RULES = "awswhitelist://eu-west-1/security-groups/{}/rules"


def request(request_id: Any, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


@pytest.fixture
def exchange(configured: Callable[..., Config]) -> Callable[..., list[Any]]:
    """Send these messages to a new server, end its input, and give back all that it says."""

    def run(*messages: Any) -> list[Any]:
        server = build_server(configured(), Surroundings("tester", {}), sandbox=True)
        server_in, client_out = os.pipe()
        client_in, server_out = os.pipe()
        os.write(client_out, b"".join(json.dumps(each).encode() + b"\n" for each in messages))
        os.close(client_out)
        assert server.serve(server_in, server_out) == 0
        os.close(server_out)
        with open(client_in, encoding="utf-8") as output:
            said = [json.loads(line) for line in output]
        os.close(server_in)
        return said

    return run


def by_id(said: list[Any]) -> dict[Any, Any]:
    return {each["id"]: each for each in said if "id" in each}


def test_whoever_changes_rules_hears_of_it_in_both_eras(
    exchange: Callable[..., list[Any]], group_id: str
) -> None:
    uri = RULES.format(group_id)
    arguments = {"target": group_id, "port": 5432, "source": "203.0.113.7"}
    said = exchange(
        request(1, "resources/subscribe", uri=uri),
        request(
            2, "subscriptions/listen", notifications={"resourceSubscriptions": [uri]}, _meta=META
        ),
        request(3, "tools/call", name="whitelist", arguments=arguments),
        request(4, "resources/read", uri=uri, _meta=META),
    )
    told = [each["params"] for each in said if each.get("method") == UPDATED]
    for params in told:
        revision = "2026-07-28" if "_meta" in params else "2025-11-25"
        parse_server_notification(UPDATED, revision, params)
    assert told == [{"uri": uri}, {"_meta": {KEY: 2}, "uri": uri}]
    answers = by_id(said)
    assert answers[3]["result"]["structuredContent"]["status"] == "added"
    read = answers[4]["result"]
    validate_server_result("resources/read", "2026-07-28", read)
    assert (read["ttlMs"], read["cacheScope"]) == (0, "private")
    sources = [rule.get("cidr") for rule in json.loads(read["contents"][0]["text"])["items"]]
    assert "203.0.113.7/32" in sources
    assert said[-1]["id"] == 2
    assert said[-1]["result"]["_meta"][KEY] == 2
    assert len(answers) == 4


@pytest.fixture
def group_id(stand: Any) -> str:
    """The estate has the same ids in every sandbox."""
    return str(stand.group_id("prod-db"))


REQUESTS: dict[str, dict[str, Any]] = {
    "tools/list": {},
    "prompts/list": {},
    "resources/list": {},
    "resources/templates/list": {},
    "prompts/get": {"name": "audit_exposure", "arguments": {"target": "prod-db"}},
    "resources/read": {"uri": "awswhitelist://policy"},
    "completion/complete": {
        "ref": {"type": "ref/prompt", "name": "audit_exposure"},
        "argument": {"name": "target", "value": "PROD"},
    },
}


@pytest.mark.parametrize(
    "version", ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
)
def test_what_is_really_offered_is_valid_in_every_revision(
    exchange: Callable[..., list[Any]], version: str
) -> None:
    modern = version == "2026-07-28"
    opening = request(
        "open",
        "initialize",
        protocolVersion=version,
        capabilities={},
        clientInfo={"name": "c", "version": "1"},
    )
    asked = [
        request(method, method, **params, **({"_meta": META} if modern else {}))
        for method, params in REQUESTS.items()
    ]
    answers = by_id(exchange(*([] if modern else [opening]), *asked))
    for method in REQUESTS:
        validate_server_result(method, version, answers[method]["result"])
    completion = answers["completion/complete"]["result"]["completion"]
    assert "prod-db" in completion["values"]
    assert completion["total"] == len(completion["values"])


@pytest.mark.parametrize("group", ["sg-0123456789abcdef0", "prod-db"])
def test_a_group_that_is_not_there_is_a_resource_that_is_not_there(
    exchange: Callable[..., list[Any]], group: str
) -> None:
    uri = RULES.format(group)
    answers = by_id(
        exchange(
            request(1, "resources/read", uri=uri), request(2, "resources/read", uri=uri, _meta=META)
        )
    )
    assert (answers[1]["error"]["code"], answers[2]["error"]["code"]) == (-32002, -32602)
    assert answers[1]["error"]["data"]["uri"] == uri
