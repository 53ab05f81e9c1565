"""URI templates. Source: RFC 6570, level 1."""

from __future__ import annotations

import pytest

from awswhitelist.mcp.uri_templates import UriTemplate

WALL = UriTemplate("x.y://{house}/walls/{wall}")


def test_the_variables_are_named_in_order() -> None:
    assert WALL.names == ("house", "wall")
    assert UriTemplate("x://plain").names == ()


def test_values_are_encoded_but_for_unreserved_characters() -> None:
    assert (
        WALL.expand({"house": "a/b ä", "wall": "A-z_0.~"}) == "x.y://a%2Fb%20%C3%A4/walls/A-z_0.~"
    )


def test_a_variable_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        WALL.expand({"house": "a"})


def test_values_are_read_back_decoded() -> None:
    assert WALL.match("x.y://a%2fb/walls/%C3%A4") == {"house": "a/b", "wall": "ä"}


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "x.y://a/walls/",
        "x.y:///walls/b",
        "x.y://a/walls/b/c",
        "x.y://a/walls/b?c",
        "x.y://a/walls/b#c",
        "x.y://a/walls/b c",
        "x.y://a/walls/b\n",
        "x.y://a/walls/%",
        "x.y://a/walls/%4",
        "x.y://a/walls/%C3",
        "x.y://a/walls/ä",
        "xzy://a/walls/b",
        " x.y://a/walls/b",
    ],
)
def test_a_uri_of_another_form_does_not_match(uri: str) -> None:
    assert WALL.match(uri) is None
