"""The table of revisions."""

from __future__ import annotations

import pytest
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, KNOWN_PROTOCOL_VERSIONS

from awswhitelist.mcp.revisions import REVISIONS, SUPPORTED, UNOPENED, Era, negotiate


def test_every_released_revision_is_served_newest_first() -> None:
    assert SUPPORTED == tuple(reversed(KNOWN_PROTOCOL_VERSIONS))


def test_the_revisions_with_a_handshake_are_the_legacy_ones() -> None:
    legacy = {name for name, revision in REVISIONS.items() if revision.era is Era.LEGACY}
    assert legacy == set(HANDSHAKE_PROTOCOL_VERSIONS)


@pytest.mark.parametrize("name", SUPPORTED)
def test_a_handshake_never_agrees_on_a_revision_without_one(name: str) -> None:
    agreed = negotiate(name)
    assert not agreed.modern
    assert agreed.name == (name if name in HANDSHAKE_PROTOCOL_VERSIONS else "2025-11-25")


def test_before_a_handshake_arrays_are_served_under_the_newest_legacy_revision() -> None:
    assert (UNOPENED.name, UNOPENED.batches, UNOPENED.modern) == ("2025-11-25", True, False)
