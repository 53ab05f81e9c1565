"""The real program as a child process, with a client that may be as bad as it likes."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 30.0
"""Seconds after which a test that waits for the program has failed."""

PROGRAM = (sys.executable, "-m", "awswhitelist", "serve", "--sandbox")


class Program:
    """A running server. Everything is bytes: a hostile client does not keep to messages.

    Its log is read as it comes, unless it goes to a descriptor of the test's own.
    """

    def __init__(self, environ: dict[str, str], state: Path, log: int | None) -> None:
        self.state = state
        self.process = subprocess.Popen(
            PROGRAM,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if log is None else log,
            env=environ,
            cwd=state,
        )
        assert self.process.stdin and self.process.stdout
        self._in = self.process.stdin.fileno()
        self._out = self.process.stdout.fileno()
        self._rest = b""
        self._log: list[bytes] = []
        self._listener = threading.Thread(
            target=self._log.extend, args=(self.process.stderr or (),)
        )
        self._listener.start()

    @property
    def audit(self) -> list[dict[str, Any]]:
        """The records of the audit log."""
        path = self.state / "awswhitelist" / "sandbox" / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def send(self, data: bytes) -> None:
        """Write all of it; blocks as long as the program does not read."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._in, rest) :]

    def send_while_reading(self, data: bytes) -> threading.Thread:
        """Write all of it from a thread of its own."""
        thread = threading.Thread(target=self.send, args=(data,))
        thread.start()
        return thread

    def clog(self, line: bytes) -> None:
        """Write the line over and over, never reading, until neither side can go on."""
        os.set_blocking(self._in, False)
        many = line * 500
        while select.select([], [self._in], [], 0.5)[1]:
            try:
                os.write(self._in, many)
            except BlockingIOError:
                continue

    def receive(self) -> Any:
        """The next answer, which must be one line of UTF-8 JSON; None at the end of the output."""
        while b"\n" not in self._rest:
            assert select.select([self._out], [], [], PATIENCE)[0], "the program did not answer"
            chunk = os.read(self._out, 1 << 20)
            if not chunk:
                assert self._rest == b"", "the output ends within a line"
                return None
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line.decode("utf-8"))

    def receive_all(self, number: int) -> list[Any]:
        return [self.receive() for _ in range(number)]

    def ask(self, message: bytes) -> Any:
        self.send(message + b"\n")
        return self.receive()

    def finish(self) -> list[Any]:
        """End the input; what was still to be read, once the program has ended well."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        answers = list(iter(self.receive, None))
        assert self.process.wait(PATIENCE) == 0
        return answers

    def log(self) -> str:
        """What was written to standard error, once the program has ended."""
        self._listener.join(PATIENCE)
        return b"".join(self._log).decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which the program touches nothing of the user's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWSWHITELIST")}
    places = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    return own | {name: str(tmp_path) for name in places}


@pytest.fixture
def start(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start the program; arguments are settings, such as ``SANDBOX__LATENCY_MS=500``."""
    programs: list[Program] = []

    def make(*, log: int | None = None, **settings: object) -> Program:
        variables = {f"AWSWHITELIST_{name}": str(value) for name, value in settings.items()}
        programs.append(Program(environ | variables, tmp_path, log))
        return programs[-1]

    yield make
    for program in programs:
        program.close()


def request(request_id: Any, method: str, /, **params: Any) -> bytes:
    message = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
    return json.dumps(message).encode()


def lines(messages: Sequence[bytes]) -> bytes:
    return b"".join(message + b"\n" for message in messages)


class Words:
    """How messages are made, for tests."""

    request = staticmethod(request)
    lines = staticmethod(lines)


@pytest.fixture
def words() -> Words:
    return Words()
