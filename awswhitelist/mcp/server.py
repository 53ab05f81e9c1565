"""The server: reads the wire, answers or hands calls to workers, and stops in good order."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import NamedTuple

from awswhitelist.calls import Question
from awswhitelist.exceptions import OverloadedError
from awswhitelist.mcp.batch import REFUSED, BatchAnswer, is_allowed, without_repeated_ids
from awswhitelist.mcp.catalog import Catalog
from awswhitelist.mcp.events import Subscriptions
from awswhitelist.mcp.framing import LineSplitter
from awswhitelist.mcp.handlers import catalog_handlers
from awswhitelist.mcp.handlers.opening import Identity
from awswhitelist.mcp.handlers.tools import FormerMethods, no_former_methods
from awswhitelist.mcp.messages import (
    Batch,
    Json,
    Malformed,
    McpNotification,
    McpRequest,
    McpResponse,
    Parsed,
)
from awswhitelist.mcp.pages import PAGE_SIZE
from awswhitelist.mcp.parser import TOO_LONG, encode, parse
from awswhitelist.mcp.peer import SERVER_KEY
from awswhitelist.mcp.pool import WorkerPool
from awswhitelist.mcp.registry import ToolRegistry
from awswhitelist.mcp.rounds import Rounds, Sealer
from awswhitelist.mcp.router import Job, Router
from awswhitelist.mcp.session import Session
from awswhitelist.mcp.spare_time import SpareTime, Work
from awswhitelist.mcp.streams import Reader, StopLatch, Writer

log = logging.getLogger("awswhitelist.mcp")

BURST_BYTES = 1 << 16
"""Answers to lines that came together are held back up to this size, and written in one go."""

ANSWER_SHARE = 0.2
"""The part of the drain time that calls do not get: in it their answers are written."""

LONGEST_STEP = 1.0
"""Seconds that the end waits for a step of what is done in spare time; most take a tenth of it."""

TOOLS_ALONE: Json = {"tools": {}}
ALL_CAPABILITIES: Json = {
    "tools": {},
    "prompts": {},
    "resources": {"subscribe": True},
    "completions": {},
}
"""Our lists do not change while we run, so that ``listChanged`` is not among them."""

RETRY_AFTER = 1.0
"""Seconds after which a call that was refused for want of room is worth another try."""


class ServerSettings(NamedTuple):
    """What the server says of itself, and its limits. Times are in seconds.

    ``workers`` calls run side by side and ``queue`` more may wait; beyond that a call is refused.
    After ``idle_seconds`` without input, what can wait has its time.
    """

    name: str
    title: str
    version: str
    website_url: str
    instructions: str
    max_line_bytes: int
    workers: int
    queue: int
    call_timeout: float
    drain_seconds: float
    page_size: int = PAGE_SIZE
    question_timeout: float = 300.0
    idle_seconds: float = 0.2

    def identity(self, capabilities: Json) -> Identity:
        """What goes into the handshake. Source: MCP 2026-07-28, schema, Implementation."""
        info = {
            "name": self.name,
            "title": self.title,
            "version": self.version,
            "websiteUrl": self.website_url,
        }
        return Identity(info, self.instructions, capabilities)


def _random_id() -> str:
    return os.urandom(16).hex()


class Server:
    """One connection's server. ``clock`` is monotonic; ``new_request_id`` gives unique text.

    Without a ``catalog`` it serves tools alone, and the methods of the rest are unknown. Without
    ``new_sealer``, which is called when somebody is asked, modern clients are asked nothing.
    ``now`` gives Unix time in seconds. ``at_end`` is told how many seconds are left for what goes
    on beside the calls, when they have all been answered. ``former`` knows the methods of earlier
    versions. ``when_idle`` gives work in steps, as :class:`SpareTime` does it: when the tools have
    been listed, no call is being made and nothing comes in for a while.
    """

    def __init__(
        self,
        settings: ServerSettings,
        registry: ToolRegistry,
        *,
        catalog: Catalog | None = None,
        new_sealer: Callable[[], Sealer] | None = None,
        at_end: Callable[[float], None] | None = None,
        when_idle: Work | None = None,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        new_request_id: Callable[[], str] = _random_id,
        former: FormerMethods = no_former_methods,
    ) -> None:
        self._splitter = LineSplitter(settings.max_line_bytes)
        self._session = Session(question_timeout=settings.question_timeout, clock=clock)
        self._call_timeout = settings.call_timeout
        self._pool = WorkerPool(settings.workers, settings.queue)
        self._latch = StopLatch(settings.drain_seconds, clock)
        self._at_end = at_end
        self._registry = registry
        self._spare_time = SpareTime(when_idle)
        self._idle_seconds = settings.idle_seconds
        reserve = settings.drain_seconds * ANSWER_SHARE
        self._subscriptions = catalog.subscriptions if catalog else Subscriptions()
        self._identity = settings.identity(ALL_CAPABILITIES if catalog else TOOLS_ALONE)
        self._router = Router(
            self._identity,
            registry,
            more=catalog_handlers(catalog, settings.page_size) if catalog else {},
            page_size=settings.page_size,
            call_timeout=settings.call_timeout,
            stopping_in=lambda: self._latch.remaining() - reserve,
            clock=clock,
            new_request_id=new_request_id,
            rounds=Rounds(new_sealer, now) if new_sealer else None,
            former=former,
        )

    def serve(self, stdin: int, stdout: int) -> int:
        """Serve until the input ends or :meth:`stop` is called, then finish what is in flight.

        Takes descriptors, which it does not close. Returns the exit code, which is 0: neither a
        signal nor a client that has gone is a failure. To be called once.
        """
        writer = Writer(stdout, self._latch)
        connection = _Connection(self._router, self._pool, self._session, writer)
        self._subscriptions.attach(lambda message: writer.send(message + b"\n"))
        self._session.attach(lambda message: writer.send(message + b"\n"))
        reader = Reader(stdin, self._latch)
        while chunk := self._next(reader):
            for line in self._splitter.feed(chunk):
                connection.take(line)
            connection.flush()
        if not self._latch.is_set():
            for line in self._splitter.finish():
                connection.take(line)
            connection.flush()
        self._session.questions.close()
        self._await_the_calls_of_a_script()
        self.stop()
        if not self._pool.drain(self._latch.remaining):
            log.warning("server.drain_timed_out")
        if self._at_end is not None:
            self._at_end(self._latch.remaining())
        self._spare_time.close(min(self._latch.remaining(), LONGEST_STEP))
        self._subscriptions.close({SERVER_KEY: self._identity.info})
        self._pool.close()
        return 0

    def _next(self, reader: Reader) -> bytes:
        """What comes in next; until it does, there is time to spare."""
        if self._has_time() and reader.is_quiet(self._idle_seconds):
            self._spare_time.begin()
        chunk = reader.read()
        self._spare_time.pause()
        return chunk

    def _has_time(self) -> bool:
        """Whether to make use of a quiet moment. A call that is being made could be in a hurry."""
        wanted = self._spare_time.is_waiting and self._registry.was_listed
        return wanted and self._pool.is_idle

    def _await_the_calls_of_a_script(self) -> None:
        """A script that ends its input waits for its answers: let every call have its own time.

        What is in flight now has to be answered within ``call_timeout``, or the longer time of its
        tool; a signal, or a client that is gone, ends the waiting at once.
        """
        if not self._latch.is_set():
            self._pool.when_idle(self.stop)
            self._latch.wait(max(self._call_timeout, self._session.time_left()))

    def stop(self) -> None:
        """Begin an orderly end; again does nothing. Safe from a signal handler and any thread."""
        self._latch.set()

    @property
    def wakeup_fd(self) -> int:
        """For :func:`signal.set_wakeup_fd`: a byte written to it ends the wait for input."""
        return self._latch.wakeup_fd


class _Connection:
    """What the reader does with each line. Answers that are ready at once are held in a burst."""

    def __init__(self, router: Router, pool: WorkerPool, session: Session, writer: Writer) -> None:
        self._router = router
        self._pool = pool
        self._session = session
        self._writer = writer
        self._burst: list[bytes] = []
        self._burst_bytes = 0

    def take(self, line: bytes | None) -> None:
        """Serve one line; None stands for one that was too long."""
        parsed = TOO_LONG if line is None else parse(line)
        if isinstance(parsed, McpRequest):
            self._request(parsed, 0 if line is None else len(line))
        elif isinstance(parsed, Batch):
            self._batch(parsed)
        else:
            self._other(parsed)

    def flush(self) -> None:
        """Write the answers held back."""
        if self._burst:
            self._writer.send(b"\n".join(self._burst) + b"\n")
            self._burst.clear()
            self._burst_bytes = 0

    def _request(self, request: McpRequest, size: int) -> None:
        if not self._router.is_quick(request.method):
            self.flush()
        answer = self._router.receive(self._session, request, size=size)
        if isinstance(answer, bytes):
            self._hold(answer)
        elif answer is not None:
            self._submit(answer, self._send)

    def _batch(self, batch: Batch) -> None:
        if not is_allowed(batch, self._session.peer.revision):
            self._other(REFUSED)
            return
        items = without_repeated_ids(batch.items)
        answered = [item for item in items if isinstance(item, (McpRequest, Malformed))]
        collector = BatchAnswer(len(answered), self._send)
        self.flush()
        for item in items:
            if isinstance(item, McpRequest):
                answer = self._router.receive(self._session, item, in_batch=True)
                if isinstance(answer, Job):
                    self._submit(answer, collector.settle)
                else:
                    collector.settle(answer)
            elif isinstance(item, Malformed):
                collector.settle(encode(McpResponse(item.id, error=item.error)))
            else:
                self._other(item)

    def _other(self, parsed: Parsed) -> None:
        """Serve what is no request."""
        if isinstance(parsed, McpNotification):
            self._router.notify(self._session, parsed)
        elif isinstance(parsed, McpResponse):
            self._session.questions.answer(parsed)
        elif isinstance(parsed, Malformed):
            self._hold(encode(McpResponse(parsed.id, error=parsed.error)))

    def _submit(self, job: Job, settle: Callable[[bytes | None], None]) -> None:
        if not self._pool.submit(job.turn, lambda: self._perform(job, settle)):
            error = OverloadedError("Too many calls are waiting already.", retry_after=RETRY_AFTER)
            settle(self._router.refuse(job, error))

    def _perform(self, job: Job, settle: Callable[[bytes | None], None]) -> None:
        """Make a call, up to its answer or to a question; after that it takes its turn again."""

        def resume() -> None:
            self._pool.submit(job.turn, lambda: self._perform(job, settle), resumed=True)

        answer = self._router.perform(job)
        while isinstance(answer, Question):
            questions, revision = self._session.questions, job.peer.revision
            if questions.ask(answer, revision, job.context, resume):
                return
            job.context.stop_asking()
            answer = self._router.perform(job)
        settle(answer)

    def _hold(self, answer: bytes) -> None:
        self._burst.append(answer)
        self._burst_bytes += len(answer)
        if self._burst_bytes > BURST_BYTES:
            self.flush()

    def _send(self, answer: bytes | None) -> None:
        if answer is not None:
            self._writer.send(answer + b"\n")


def install_signal_handlers(server: Server, leave: Callable[[int], object] = os._exit) -> None:
    """SIGINT and SIGTERM stop the server in good order; the second of them ends it at once.

    To be called from the main thread. ``leave`` ends the process with an exit code, which is
    128 + the signal's number, as shells have it.
    """
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            leave(128 + number)
        server.stop()

    # A signal that comes just before a wait begins does not interrupt it; this byte ends it.
    signal.set_wakeup_fd(server.wakeup_fd, warn_on_full_buffer=False)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, handle)
