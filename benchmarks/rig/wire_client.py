"""A process that speaks MCP over its standard input and output, and a stopwatch beside it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.rig.memory import resident_kib

CHUNK = 1 << 16

INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}

_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


class BrokenAnswerError(Exception):
    """A contender answered something else than was asked, so its figures mean nothing."""


class WireClient:
    """The client of one process; ``started``, by perf_counter, is when it was about to be."""

    def __init__(self, process: subprocess.Popen[bytes], started: float) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._pid = process.pid
        self._started = started
        self._stdin = process.stdin.fileno()
        self._stdout = process.stdout.fileno()
        self._rest = b""

    def open(self) -> float:
        """Shake hands; seconds from before the process's start to the answer."""
        self.ask("initialize", INITIALIZE)
        ready = time.perf_counter() - self._started
        self._write(line({"method": "notifications/initialized"}))
        return ready

    def ask(self, method: str, params: Mapping[str, Any] | None = None, number: int = 0) -> Any:
        """The result of one request. Raises BrokenAnswerError if there is none."""
        given = {"params": params} if params else {}
        self._write(line({"id": number, "method": method} | given))
        return _result(self._read_lines(1)[0], number)

    def round_trips(self, count: int) -> list[float]:
        """Seconds that each of ``count`` pings took, one sent after the other's answer."""
        return [self._timed_ping(number) for number in range(count)]

    def pipelined(self, count: int) -> float:
        """Seconds that ``count`` pings took, all written at once and all answers read.

        Raises BrokenAnswerError unless each was answered, in whatever order.
        """
        pings = b"".join(line({"id": number, "method": "ping"}) for number in range(count))
        began = time.perf_counter()
        answers = self.exchange(pings, count)
        took = time.perf_counter() - began
        if sorted(json.loads(answer)["id"] for answer in answers) != list(range(count)):
            raise BrokenAnswerError("not every ping was answered")
        return took

    def exchange(self, lines: bytes, answers: int) -> list[bytes]:
        """Write ``lines``, and read so many answers meanwhile."""
        writer = threading.Thread(target=self._write, args=(lines,))
        writer.start()
        read = self._read_lines(answers)
        writer.join()
        return read

    def resident_kib(self) -> int:
        """The memory that the process has in RAM, in KiB."""
        return resident_kib(self._pid)

    def _timed_ping(self, number: int) -> float:
        began = time.perf_counter()
        self.ask("ping", number=number)
        return time.perf_counter() - began

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._stdin, view) :]

    def _read_lines(self, count: int) -> list[bytes]:
        parts, found = [self._rest], self._rest.count(b"\n")
        while found < count:
            chunk = os.read(self._stdout, CHUNK)
            if not chunk:
                raise BrokenAnswerError("the process has ended")
            parts.append(chunk)
            found += chunk.count(b"\n")
        *lines, self._rest = b"".join(parts).split(b"\n")
        return lines


@contextmanager
def running(argv: Sequence[str], home: str) -> Iterator[WireClient]:
    """Start a process with ``home`` as its user's home and nothing of our environment's settings.

    Afterwards its input is closed, and it is waited for.
    """
    environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
    started = time.perf_counter()
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ | {"HOME": home},
        bufsize=0,
    ) as process:
        yield WireClient(process, started)


def line(fields: Mapping[str, Any]) -> bytes:
    """One message of JSON-RPC with its newline."""
    return json.dumps({"jsonrpc": "2.0", **fields}).encode() + b"\n"


def _result(answered: bytes, number: int) -> Any:
    answer = json.loads(answered)
    if answer.get("id") != number or "result" not in answer:
        raise BrokenAnswerError(answered[:200].decode(errors="replace"))
    return answer["result"]
