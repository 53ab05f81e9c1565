"""A /28 is more than one address: somebody must look first. One story, through every door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stories.server import Json, Server, Told, modern

TEAM = "203.0.113.32/28"
WISH: Json = {"target": "orders-db", "source": TEAM, "expires_in": "2h", "reason": "a workshop"}
APPROVE = {"action": "accept", "content": {"decision": "approve"}}
DECLINE = {"action": "decline"}


def test_a_modern_client_asks_its_user_between_two_rounds_of_the_call(server: Server) -> None:
    asked = server.ask("tools/call", **modern("whitelist", WISH))["result"]
    assert asked["resultType"] == "input_required"
    question = asked["inputRequests"]["approval"]["params"]["message"]
    assert "tcp 5432 from 203.0.113.32/28 for 2 h, owner mara" in question
    assert "Asked because it lets in more than one address." in question
    assert "Reason (text from the caller): a workshop" in question
    assert TEAM not in server.open_to("orders-db")

    answered = {"requestState": asked["requestState"], "inputResponses": {"approval": APPROVE}}
    done = server.ask("tools/call", **modern("whitelist", WISH, **answered))["result"]
    assert Told(done["structuredContent"]).status == "added"
    assert server.open_to("orders-db")[TEAM] == "mara"
    server.finish()


def test_a_modern_client_whose_user_says_no_changes_nothing(server: Server) -> None:
    asked = server.ask("tools/call", **modern("whitelist", WISH))["result"]
    answered = {"requestState": asked["requestState"], "inputResponses": {"approval": DECLINE}}
    done = server.ask("tools/call", **modern("whitelist", WISH, **answered))["result"]
    assert Told(done["structuredContent"]).status == "declined"
    assert TEAM not in server.open_to("orders-db")
    server.finish()


@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
def test_a_legacy_client_is_asked_while_its_call_waits(server: Server, revision: str) -> None:
    server.shake_hands(revision, elicitation={})
    for answer, status in ((DECLINE, "declined"), (APPROVE, "added")):
        number = server.request("tools/call", name="whitelist", arguments=WISH)
        question = server.receive()
        assert question["method"] == "elicitation/create"
        assert "tcp 5432 from 203.0.113.32/28" in question["params"]["message"]
        server.send({"id": question["id"], "result": answer})
        done = server.receive()
        assert (done["id"], done["result"]["structuredContent"]["status"]) == (number, status)
    assert server.open_to("orders-db")[TEAM] == "mara"
    server.finish()


def test_a_client_that_cannot_ask_brings_the_token_of_the_first_answer(server: Server) -> None:
    first = server.do("whitelist", **WISH)
    assert first.status == "approval_required"
    assert first.content["reasons"] == ["it lets in more than one address"]
    assert TEAM in first.content["plan"][0]
    another = server.do("whitelist", **{**WISH, "port": 443}, approval=first.token)
    assert another.status == "approval_required"
    assert "approval_not_accepted" in another.warnings

    assert server.do("whitelist", **WISH, approval=first.token).status == "added"
    assert server.open_to("orders-db")[TEAM] == "mara"
    server.finish()


def test_a_person_at_a_terminal_approves_what_a_server_could_ask_nobody_about(
    new_user: Callable[..., Any],
) -> None:
    """The policy wants a person, and the client has none: there is one at the keyboard."""
    in_person = {"wider_than_host": "terminal"}
    user = new_user(policy={"approval": {"without_elicitation": in_person}})
    server = user.serve()
    waiting = server.do("whitelist", **WISH)
    assert waiting.status == "approval_required"
    program, approve, where, identity = waiting.content["approval"]["command"].split()
    assert (program, approve, where) == ("awswhitelist", "approve", "--sandbox")
    too_early = server.do("whitelist", **WISH, approval=waiting.token)
    assert too_early.status == "approval_required"

    person = user.at_terminal("approve", identity)
    person.wait_for("tcp 5432 from 203.0.113.32/28 for 2 h, owner mara")
    person.type(person.wait_for(r"To approve, type (\w+);").group(1))
    assert person.end() == 0

    assert server.do("whitelist", **WISH, approval=waiting.token).status == "added"
    assert server.open_to("orders-db")[TEAM] == "mara"
    server.finish()


def test_where_the_policy_wants_a_person_and_there_is_none_nothing_is_done(
    new_user: Callable[..., Any],
) -> None:
    nobody = {"wider_than_host": "deny"}
    server = new_user(policy={"approval": {"without_elicitation": nobody}}).serve()
    refused = server.do("whitelist", **WISH)
    assert refused.code == "approval_unavailable"
    assert TEAM not in server.open_to("orders-db")
    server.finish()


def test_a_command_asks_at_its_own_terminal(user: Any) -> None:
    person = user.at_terminal("whitelist", "orders-db", "--source", TEAM, "--expires-in", "2h")
    person.wait_for("Asked because it lets in more than one address.")
    person.type(person.wait_for(r"To approve, type (\w+);").group(1))
    assert person.end() == 0
    assert "Access was added" in person.seen
    approved = [each["verdict"] for each in user.audit if each["event"] == "intent"]
    assert approved == ["approved"]
