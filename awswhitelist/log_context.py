"""Which call a thread is serving, and how long its steps take: for the log of every layer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from awswhitelist.exceptions import AwsWhitelistError

_request: ContextVar[str] = ContextVar("awswhitelist_request", default="")


@contextmanager
def serving(request_id: str) -> Iterator[None]:
    """Every line logged within belongs to that call, in threads too that copy the context."""
    token = _request.set(request_id)
    try:
        yield
    finally:
        _request.reset(token)


def request_in_service() -> str:
    """The id of the call that this thread serves; an empty text where it serves none."""
    return _request.get()


@contextmanager
def timed(
    log: logging.Logger,
    event: str,
    *,
    level: int = logging.DEBUG,
    clock: Callable[[], float] = time.monotonic,
    **fields: object,
) -> Iterator[None]:
    """Log the event with ``duration_ms`` and ``outcome`` when the block ends; also a decorator.

    ``outcome`` is ``ok``, else the ``code`` of an error of ours or the name of an exception's
    class, never its text. ``clock`` gives seconds. Nothing is measured where nobody listens.
    """
    if not log.isEnabledFor(level):
        yield
        return
    outcome, began = "ok", clock()
    try:
        yield
    except BaseException as error:
        outcome = error.code if isinstance(error, AwsWhitelistError) else type(error).__name__
        raise
    finally:
        spent = {"outcome": outcome, "duration_ms": round((clock() - began) * 1000, 3)}
        log.log(level, event, extra=fields | spent)
