"""Results for people: what matters is shown, whole, and nothing of it is taken for markup."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from awswhitelist.commands.tables import command_line, render

RULE: dict[str, Any] = {
    "rule_id": "sgr-04214953cbc5d365f",
    "group_id": "sg-085ab3b4077d080c4",
    "protocol": "tcp",
    "from_port": 22,
    "to_port": 22,
    "cidr": "198.51.100.0/24",
    "description": "Head office",
    "managed": False,
}
OURS = RULE | {"managed": True, "owner": "mara", "expires_at": "2026-01-01T00:00:00Z"}


def shown(structured: dict[str, Any], width: int = 80) -> str:
    paper = io.StringIO()
    console = Console(
        file=paper, width=width, markup=False, emoji=False, highlight=False, soft_wrap=True
    )
    render({"summary": "Done."} | structured, console)
    return paper.getvalue()


def cells(text: str, word: str) -> list[str]:
    """The line that has this word, cut where there are two blanks or more."""
    (line,) = (each for each in text.splitlines() if word in each)
    return [cell for cell in map(str.strip, line.split("  ")) if cell]


def test_the_summary_comes_first_and_the_place_last() -> None:
    lines = shown({"account": "1", "items": [RULE], "total": 1}).splitlines()
    assert (lines[0], lines[-1]) == ("Done.", "account 1, total 1")


def test_a_rule_is_a_row_with_its_id_whole() -> None:
    text = shown({"items": [RULE]})
    assert cells(text, "RULE") == ["RULE", "PORTS", "SOURCE", "NOTE"]
    assert cells(text, "sgr-") == [RULE["rule_id"], "tcp 22", "198.51.100.0/24", "Head office"]


def test_several_groups_are_told_apart() -> None:
    other = RULE | {"rule_id": "sgr-1", "group_id": "sg-2"}
    assert "GROUP" in cells(shown({"items": [RULE, other]}, width=100), "RULE")


def test_a_screen_that_is_too_narrow_for_a_table_shows_every_word_whole() -> None:
    far = RULE | {"cidr": "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1/128", "group_id": "sg-2"}
    text = shown({"items": [RULE, far]}, width=60)
    for word in (RULE["rule_id"], RULE["group_id"], "sg-2", far["cidr"], "Head office"):
        assert word in text
    assert cells(text, "2001") == ["SOURCE", far["cidr"]]


def test_a_sentence_does_not_drive_a_table_off_the_screen() -> None:
    told = RULE | {"description": "a sentence that is longer than a screen " * 3}
    lines = shown({"items": [told]}).splitlines()
    assert "RULE" in lines[1] and "NOTE" in lines[1]


def test_a_rule_of_ours_shows_owner_and_time_left() -> None:
    rules = [
        OURS | {"expires_in": "2 h"},
        OURS | {"rule_id": "sgr-2", "expired": True},
        OURS | {"rule_id": "sgr-3", "expires_at": "never", "open_to_world": True},
    ]
    text = shown({"rules": rules}, width=120)
    assert cells(text, "sgr-0")[-2:] == ["mara", "2 h"]
    assert cells(text, "sgr-2")[-2:] == ["mara", "EXPIRED"]
    assert cells(text, "sgr-3")[-2:] == ["never", "OPEN TO THE WORLD"]


def test_ports_are_written_as_people_write_them() -> None:
    spans: list[tuple[dict[str, Any], str]] = [
        ({"from_port": 8000, "to_port": 8100}, "tcp 8000-8100"),
        ({"protocol": "all", "from_port": None, "to_port": None}, "all"),
        ({"protocol": "icmp", "from_port": -1, "to_port": -1}, "icmp"),
        ({"protocol": "icmp", "from_port": 8, "to_port": None}, "icmp 8"),
    ]
    for facts, words in spans:
        assert cells(shown({"items": [RULE | facts]}), "sgr-")[1] == words


def test_sources_may_be_groups_and_lists() -> None:
    assert "sg-9" in shown({"items": [RULE | {"cidr": None, "source_group": "sg-9"}]})
    assert "pl-9" in shown({"items": [RULE | {"cidr": None, "prefix_list": "pl-9"}]})


def test_any_other_objects_have_a_column_for_each_field() -> None:
    text = shown({"sources": [{"source": "a", "agree": True}, {"source": "b", "problem": "odd"}]})
    assert cells(text, "SOURCE") == ["SOURCE", "AGREE", "PROBLEM"]
    assert cells(text, "yes") == ["a", "yes"]


def test_what_is_within_an_entry_is_shown_in_short() -> None:
    entries = [
        {"status": "failed", "error": {"summary": "It failed.", "code": "x"}},
        {"status": "added", "rules": [{"rule_id": "sgr-1"}, {"rule_id": "sgr-2"}]},
        {"status": "planned", "more": {"a": 1, "b": None}},
    ]
    text = shown({"items": entries}, width=120)
    assert "It failed." in text
    assert "sgr-1, sgr-2" in text
    assert "a=1 b=" in text


def test_checks_show_what_to_do() -> None:
    checks = [
        {"name": "policy", "status": "ok", "detail": "it can be read"},
        {"name": "state", "status": "down", "detail": "gone", "remedy": "Make it."},
        {"name": "odd", "status": "puzzled", "detail": "?"},
    ]
    lines = shown({"checks": checks}).splitlines()
    assert lines[1].split() == ["+", "policy", "it", "can", "be", "read"]
    assert lines[2].split() == ["x", "state", "gone"]
    assert lines[3].split() == ["->", "Make", "it."]
    assert lines[4].split()[0] == "?"


def test_lists_of_words_are_a_line_and_sentences_are_lines() -> None:
    text = shown({"operations": ["a", "b"], "policy": ["One sentence that is long.", "Two."]})
    assert "operations: a, b" in text
    assert "policy:\n  One sentence that is long.\n  Two." in text
    assert "limits: workers 8" in shown({"limits": {"workers": 8}})


def test_a_list_of_nothing_is_not_shown() -> None:
    assert "enforced" not in shown({"expires_enforced_by": [], "account": "1"})


def test_warnings_are_the_last_word() -> None:
    text = shown({"account": "1", "warnings": [{"code": "x", "message": "Mind."}]})
    assert text.splitlines()[-1] == "Warning: Mind."


def test_undo_is_a_command_to_be_copied() -> None:
    call = {"operation": "revoke", "arguments": {"rule_ids": ["sgr-1", "sgr-2"], "reason": "a b"}}
    wanted = "awswhitelist revoke --rule-ids sgr-1 --rule-ids sgr-2 --reason 'a b'"
    assert command_line(call) == wanted
    assert f"To take it back: {wanted}" in shown({"undo": call})
    assert command_line({"operation": "undo", "arguments": {"receipt": "r-1"}}) == (
        "awswhitelist undo r-1"
    )


def test_texts_of_others_are_neither_markup_nor_control_sequences() -> None:
    text = shown({"items": [RULE | {"description": "[red]:smile:[/red]\x1b[2J"}]})
    assert "[red]:smile:[/red]" in text.replace("\n", "")
    assert "\x1b" not in text
