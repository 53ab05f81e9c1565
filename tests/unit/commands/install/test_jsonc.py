"""Reading JSON, with comments or without: what is legal, and where it is not."""

from __future__ import annotations

import pytest

from awswhitelist.commands.install import jsonc
from awswhitelist.commands.install.interface import UnreadableError


def test_values_are_found_where_they_are() -> None:
    text = '{ "a" : [1, true] , "b":{}}'

    root = jsonc.read(text, lenient=False)

    assert root.members is not None
    first, second = root.members
    assert (first.key, text[first.start : first.end]) == ("a", '"a" : [1, true] ,')
    assert text[first.value.start : first.value.end] == "[1, true]"
    assert (second.value.members, text[second.start : second.end]) == ((), '"b":{}')
    assert (first.has_comma, second.has_comma) == (True, False)
    assert (root.start, root.end) == (0, len(text))


def test_numbers_are_kept_as_they_are_written() -> None:
    digits = "9" * 5000

    assert jsonc.read(f"[1.50, -0e+1, {digits}]", lenient=False).data == ["1.50", "-0e+1", digits]


def test_comments_and_trailing_commas_are_read_where_they_are_allowed() -> None:
    text = '// {\n{"a": [1, /* ] */ 2,], /**/ "b": "//", }\n// }'

    assert jsonc.read(text, lenient=True).data == {"a": ["1", "2"], "b": "//"}


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ('{"a": 1,}', 1, 8, "a comma may not stand before `}`"),
        ("[1,\n 2,\n]", 2, 3, "a comma may not stand before `]`"),
        ('{\n  // no\n  "a": 1}', 2, 3, "comments are not allowed"),
        ('{"a": /* no */ 1}', 1, 7, "comments are not allowed"),
    ],
)
def test_they_are_refused_where_they_are_not(
    text: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(UnreadableError) as caught:
        jsonc.read(text, lenient=False)

    assert (caught.value.line, caught.value.column, caught.value.reason) == (line, column, reason)


@pytest.mark.parametrize("lenient", [True, False])
@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("{", 1, 2),
        ('{"a": 1', 1, 8),
        ('{\n  "a": 1\n  "b": 2\n}', 3, 3),
        ('{"a" 1}', 1, 6),
        ("{a: 1}", 1, 2),
        ("{'a': 1}", 1, 2),
        ("[,]", 1, 2),
        ("{,}", 1, 2),
        ("[1,,2]", 1, 4),
        ("[01]", 1, 2),
        ("[1.]", 1, 2),
        ("[NaN]", 1, 2),
        ("[trues]", 1, 2),
        ('["\\x"]', 1, 2),
        ('["\t"]', 1, 2),
        ('["a]', 1, 2),
        ("{} {}", 1, 4),
        ("[1}", 1, 3),
        ("\x0b{}", 1, 1),
    ],
)
def test_what_is_broken_is_refused_with_its_place(
    text: str, line: int, column: int, lenient: bool
) -> None:
    with pytest.raises(UnreadableError) as caught:
        jsonc.read(text, lenient=lenient)

    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_comment_without_end_is_named() -> None:
    with pytest.raises(UnreadableError) as caught:
        jsonc.read("{} /* x", lenient=True)

    assert caught.value.reason == "a comment does not end"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack(opening: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        jsonc.read(opening * 100_000, lenient=False)

    assert "deeper" in caught.value.reason


def test_the_deepest_nesting_allowed_is_read() -> None:
    text = "[" * jsonc.DEEPEST + "1" + "]" * jsonc.DEEPEST

    assert jsonc.read(text, lenient=False).end == len(text)
