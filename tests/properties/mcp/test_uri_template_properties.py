"""Templates expand to URIs and back, whatever the values are."""

from __future__ import annotations

import string
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.mcp.uri_templates import UriTemplate

TEMPLATE = UriTemplate("awswhitelist://{region}/security-groups/{group_id}/rules")
VALUES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
URI_CHARACTERS = set(string.ascii_letters + string.digits + "-._~:/%")


@given(region=VALUES, group_id=VALUES)
def test_what_is_expanded_is_read_back(region: str, group_id: str) -> None:
    values = {"region": region, "group_id": group_id}
    assert TEMPLATE.match(TEMPLATE.expand(values)) == values


@pytest.mark.requirement("RES-9")
@given(region=VALUES, group_id=VALUES)
def test_a_uri_has_only_characters_of_uris_and_the_path_that_it_should_have(
    region: str, group_id: str
) -> None:
    uri = TEMPLATE.expand({"region": region, "group_id": group_id})
    assert set(uri) <= URI_CHARACTERS
    assert urlsplit(uri).path.count("/") == 3


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_matches_has_one_canonical_spelling(region: str, group_id: str) -> None:
    found = TEMPLATE.match(f"awswhitelist://{region}/security-groups/{group_id}/rules")
    if found is not None:
        assert TEMPLATE.match(TEMPLATE.expand(found)) == found
