"""For any JSON with any comments and blanks: only our entry changes, and it leaves no trace."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.commands.install.interface import Entry
from awswhitelist.commands.install.json_format import JsonFormat

FORMAT = JsonFormat(lenient=True)
ENTRY: Entry = {"type": "stdio", "command": "/x", "args": ["serve", "--sandbox"]}

GAPS = st.sampled_from(
    ["", " ", "\n", "\r\n  ", "\t", "// c, }\n", " /* { */ ", "\n  // \n    ", "/*\n*/"]
)
KEYS = st.sampled_from(['"a"', '"us2"', '"\\u0061b"', '"{"', '"é"'])
SCALARS = st.sampled_from(["1", "-1.50e3", "true", "null", '"\\"}, //"', '"x"'])


def _series(items: st.SearchStrategy[str], brackets: str) -> st.SearchStrategy[str]:
    @st.composite
    def build(draw: st.DrawFn) -> str:
        found = draw(st.lists(items, max_size=3))
        parts = [draw(GAPS) + item + draw(GAPS) for item in found]
        has_trailing: bool = draw(st.booleans())
        trailing = "," if parts and has_trailing else ""
        return brackets[0] + ",".join(parts) + trailing + draw(GAPS) + brackets[1]

    return build()


def _objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.tuples(KEYS, GAPS, GAPS, values).map(lambda it: f"{it[0]}{it[1]}:{it[2]}{it[3]}")
    return _series(members, "{}")


VALUES = st.recursive(SCALARS, lambda inner: _series(inner, "[]") | _objects(inner), max_leaves=6)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """An object with a member `s` that is an object, among others."""
    around = [f'"x{i}"{draw(GAPS)}:{draw(VALUES)}' for i in range(draw(st.integers(0, 2)))]
    around.insert(draw(st.integers(0, len(around))), f'"s":{draw(GAPS)}{draw(_objects(VALUES))}')
    body = ",".join(draw(GAPS) + member + draw(GAPS) for member in around)
    return f"{draw(GAPS)}{{{body}}}{draw(GAPS)}"


def _is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)


@given(documents())
def test_putting_in_changes_nothing_but_our_entry(text: str) -> None:
    before: dict[str, Any] = FORMAT.read(text)

    after = FORMAT.put(text, "s", "us", ENTRY)

    assert FORMAT.read(after) == {**before, "s": {**before["s"], "us": dict(ENTRY)}}
    assert FORMAT.put(after, "s", "us", ENTRY) == after


@given(documents())
def test_taking_out_again_leaves_what_was_there(text: str) -> None:
    servers = FORMAT.read(text)["s"]

    back = FORMAT.remove(FORMAT.put(text, "s", "us", ENTRY), "s", "us")

    assert FORMAT.read(back) == FORMAT.read(text)
    # Where there was a neighbour every byte is as before; else blanks in the empty object may not.
    assert back == text if servers else "".join(back.split()) == "".join(text.split())


@given(documents())
def test_what_was_there_stays_in_its_order_byte_for_byte(text: str) -> None:
    after = FORMAT.put(text, "s", "us", ENTRY)

    if FORMAT.read(text)["s"]:
        assert _is_subsequence(text, after)
    else:
        assert _is_subsequence("".join(text.split()), after)
