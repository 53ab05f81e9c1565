"""The parser alone: what a line is read as, and what an answer is written as."""

from __future__ import annotations

import json

import pytest

from awswhitelist.mcp.messages import (
    Batch,
    Malformed,
    McpError,
    McpNotification,
    McpRequest,
    McpResponse,
)
from awswhitelist.mcp.parser import (
    BAD_ID,
    BAD_METHOD,
    BAD_PARAMS,
    BAD_VERSION,
    EMPTY_BATCH,
    NOT_AN_OBJECT,
    NOT_JSON,
    encode,
    encode_batch,
    parse,
)

READ = {
    b'{"jsonrpc":"2.0","id":1,"method":"m"}': McpRequest(1, "m", {}),
    b'{"jsonrpc":"2.0","id":"1","method":"m","params":{"a":[1.5]}}': McpRequest(
        "1", "m", {"a": [1.5]}
    ),
    b'{"jsonrpc":"2.0","id":1,"method":"m","extra":true}\r': McpRequest(1, "m", {}),
    b'{"jsonrpc":"2.0","method":"m","params":{"a":1}}': McpNotification("m", {"a": 1}),
    b'{"jsonrpc":"2.0","method":"m","params":7}': McpNotification("m", {}),
    b'{"jsonrpc":"2.0","id":1,"result":{"a":1}}': McpResponse(1, {"a": 1}),
    b'{"jsonrpc":"2.0","id":"1","result":[]}': McpResponse("1"),
    b'{"jsonrpc":"2.0","id":{},"error":{}}': McpResponse(None),
    b'{"jsonrpc":"2.0","id":1,"method":"m","result":{}}': McpRequest(1, "m", {}),
    b'{"id":1,"result":{}}': Malformed(1, BAD_VERSION),
    b'{"jsonrpc":2.0,"id":1,"method":"m"}': Malformed(1, BAD_VERSION),
    b'{"jsonrpc":"2.0","id":1,"method":null}': Malformed(1, BAD_METHOD),
    b'{"jsonrpc":"2.0","id":1,"method":"m","params":"p"}': Malformed(1, BAD_PARAMS),
    b'{"jsonrpc":"2.0","id":false,"method":"m"}': BAD_ID,
    b'{"jsonrpc":"2.0","id":[],"method":"m"}': BAD_ID,
    b"[]": EMPTY_BATCH,
    b'[{"jsonrpc":"2.0","method":"m"},null]': Batch((McpNotification("m", {}), NOT_AN_OBJECT)),
    b"null": NOT_AN_OBJECT,
    b"1": NOT_AN_OBJECT,
    b"": NOT_JSON,
    b"{}{}": NOT_JSON,
    b"[" * 100_000: NOT_JSON,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000: NOT_JSON,
    b"9" * 5_000: NOT_JSON,
    b'{"id":-1e400}': NOT_JSON,
    b'{"id":NaN}': NOT_JSON,
    b"\xed\xa0\x80": NOT_JSON,
    '"ä"'.encode("utf-16"): NOT_JSON,
}


@pytest.mark.parametrize(("line", "message"), READ.items(), ids=[repr(key[:60]) for key in READ])
def test_a_line_is_read_as_exactly_one_thing(line: bytes, message: object) -> None:
    assert (type(parse(line)), parse(line)) == (type(message), message)


@pytest.mark.parametrize(
    ("response", "line"),
    [
        (McpResponse(1, {"a": "ä\n"}), '{"jsonrpc":"2.0","id":1,"result":{"a":"ä\\n"}}'),
        (
            McpResponse(None, error=McpError(-1, "no")),
            '{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}}',
        ),
        (
            McpResponse("x", error=McpError(-1, "no", {"why": 1})),
            '{"jsonrpc":"2.0","id":"x","error":{"code":-1,"message":"no","data":{"why":1}}}',
        ),
        (McpResponse("\ud800ä", {}), '{"jsonrpc":"2.0","id":"\\ud800\\u00e4","result":{}}'),
    ],
)
def test_an_answer_is_one_compact_line(response: McpResponse, line: str) -> None:
    assert encode(response) == line.encode()


def test_a_batch_of_answers_is_an_array() -> None:
    answers = [encode(McpResponse(number, {})) for number in (1, 2)]
    assert [each["id"] for each in json.loads(encode_batch(answers))] == [1, 2]


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), float("inf")])
def test_what_json_cannot_hold_is_not_written(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode(McpResponse(1, {"a": value}))
