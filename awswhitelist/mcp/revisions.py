"""What differs between the revisions of the protocol, as data.

A new revision is one row here. Sources: MCP basic/lifecycle and basic/transports of 2024-11-05 to
2025-11-25 (batches: 2025-06-18, changelog); 2026-07-28, basic/versioning.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Era(StrEnum):
    """How a client says who it is: once, in a handshake, or in the ``_meta`` of each request."""

    LEGACY = "legacy"
    MODERN = "modern"


class Form(StrEnum):
    """How a choice with titles is spelt in a form for the user (client/elicitation)."""

    NONE = "none"
    ENUM_NAMES = "enumNames"
    ONE_OF = "oneOf"


class Revision(NamedTuple):
    """One revision: ``batches`` says whether JSON-RPC arrays are served under it, ``links`` whether
    a tool's answer may link to a resource (2025-06-18, changelog)."""

    name: str
    era: Era
    batches: bool
    links: bool
    form: Form

    @property
    def modern(self) -> bool:
        """Whether results must carry what the modern era asks for."""
        return self.era is Era.MODERN


_NEWEST_FIRST = (
    Revision("2026-07-28", Era.MODERN, batches=False, links=True, form=Form.ONE_OF),
    Revision("2025-11-25", Era.LEGACY, batches=False, links=True, form=Form.ONE_OF),
    Revision("2025-06-18", Era.LEGACY, batches=False, links=True, form=Form.ENUM_NAMES),
    Revision("2025-03-26", Era.LEGACY, batches=True, links=False, form=Form.NONE),
    Revision("2024-11-05", Era.LEGACY, batches=True, links=False, form=Form.NONE),
)

REVISIONS = {revision.name: revision for revision in _NEWEST_FIRST}
SUPPORTED = tuple(REVISIONS)
"""Every revision we speak, newest first: what discover and -32022 both say."""

NEWEST_LEGACY = next(revision for revision in _NEWEST_FIRST if revision.era is Era.LEGACY)
UNOPENED = NEWEST_LEGACY._replace(batches=True)
"""Nothing has been agreed: a shell script, which may also send a plain JSON-RPC array."""


def negotiate(requested: str) -> Revision:
    """The revision that ``initialize`` agrees on: the one asked for, or the newest legacy one.

    Source: MCP 2025-11-25, basic/lifecycle, "Version Negotiation".
    """
    revision = REVISIONS.get(requested, NEWEST_LEGACY)
    return NEWEST_LEGACY if revision.modern else revision
