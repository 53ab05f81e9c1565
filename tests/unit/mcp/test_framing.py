"""Lines out of chunks."""

from __future__ import annotations

import pytest

from awswhitelist.mcp.framing import LineSplitter


def split(*chunks: bytes, max_bytes: int = 8) -> list[bytes | None]:
    splitter = LineSplitter(max_bytes)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines + list(splitter.finish())


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"one\ntwo\n"], [b"one", b"two"]),
        ([b"one\ntwo"], [b"one", b"two"]),
        ([b"o", b"n", b"e\nt", b"wo"], [b"one", b"two"]),
        ([b"\n \t\r\n"], []),
        ([b"\xef\xbb\xbfone\n\xef\xbb\xbftwo"], [b"one", b"\xef\xbb\xbftwo"]),
        ([b"\xef", b"\xbb", b"\xbfone\n"], [b"one"]),
        ([b"12345678\n123456789\n1"], [b"12345678", None, b"1"]),
        ([b"12345", b"6789", b"0" * 50, b"\n1\n"], [None, b"1"]),
        ([b"123456789"], [None]),
        ([b"123456789\n\n"], [None]),
        ([b"one\rtwo\r\n"], [b"one\rtwo\r"]),
        ([], []),
    ],
)
def test_a_stream_is_cut_at_its_newlines(chunks: list[bytes], lines: list[bytes | None]) -> None:
    assert split(*chunks) == lines


def test_the_bound_is_on_the_line_not_on_the_chunk() -> None:
    assert split(b"12\n" * 1000) == [b"12"] * 1000


def test_a_line_is_given_out_before_the_next_has_come() -> None:
    assert list(LineSplitter(100).feed(b"one\ntw")) == [b"one"]
