"""Text made safe: descriptions, tag values, what people are shown, near misses."""

from __future__ import annotations

import pytest

from awswhitelist.validators import clean_description, clean_tag_value, near_miss, printable


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("office, 2nd floor (a+b)", "office, 2nd floor (a+b)"),
        ("Zoë Müller – café", "Zoe Muller - cafe"),
        ("Straße Øresund Łódź", "Strasse Oresund Lodz"),
        ('a "quoted" name\'s <b>', "a quoted names (b)"),
        ("really？ yes|no C:\\x", "really. yes/no C:/x"),
        ("日本 office", "__ office"),
        ("deploy 🚀 now", "deploy now"),
        ("two\r\nlines\tand\x00 more ", "two lines and more"),
        ("🚀", ""),
    ],
)
def test_a_description_is_brought_into_the_alphabet_of_aws(text: str, cleaned: str) -> None:
    assert clean_description(text) == cleaned


def test_a_description_is_cut_at_255_without_a_space_at_its_end() -> None:
    assert clean_description("x" * 254 + " y") == "x" * 254
    assert len(clean_description("ß" * 300)) == 255


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("zoë@example.com", "zoë@example.com"),
        ("zoe\u0308", "zoë"),
        ("fix #12, (urgent)", "fix _12_ _urgent_"),
        (" a \n b ", "a b"),
        ("日本", "日本"),
    ],
)
def test_a_tag_value_keeps_letters_of_any_script(text: str, cleaned: str) -> None:
    assert clean_tag_value(text) == cleaned


def test_a_tag_value_is_cut_at_256_characters() -> None:
    assert len(clean_tag_value("é" * 400)) == 256


@pytest.mark.requirement("TOOL-14")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\u2028three", "two lines three"),
        ("\x1b[31mred\x07", "[31mred"),
        ("user\u202egnp.exe\u200b", "usergnp.exe"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
    ],
)
def test_what_people_are_shown_is_one_plain_line(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_the_limit_of_what_is_shown_can_be_chosen() -> None:
    assert printable("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("word", "found"),
    [("postgress", "postgres"), ("SSH", "ssh"), ("zzz", None), ("", None)],
)
def test_a_near_miss_is_found_if_it_is_near(word: str, found: str | None) -> None:
    assert near_miss(word, ["ssh", "postgres", "mysql"]) == found
