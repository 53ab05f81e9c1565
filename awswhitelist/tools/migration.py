"""The methods of ``awswhitelist-mcp`` 1.x, and the same requests in today's form.

Source: the package ``awswhitelist-mcp`` 1.1.9, its methods and what they did with their params. It
took AWS keys in every request: nothing of those is ever repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.text import printable
from awswhitelist.validators import check_region

Json = dict[str, Any]

USUAL_PORT = 22
USUAL_PROTOCOL = "tcp"
"""What 1.x took where its configuration did not say otherwise."""

CURRENT = "current"
EVERY_PROTOCOL = "-1"
WITHOUT_PORTS = frozenset({"icmp", EVERY_PROTOCOL})

LONGEST = 255
"""Text that is repeated is cut at this length."""

GUIDE = "docs/migrating.md"

_KEYS = "Keys in a call are refused unless the policy admits them: use a profile (`list_profiles`)."
_PORT = f"Without `port`, 1.x took {USUAL_PORT} unless its configuration said otherwise. Check it."
_NO_PORT = "This protocol has no ports: 1.x sent one, which meant something else to AWS."
_ENDS = "Access ends by itself now: after `policy.default_ttl`, or say when with `expires_in`."
_FOREIGN = "Rules of 1.x do not bear our mark: `include_foreign` takes them too, after approval."
_CONTAINS = "Any rule that lets the address in counts now; 1.x looked for that very rule alone."
_PAGES = "The rules come in pages now: repeat the call with `next_cursor` as `cursor`."


@dataclass(frozen=True, slots=True)
class Former:
    """A method of 1.x: what it is called today, how its params are, and what else is to be said."""

    method: str
    has_door: bool = False
    has_words: bool = False
    fixed: tuple[tuple[str, bool], ...] = ()
    notes: tuple[str, ...] = ()


FORMER: Mapping[str, Former] = {
    "whitelist_add": Former("whitelist", has_door=True, has_words=True, notes=(_ENDS,)),
    "whitelist_remove": Former(
        "revoke", has_door=True, fixed=(("include_foreign", True),), notes=(_FOREIGN,)
    ),
    "whitelist_list": Former("list_rules", notes=(_PAGES,)),
    "whitelist_check": Former("check_access", has_door=True, notes=(_CONTAINS,)),
}
"""All methods of 1.x that are not MCP's own."""


def replacement(method: str, params: Mapping[str, Any]) -> Json | None:
    """The request in today's form: ``replacement`` (method and params), ``notes``, ``see``.

    None where 1.x had no such method. Of ``params``, only what 1.x knew is used, and of its
    ``credentials`` the region alone; what is no text or number is left out.
    """
    former = FORMER.get(method)
    if former is None:
        return None
    today = dict(_params(former, params))
    return {
        "replacement": {"method": former.method, "params": today},
        "notes": list(_notes(former, params)),
        "see": GUIDE,
    }


def _params(former: Former, params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from _texts(params, security_group_id="target")
    if former.has_door:
        yield from _door(params)
    if former.has_words:
        yield from _texts(params, description="description", user="owner", reason="reason")
    yield from former.fixed
    region = _region(params)
    if region is not None:
        yield "region", region


def _door(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Source, protocol and port, with what 1.x took where they were left out."""
    for _, source in _texts(params, ip_address="source"):
        yield "source", "me" if source.strip().lower() == CURRENT else source
    protocol = _protocol(params)
    if protocol not in WITHOUT_PORTS:
        yield "port", _port(params)
    yield "protocol", "all" if protocol == EVERY_PROTOCOL else protocol


def _texts(params: Mapping[str, Any], **names: str) -> Iterator[tuple[str, str]]:
    """The texts among ``params`` of these old names, under their new ones."""
    for old, new in names.items():
        value = params.get(old)
        if isinstance(value, str) and (text := printable(value, LONGEST)):
            yield new, text


def _protocol(params: Mapping[str, Any]) -> str:
    """One of those that 1.x knew."""
    given = params.get("protocol")
    known = {USUAL_PROTOCOL, "udp", *WITHOUT_PORTS}
    return given if isinstance(given, str) and given in known else USUAL_PROTOCOL


def _port(params: Mapping[str, Any]) -> int | str:
    """1.x read numbers in text as numbers, and anything else as a configured name."""
    given = params.get("port")
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if not isinstance(given, str) or not given.strip():
        return USUAL_PORT
    text = given.strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= len("65535")
    return int(text) if is_number else printable(text, LONGEST)


def _region(params: Mapping[str, Any]) -> str | None:
    """The region beside the keys, if it looks like one."""
    credentials = params.get("credentials")
    region = credentials.get("region") if isinstance(credentials, Mapping) else None
    if not isinstance(region, str):
        return None
    try:
        return check_region(region)
    except InvalidArgumentError:
        return None


def _notes(former: Former, params: Mapping[str, Any]) -> Iterator[str]:
    if "credentials" in params:
        yield _KEYS
    if former.has_door and _protocol(params) in WITHOUT_PORTS:
        yield _NO_PORT
    elif former.has_door and params.get("port") is None:
        yield _PORT
    yield from former.notes
