"""Lines with a MAC of themselves: genuine as they were written, and in no other form."""

from __future__ import annotations

import hashlib
import json

import pytest

from awswhitelist.access.audit.sealed_lines import PURPOSE, is_genuine, sealed

BODY = b'{"event":"receipt","n":1}'


def sign(message: bytes) -> bytes:
    return hashlib.sha256(b"key" + message).digest()


def verify(message: bytes, signature: bytes) -> bool:
    return sign(message) == signature


LINE = sealed(BODY, sign).rstrip(b"\n")


def test_a_line_is_the_object_with_its_mac_last() -> None:
    record = json.loads(LINE)
    assert record.pop("mac") == sign(PURPOSE + BODY).hex()
    assert record == json.loads(BODY)
    assert is_genuine(LINE, verify)


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(b'"n":1', b'"n":2'),
        LINE.replace(b'"n":1', b'"n": 1'),
        LINE.replace(b'"n":1', b'"n":1,"n":2'),
        LINE[:-1] + b',"n":2}',
        LINE + b" ",
        BODY,
        b"",
        BODY[:-1] + b',"mac":"' + b"0" * 64 + b'"}',
        BODY[:-1] + b',"mac":"' + b"x" * 64 + b'"}',
        BODY[:-1] + b',"mac":"' + b"\xff" * 64 + b'"}',
        sealed(BODY, lambda message: sign(message.removeprefix(PURPOSE))).rstrip(b"\n"),
    ],
)
def test_a_line_that_is_not_as_it_was_written_is_not_genuine(line: bytes) -> None:
    assert not is_genuine(line, verify)
