"""Lines in, lines out: the rules of framing and of JSON-RPC, as a table.

An expected error is given by its code alone. Answers that need no worker come in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
PONG = {"jsonrpc": "2.0", "id": 1, "result": {}}
INITIALIZE = (
    '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"%s",'
    '"capabilities":{},"clientInfo":{"name":"c","version":"1"}}}'
)


def req(rest: str) -> str:
    """A ping with the id 1 whose object goes on with these members."""
    return '{"jsonrpc":"2.0","id":1,"method":"ping",' + rest + "}"


def ping(request_id: str) -> str:
    """A ping with an id, given as JSON."""
    return '{"jsonrpc":"2.0","method":"ping","id":' + request_id + "}"


def error(code: int, request_id: Any = None) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "error": code}


def pong(request_id: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "result": {}}


def by_code(answer: Any) -> Any:
    if isinstance(answer, list):
        return [by_code(each) for each in answer]
    return answer | {"error": answer["error"]["code"]} if "error" in answer else answer


FRAMING = {
    "a newline ends a message": (PING + "\n", [PONG]),
    "CRLF ends a message": (PING + "\r\n", [PONG]),
    "the last line needs no newline": (PING, [PONG]),
    "blank lines are ignored": ("\n \r\n\t\n" + PING + "\n\n", [PONG]),
    "a byte-order mark at the start is skipped": ("\ufeff" + PING, [PONG]),
    "a byte-order mark later is no JSON": (f"{PING}\n\ufeff{PING}", [PONG, error(-32700)]),
    "space around a message is allowed": (f"  {PING} \t\n", [PONG]),
    "a line too long is one parse error": ("x" * 5000 + "\n" + PING, [error(-32700), PONG]),
    "a last line too long is one too": (f"{PING}\n" + "x" * 5000, [PONG, error(-32700)]),
    "bad UTF-8": (b'{"a":"\xff"}\n' + PING.encode(), [error(-32700), PONG]),
    "bad JSON": (f"{{\n{PING}\n", [error(-32700), PONG]),
    "NaN": (req('"params":{"a":NaN}') + f"\n{PING}", [error(-32700), PONG]),
    "Infinity": (req('"params":{"a":-Infinity}'), [error(-32700)]),
    "a number beyond all floats": (req('"params":{"a":1e999}'), [error(-32700)]),
    "nesting too deep for the parser": ("[" * 1900 + f"\n{PING}", [error(-32700), PONG]),
    "a raw control character in a string": (req('"a":"\x01"'), [error(-32700)]),
    "no input at all": ("", []),
}

JSONRPC = {
    "a string id comes back": (ping('"ä-1"'), [pong("ä-1")]),
    "an empty id comes back": (ping('""'), [pong("")]),
    "a big id comes back exactly": (ping(str(10**40)), [pong(10**40)]),
    "a negative id comes back": (ping("-7"), [pong(-7)]),
    "a lone surrogate in an id comes back": (ping('"\\ud800"'), [pong("\ud800")]),
    "null is no id": (ping("null"), [error(-32600)]),
    "a float is no id": (ping("1.0"), [error(-32600)]),
    "a boolean is no id": (ping("true"), [error(-32600)]),
    "an object is no id": (ping("{}"), [error(-32600)]),
    "a request without an id is not answered": ('{"jsonrpc":"2.0","method":"ping"}', []),
    "nor if its method is unknown": ('{"jsonrpc":"2.0","method":"nonsense"}', []),
    "nor if its params are wrong": ('{"jsonrpc":"2.0","method":"tools/call","params":[1]}', []),
    "nor if it names a tool": ('{"jsonrpc":"2.0","method":"crash"}', []),
    "initialized is not answered": ('{"jsonrpc":"2.0","method":"notifications/initialized"}', []),
    "an unknown method": ('{"jsonrpc":"2.0","id":1,"method":"nonsense"}', [error(-32601, 1)]),
    "logging is not served": (req('"method":"logging/setLevel"'), [error(-32601, 1)]),
    "params that are a list": (req('"params":[]'), [error(-32602, 1)]),
    "params that are null": (req('"params":null'), [error(-32602, 1)]),
    "no jsonrpc": ('{"id":1,"method":"ping"}', [error(-32600, 1)]),
    "another jsonrpc": ('{"jsonrpc":"1.0","id":1,"method":"ping"}', [error(-32600, 1)]),
    "no method": ('{"jsonrpc":"2.0","id":1}', [error(-32600, 1)]),
    "a method that is no string": ('{"jsonrpc":"2.0","id":1,"method":2}', [error(-32600, 1)]),
    "neither method nor id": ('{"jsonrpc":"2.0"}', [error(-32600)]),
    "a string is no message": ('"ping"', [error(-32600)]),
    "a client's answer is ignored": ('{"jsonrpc":"2.0","id":1,"result":{}}', []),
    "a client's error is ignored": ('{"jsonrpc":"2.0","id":null,"error":{"code":1}}', []),
}

DISCOVER = '{"jsonrpc":"2.0","id":2,"method":"server/discover"}'
BATCHES = {
    "a batch before any handshake": (f"[{PING}]", [[PONG]]),
    "an empty batch": ("[]", [error(-32600)]),
    "a batch of notifications only": ('[{"jsonrpc":"2.0","method":"x"}]', []),
    "a batch with something else in it": (f"[1,{PING}]", [[error(-32600), PONG]]),
    "a batch with a wrong request": ('[{"jsonrpc":"2.0","id":5}]', [[error(-32600, 5)]]),
    "a batch in a batch": (f"[[{PING}]]", [[error(-32600)]]),
    "the same id twice in a batch": (f"[{PING},{PING}]", [[PONG, error(-32600, 1)]]),
    "initialize in a batch": (f"[{INITIALIZE % '2025-03-26'}]", [[error(-32600, 0)]]),
    "a modern request in a batch": (f"[{PING},{DISCOVER}]", [error(-32600)]),
}

TABLE = {
    f"{group}: {name}": case
    for group, cases in (("framing", FRAMING), ("json-rpc", JSONRPC), ("batch", BATCHES))
    for name, case in cases.items()
}


@pytest.mark.requirement("RPC-2", "RPC-3", "RPC-5", "RPC-10", "STDIO-1", "STDIO-2", "PING-1")
@pytest.mark.parametrize(("text", "expected"), TABLE.values(), ids=TABLE.keys())
def test_the_transcript_is_as_the_table_says(
    connect: Callable[..., Any], text: str | bytes, expected: list[Any]
) -> None:
    wire = connect()
    wire.send_bytes(text if isinstance(text, bytes) else text.encode())
    assert [by_code(answer) for answer in wire.finish()] == expected


@pytest.mark.requirement("RPC-12", "LIFE-6")
@pytest.mark.parametrize(
    ("version", "served"),
    [("2024-11-05", True), ("2025-03-26", True), ("2025-06-18", False), ("2025-11-25", False)],
)
def test_a_batch_is_served_where_the_revision_has_batches(
    connect: Callable[..., Any], version: str, served: bool
) -> None:
    wire = connect()
    wire.send_bytes(f"{INITIALIZE % version}\n[{PING}]\n".encode())
    _, answer = wire.finish()
    assert by_code(answer) == ([PONG] if served else error(-32600))


def test_lines_that_come_in_pieces_are_put_together(wire: Any) -> None:
    for piece in ('{"jsonrpc":"2.0",', '"id":1,"met', f'hod":"ping"}}\n{PING}', "\n"):
        wire.send_bytes(piece.encode())
    assert wire.finish() == [PONG, PONG]


def test_a_burst_of_requests_is_answered_in_order(connect: Callable[..., Any]) -> None:
    wire = connect()
    for start in range(0, 4000, 500):
        wire.send_bytes("".join(f"{ping(str(start + n))}\n" for n in range(500)).encode())
        assert [wire.receive()["id"] for _ in range(500)] == list(range(start, start + 500))


def test_a_burst_of_large_answers_arrives_whole(connect: Callable[..., Any], messages: Any) -> None:
    wire = connect(instructions="x" * 1000)
    wire.send(*(messages.modern(number, "server/discover") for number in range(150)))
    assert [wire.receive()["id"] for _ in range(150)] == list(range(150))
