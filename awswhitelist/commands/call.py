"""``call``: one request through the same router as those on the wire."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

import click

from awswhitelist.application import Surroundings, build_server
from awswhitelist.commands.exits import ExitCode, code_of_name, code_of_result
from awswhitelist.commands.host import Host
from awswhitelist.commands.operations import place_of, place_options
from awswhitelist.commands.output import write_json
from awswhitelist.commands.parameters import read_json
from awswhitelist.commands.session import Place, load_settings

REQUEST_ID = 1

INVALID = (-32700, -32600, -32601, -32602)
"""The error codes of JSON-RPC that say that the request was wrong."""


@click.pass_obj
def _callback(host: Host, /, method: str, params: str, **values: Any) -> int:
    request = {
        "jsonrpc": "2.0",
        "id": REQUEST_ID,
        "method": method,
        "params": read_json(params, "PARAMS"),
    }
    answer = answer_of(request, place_of(values), host)
    write_json(answer)
    return code_of_answer(answer)


call = click.Command(
    "call",
    params=[
        click.Argument(["method"]),
        click.Argument(["params"], default="{}", metavar="[JSON|@FILE|-]"),
        *place_options(),
    ],
    callback=_callback,
    short_help="Send one request through the server's router",
    help="Send one request METHOD with the params JSON through the same router as a server's, and "
    "print the answer. Nobody is asked anything: a bare method or `tools/call` answers with "
    "approval_required instead.",
)


def answer_of(request: Mapping[str, Any], place: Place, host: Host) -> dict[str, Any]:
    """The answer to a request, from a server that serves nothing else.

    Raises ConfigurationError.
    """
    settings = load_settings(place, host)
    surroundings = Surroundings(host.principal(), host.environ)
    server = build_server(settings, surroundings, sandbox=place.sandbox)
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(json.dumps(request).encode() + b"\n")
        asked.flush()
        os.lseek(asked.fileno(), 0, os.SEEK_SET)
        server.serve(asked.fileno(), answered.fileno())
        answered.seek(0)
        return _answer_among(map(json.loads, answered))


def _answer_among(messages: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The answer; notifications may have come before it, and it has no id if it was malformed."""
    return next(each for each in messages if "method" not in each)


def code_of_answer(answer: Mapping[str, Any]) -> ExitCode:
    """The exit code for an answer of the wire."""
    error = answer.get("error")
    if error is None:
        result = answer["result"]
        return code_of_result(result.get("structuredContent", result))
    if error["code"] in INVALID:
        return ExitCode.WRONG_USE
    data = error.get("data")
    return code_of_name(str(data.get("code")) if isinstance(data, dict) else "")
