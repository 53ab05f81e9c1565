"""Editing TOML in place: only the lines of our table change."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.commands.install.interface import Entry, UnreadableError
from awswhitelist.commands.install.toml_format import TomlFormat

FORMAT = TomlFormat()
ENTRY: Entry = {"command": "/x", "args": ["serve"]}
TABLE = '[s.us]\ncommand = "/x"\nargs = ["serve"]\n'


def put(text: str, entry: Entry = ENTRY) -> str:
    return FORMAT.put(text, "s", "us", entry)


def remove(text: str) -> str:
    return FORMAT.remove(text, "s", "us")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", TABLE),
        ("a = 1\n", "a = 1\n\n" + TABLE),
        ("a = 1", "a = 1\n\n" + TABLE),
        ("[s.a]\nb = 1\n# end\n", "[s.a]\nb = 1\n# end\n\n" + TABLE),
        ("a = 1\r\n", "a = 1\r\n\r\n" + TABLE.replace("\n", "\r\n")),
    ],
)
def test_a_table_is_appended(text: str, expected: str) -> None:
    assert put(text) == expected
    assert remove(put(text)).rstrip() == text.rstrip()


def test_strings_are_escaped_as_toml_wants_them() -> None:
    odd = 'C:\\a "b" é \x7f 😀'

    assert tomllib.loads(put("", {"command": odd}))["s"]["us"]["command"] == odd


def test_of_a_table_that_is_there_only_what_differs_is_replaced() -> None:
    text = (
        "[s.us]\n"
        "args   = [\n  'old', # ]\n] # the arguments\n"
        "# mine\n"
        "command = '/x' # same\n"
        "startup_timeout_sec = 5\n"
        "[s.us.tools.a]\napproval_mode = 'approve'\n"
    )

    assert put(text) == text.replace("[\n  'old', # ]\n]", '["serve"]')
    assert put(put(text)) == put(text)


def test_a_key_that_is_missing_in_the_table_is_added_below_its_header() -> None:
    assert put('[s.us] # ours\nargs = ["serve"]\n') == (
        '[s.us] # ours\ncommand = "/x"\nargs = ["serve"]\n'
    )


def test_a_value_at_the_very_end_of_the_text_is_replaced() -> None:
    assert put('[s.us]\nargs = ["serve"]\ncommand = "old"') == (
        '[s.us]\nargs = ["serve"]\ncommand = "/x"'
    )


BETWEEN = """# top
[s.a]
x = '''
[s.us]
'''

[s.us]
command = "/x"

# inside
args = ["serve"]

# about projects
[projects."a.b"]
y = 1

[s.us.env]
Z = "1"
"""


def test_a_table_is_taken_out_with_its_subtables_and_the_comments_below_it_stay() -> None:
    assert remove(BETWEEN) == (
        "# top\n[s.a]\nx = '''\n[s.us]\n'''\n\n# about projects\n[projects.\"a.b\"]\ny = 1\n\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[s]\nus = { command = "/x" }\nb = 1\n', "[s]\nb = 1\n"),
        ('s.us.command = "/x"\ns."us".args = []\nb = 1\n', "b = 1\n"),
        ('[["s"."us"]]\ncommand = "/x"\n[t]\n', "[t]\n"),
        ('["s" . us]\ncommand = "/x"\n[t]\n', "[t]\n"),
    ],
)
def test_our_entry_is_taken_out_however_it_is_written(text: str, expected: str) -> None:
    assert remove(text) == expected


def test_an_entry_inside_an_inline_table_is_left_to_the_user() -> None:
    text = 's = { us = { command = "/x" } }\n'

    with pytest.raises(UnreadableError):
        put(text)


def test_nor_is_it_taken_out_of_one() -> None:
    with pytest.raises(UnreadableError):
        remove("s = { us = {} }\n")


def test_an_inline_entry_is_changed_by_nobody_but_its_writer() -> None:
    with pytest.raises(UnreadableError):
        put('[s]\nus = { command = "/x" }\n')


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a = 1\nb =\n", 2, 4),
        ("[a\n", 1, 3),
        ("a = 1\na = 2\n", 2, 6),
        ('a = "x', 1, 7),
        ("a = [\n", 2, 1),
    ],
)
def test_what_is_broken_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        put(text)

    assert (caught.value.line, caught.value.column) == (line, column)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(UnreadableError):
        put("a = " + "[" * 50_000)


STATEMENTS = st.sampled_from(
    [
        "# c [s.us]",
        "",
        "k{n} = 1 # = ]",
        'k{n} = "a\\"#"',
        "k{n} = '''\n[s.us]\n'''''",
        'k{n} = """\n\\"""\n"""',
        "k{n} = [ # [\n  1,\n  {{ a = ']' }},\n]",
        '"k=#{n}".b = 2026-01-02',
        "[t{n}]",
        "[s.a{n}]",
        "[[l.x{n}]]",
        "  [ u{n} . 'v.w' ]  # c",
    ]
)


@given(st.lists(STATEMENTS, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_any_text_is_as_before_but_for_our_table(lines: list[str], newline: str) -> None:
    text = "".join(line.format(n=n) + "\n" for n, line in enumerate(lines)).replace("\n", newline)
    before = FORMAT.read(text)

    after = put(text)

    assert after.startswith(text)
    servers = {**before.get("s", {}), "us": dict(ENTRY)}
    assert FORMAT.read(after) == {**before, "s": servers}
    assert remove(after) == text
