"""``call``: one request, answered as on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.commands.call import code_of_answer
from awswhitelist.commands.exits import ExitCode


def test_a_bare_method_answers_with_its_result(shell: Any) -> None:
    ran = shell.run("call", "list_rules", '{"target": "prod-bastion"}', "--sandbox")
    assert ran.code is ExitCode.DONE
    assert ran.result["jsonrpc"] == "2.0"
    assert ran.result["result"]["total"] == 2


def test_a_method_of_the_protocol_is_served_too(shell: Any) -> None:
    arguments = '{"name": "get_my_ip", "arguments": {}}'
    ran = shell.run("call", "tools/call", arguments, "--sandbox")
    assert ran.result["result"]["structuredContent"]["ipv4"] == "203.0.113.10"
    assert len(shell.run("call", "tools/list", "--sandbox").out) > 10_000


def test_progress_is_told_before_the_answer_and_is_not_it(shell: Any) -> None:
    arguments = (
        '{"name": "whitelist", "_meta": {"progressToken": "p"}, "arguments": '
        '{"target": "prod-bastion", "port": 22, "source": "203.0.113.7"}}'
    )
    ran = shell.run("call", "tools/call", arguments, "--sandbox")
    assert ran.result["result"]["structuredContent"]["status"] == "added"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("no_such_method", "{}", ExitCode.WRONG_USE),
        ("tools/call", '{"name": "no_such_tool"}', ExitCode.WRONG_USE),
        ("list_rules", "[1]", ExitCode.WRONG_USE),
        ("list_rules", "{}", ExitCode.WRONG_USE),
        ("list_rules", '{"target": "no-such-thing"}', ExitCode.FAILED),
        ("tools/call", '{"name": "list_rules", "arguments": {"target": "x"}}', ExitCode.FAILED),
        (
            "whitelist",
            '{"target": "prod-bastion", "port": 22, "source": "203.0.112.0/28"}',
            ExitCode.NOT_APPROVED,
        ),
    ],
)
def test_the_exit_code_tells_how_it_went(
    shell: Any, method: str, params: str, code: ExitCode
) -> None:
    ran = shell.run("call", method, params, "--sandbox")
    assert ran.code is code
    assert "result" in ran.result or "error" in ran.result


def test_an_internal_error_is_a_failure() -> None:
    assert code_of_answer({"error": {"code": -32603, "message": "…"}}) is ExitCode.FAILED
