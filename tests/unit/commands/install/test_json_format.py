"""Editing JSON in place: what is put in looks like its neighbours, and nothing else changes."""

from __future__ import annotations

import pytest

from awswhitelist.commands.install.interface import Entry, UnreadableError
from awswhitelist.commands.install.json_format import JsonFormat

STRICT = JsonFormat(lenient=False)
LENIENT = JsonFormat(lenient=True)
ENTRY: Entry = {"command": "/x", "args": ["serve"]}


def put(text: str, entry: Entry = ENTRY) -> str:
    return LENIENT.put(text, "s", "us", entry)


def remove(text: str) -> str:
    return LENIENT.remove(text, "s", "us")


@pytest.mark.parametrize("text", ["", "\n", "{}", "{ }\n"])
def test_an_empty_text_gets_the_whole_of_it(text: str) -> None:
    made = put(text)

    assert made.strip() == (
        '{\n  "s": {\n    "us": {\n      "command": "/x",\n      "args": [\n'
        '        "serve"\n      ]\n    }\n  }\n}'
    )


SAME_AFTER_REMOVAL = {
    "lines": (
        '{\n  "s": {\n    "a": 1\n  }\n}',
        '{\n  "s": {\n    "a": 1,\n    "us": {\n      "command": "/x"\n    }\n  }\n}',
    ),
    "tabs and CRLF": (
        '{\r\n\t"s": {\r\n\t\t"a": 1\r\n\t}\r\n}',
        '{\r\n\t"s": {\r\n\t\t"a": 1,\r\n\t\t"us": {\r\n\t\t\t"command": "/x"\r\n\t\t}\r\n\t}\r\n}',
    ),
    "a trailing comma": (
        '{\n  "s": {\n    "a": 1,\n  },\n}',
        '{\n  "s": {\n    "a": 1,\n    "us": {\n      "command": "/x"\n    },\n  },\n}',
    ),
    "a comment that ends the line": (
        '{\n  "s": {\n    "a": 1 // a, {\n    // below\n  }\n}',
        '{\n  "s": {\n    "a": 1, // a, {\n    "us": {\n      "command": "/x"\n    }\n'
        "    // below\n  }\n}",
    ),
    "a comma and a comment": (
        '{\n  "s": {\n    "a": 1, /* a */\n  }\n}',
        '{\n  "s": {\n    "a": 1, /* a */\n    "us": {\n      "command": "/x"\n    },\n  }\n}',
    ),
    "a comment before the bracket": (
        '{\n  "s": {\n    "a": 1 /* a */ }\n}',
        '{\n  "s": {\n    "a": 1,\n    "us": {\n      "command": "/x"\n    } /* a */ }\n}',
    ),
    "one line, compact": (
        '{"s":{"a":1},"b":2}',
        '{"s":{"a":1,"us":{"command":"/x"}},"b":2}',
    ),
    "one line": (
        '{"s": {"a": 1}}',
        '{"s": {"a": 1, "us": {"command": "/x"}}}',
    ),
    "one line, a trailing comma": (
        '{"s": {"a": 1, }}',
        '{"s": {"a": 1, "us": {"command": "/x"}, }}',
    ),
    "one line, an empty object": (
        '{"s":{}}',
        '{"s":{"us": {"command": "/x"}}}',
    ),
}


@pytest.mark.parametrize(
    ("text", "expected"), SAME_AFTER_REMOVAL.values(), ids=SAME_AFTER_REMOVAL.keys()
)
def test_a_member_is_put_in_like_its_neighbours_and_taken_out_without_a_trace(
    text: str, expected: str
) -> None:
    made = put(text, {"command": "/x"})

    assert made == expected
    assert remove(made) == text


def test_a_first_member_goes_below_the_comments_of_its_object() -> None:
    text = '{\n  "s": { // none yet\n  },\n  "b": 1\n}'

    assert put(text, {"command": "/x"}) == (
        '{\n  "s": { // none yet\n    "us": {\n      "command": "/x"\n    }\n  },\n  "b": 1\n}'
    )


def test_a_container_that_is_missing_is_made() -> None:
    assert put('{\n "b": 1\n}', {"command": "/x"}) == (
        '{\n "b": 1,\n "s": {\n  "us": {\n   "command": "/x"\n  }\n }\n}'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"s": {"us": {}, "b": 2}}', '{"s": {"b": 2}}'),
        ('{"s": {"a": 1, "us": {}, "b": 2}}', '{"s": {"a": 1, "b": 2}}'),
        ('{"s": {"us": {}}}', '{"s": {}}'),
        ('{"s": {"us": {},}}', '{"s": {}}'),
        (
            '{"s": {\n  // about us\n  "us": {}, // ours\n  "b": 2\n}}',
            '{"s": {\n  // about us\n  // ours\n  "b": 2\n}}',
        ),
        (
            '{"s": {\n  "a": 1, // a\n  "us": {} }}',
            '{"s": {\n  "a": 1 // a\n }}',
        ),
        (
            '{"s": {\n  // c\n  "us": {}, "b": 2\n}}',
            '{"s": {\n  // c\n  "b": 2\n}}',
        ),
    ],
)
def test_a_member_is_taken_out_and_the_comments_around_it_stay(text: str, expected: str) -> None:
    assert remove(text) == expected
    assert LENIENT.read(expected)["s"].get("us") is None


def test_of_an_entry_that_is_there_only_what_differs_is_replaced() -> None:
    text = (
        '{\n  "s": {\n    "us": {\n      "disabled": true, // mine\n'
        '      "command": "/old",\n      "args": [ "serve" ],\n      "env": {}\n    }\n  }\n}'
    )

    assert put(text) == text.replace("/old", "/x")
    assert put(put(text)) == put(text)


def test_a_value_of_several_lines_is_replaced_by_several_and_of_one_by_one() -> None:
    text = '{\n  "s": {\n    "us": {"command": "/x", "args": [\n      "old"\n    ]}\n  }\n}'

    assert put(text) == text.replace("old", "serve")
    assert put('{"s": {"us": {"command": "/x", "args": ["old", 1]}}}') == (
        '{"s": {"us": {"command": "/x", "args": ["serve"]}}}'
    )


def test_a_key_that_is_missing_in_the_entry_is_added() -> None:
    assert put('{"s": {"us": {"args": ["serve"]}}}') == (
        '{"s": {"us": {"args": ["serve"], "command": "/x"}}}'
    )


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("[]", 1, 1),
        ('\n"text"', 2, 1),
        ('{"s": {}, "s": {}}', 1, 11),
        ('{"s": {"us": {"command": "a"}, "us": {"command": "b"}}}', 1, 32),
    ],
)
def test_a_text_whose_place_for_us_is_not_one_place_is_refused(
    text: str, line: int, column: int
) -> None:
    with pytest.raises(UnreadableError) as caught:
        put(text)

    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("text", ['{"s": {"us": 1, "us": 2}}', '{"s": {"us": 1}, "s": {"us": 2}}'])
def test_nothing_is_taken_out_where_it_is_there_twice(text: str) -> None:
    with pytest.raises(UnreadableError):
        remove(text)


@pytest.mark.parametrize("text", ["{}", '{"s": {"a": 1}}', '{"s": 1}'])
def test_nothing_is_taken_out_that_is_not_there(text: str) -> None:
    with pytest.raises(UnreadableError):
        remove(text)


def test_a_container_that_is_no_object_is_refused() -> None:
    with pytest.raises(UnreadableError) as caught:
        put('{\n  "s": []\n}')

    assert (caught.value.line, caught.value.column) == (2, 8)


def test_comments_are_refused_where_the_client_reads_none() -> None:
    with pytest.raises(UnreadableError):
        STRICT.put('{"s": {}} // x', "s", "us", ENTRY)
