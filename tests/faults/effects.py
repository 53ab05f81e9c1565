"""What can go wrong on the way to AWS and back: each effect is a function of one exchange.

An effect gives the reply that the caller gets, or None where the connection is cut. Whether the
request reaches AWS before that is the effect's own business, and the whole point.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Protocol, TypeAlias

READS = ("DescribeSecurityGroups", "DescribeSecurityGroupRules", "GetCallerIdentity")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP; only the first ``sent`` bytes of the body are sent, if that is given."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    sent: int | None = None


class Hands(Protocol):
    """What others do to the same AWS account meanwhile."""

    def let_in(self) -> None:
        """A stranger adds the very rule that is under test."""

    def lock_out(self) -> None:
        """A stranger removes the rule that is under test."""

    def new_keys(self) -> None:
        """Somebody writes new keys into the credentials file."""


class Exchange(Protocol):
    """One request to AWS on its way."""

    @property
    def action(self) -> str:
        """The API operation."""

    @property
    def key_id(self) -> str:
        """The access key that it is signed with."""

    @property
    def hands(self) -> Hands:
        """Others."""

    def forward(self) -> Reply:
        """Let AWS have it."""

    def stale(self) -> Reply:
        """What AWS answered to this very request before the latest write."""

    def wait_for_hang_up(self) -> None:
        """Until the caller has closed the connection."""

    def shut_door(self) -> None:
        """From now on, nobody can connect."""


Effect: TypeAlias = Callable[[Exchange], Reply | None]

_EC2_ERROR = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>refused</RequestID></Response>"
)
_JSON_ERROR = '{{"__type": "{code}", "message": "{message}"}}'
_QUERY_ERROR = (
    "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>refused</RequestId></ErrorResponse>"
)

_ERRORS = {
    "GetCallerIdentity": ("text/xml", _QUERY_ERROR),
    "GetServiceQuota": ("application/x-amz-json-1.1", _JSON_ERROR),
}
"""How services other than EC2 put it."""


def _reply(status: int, kind: str, body: str) -> Reply:
    headers = (("Content-Type", kind), ("Date", formatdate(time.time(), usegmt=True)))
    return Reply(status, headers, body.encode())


def refuse(code: str, status: int = 400, message: str = "No.") -> Effect:
    """AWS's own words, and nothing is done."""

    def effect(exchange: Exchange) -> Reply:
        kind, template = _ERRORS.get(exchange.action, ("text/xml", _EC2_ERROR))
        return _reply(status, kind, template.format(code=code, message=message))

    return effect


def html_page(_exchange: Exchange) -> Reply:
    """A proxy's or load balancer's own page."""
    return _reply(500, "text/html", "<html><body><h1>Oops</h1><br></body></html>")


def garbled(exchange: Exchange) -> Reply:
    """AWS does it; half of the answer arrives, and says that it is all."""
    whole = exchange.forward()
    return replace(whole, body=whole.body[: len(whole.body) // 2])


def broken_off(exchange: Exchange) -> Reply:
    """AWS does it; the connection breaks in the midst of the answer."""
    whole = exchange.forward()
    return replace(whole, sent=len(whole.body) // 2)


def cut_before(_exchange: Exchange) -> None:
    """The connection is cut; AWS never hears of it."""


def cut_after(exchange: Exchange) -> None:
    """AWS does it; the connection is cut before a byte of the answer."""
    exchange.forward()


def too_slow(exchange: Exchange) -> None:
    """AWS does it; the answer comes after the caller's patience is at its end."""
    exchange.forward()
    exchange.wait_for_hang_up()


def late(exchange: Exchange) -> None:
    """The request lies about until the caller has given it up; only then does AWS do it."""
    exchange.wait_for_hang_up()
    exchange.forward()


def stale(exchange: Exchange) -> Reply:
    """The answer is that of before the latest write."""
    return exchange.stale()


def gone_before(exchange: Exchange) -> None:
    """AWS never hears of it, and from then on every connection is refused."""
    exchange.shut_door()


def gone_after(exchange: Exchange) -> None:
    """AWS does it, and from then on every connection is refused."""
    exchange.forward()
    exchange.shut_door()


def stranger_adds(exchange: Exchange) -> Reply:
    """A stranger adds the very rule right before this request."""
    exchange.hands.let_in()
    return exchange.forward()


def stranger_removes(exchange: Exchange) -> Reply:
    """A stranger removes the rule right before this request."""
    exchange.hands.lock_out()
    return exchange.forward()


def stranger_replaces(exchange: Exchange) -> Reply:
    """A stranger removes the rule and adds the same as their own right before this request."""
    exchange.hands.lock_out()
    exchange.hands.let_in()
    return exchange.forward()


def removed_by_stranger(exchange: Exchange) -> Reply | None:
    """A stranger removes the rule right before it is tagged.

    moto would tag what is not there; AWS refuses.
    """
    exchange.hands.lock_out()
    return refuse("InvalidSecurityGroupRuleId.NotFound")(exchange)


def place_taken(exchange: Exchange) -> Reply | None:
    """A stranger adds the very rule right before another is moved there.

    moto would have both; AWS refuses.
    """
    exchange.hands.let_in()
    return refuse("InvalidPermission.Duplicate")(exchange)


def meanwhile(happens: Callable[[], object]) -> Effect:
    """Something happens on this machine right before the request goes out."""

    def effect(exchange: Exchange) -> Reply:
        happens()
        return exchange.forward()

    return effect


def at_last(happens: Callable[[], object], *, done: bool) -> Effect:
    """Something happens that nobody recovers from; ``done`` if AWS does what was asked before."""

    def effect(exchange: Exchange) -> None:
        if done:
            exchange.forward()
        happens()

    return effect


def keys_replaced(exchange: Exchange) -> Reply | None:
    """The keys are called expired; new ones have just been put into the credentials file."""
    exchange.hands.new_keys()
    return refuse("ExpiredToken")(exchange)


def expired(exchange: Exchange) -> Reply | None:
    """The keys have expired."""
    return refuse("ExpiredToken")(exchange)
