"""The real program, serving over pipes, and the hands of those who use it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds after which a program that says nothing has failed."""

META = "io.modelcontextprotocol/"
Json = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What the caller of an operation was told: a result, or the object of an error."""

    content: Mapping[str, Any]

    @property
    def status(self) -> str:
        """The status of a result; an error has none."""
        return str(self.content["status"])

    @property
    def code(self) -> str:
        """The code of an error; a result has none."""
        return str(self.content["code"])

    @property
    def summary(self) -> str:
        return str(self.content["summary"])

    @property
    def rules(self) -> list[Json]:
        return list(self.content.get("rules", ()))

    @property
    def items(self) -> list[Json]:
        return list(self.content["items"])

    @property
    def totals(self) -> Mapping[str, int]:
        """How many entries of a bulk have which status."""
        return {name: count for name, count in self.content["totals"].items() if count}

    @property
    def warnings(self) -> set[str]:
        return {each["code"] for each in self.content.get("warnings", ())}

    @property
    def token(self) -> str:
        """What the repeated call carries as ``approval``."""
        return str(self.content["approval"]["token"])

    @property
    def undo(self) -> Mapping[str, Any]:
        """The call that takes this one back."""
        return {"method": self.content["undo"]["operation"], **self.content["undo"]["arguments"]}


class Server:
    """A program of ours that has just been started. It is stopped where it does not answer."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "awswhitelist", "serve", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=dict(environment),
            )
        assert self.process.stdin and self.process.stdout
        self._in, self._out = self.process.stdin, self.process.stdout
        self._last = 0
        self._watchdog = threading.Timer(PATIENCE, self.process.kill)
        self._watchdog.start()

    def send(self, message: Mapping[str, Any]) -> None:
        self._in.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._in.flush()

    def receive(self) -> Json:
        """The next message, whatever it is."""
        line = self._out.readline()
        assert line, f"the server said nothing more: {self._log.read_text('utf-8')[-2000:]}"
        message: Json = json.loads(line)
        return message

    def request(self, method: str, **params: Any) -> int:
        """Ask, and do not wait for the answer. Returns the id."""
        self._last += 1
        self.send({"id": self._last, "method": method, "params": params})
        return self._last

    def ask(self, method: str, **params: Any) -> Json:
        """Ask, and wait; what is said in between (a question, a piece of news) comes first."""
        self.request(method, **params)
        return self.receive()

    def do(self, method: str, **arguments: Any) -> Told:
        """Call an operation as a script does, with one line of JSON-RPC."""
        answer = self.ask(method, **arguments)
        return Told(answer["error"]["data"] if "error" in answer else answer["result"])

    def take_back(self, told: Told, **more: Any) -> Told:
        """Make the call that an answer names as its undo."""
        return self.do(**told.undo, **more)

    def open_to(self, target: str) -> dict[str, str | None]:
        """Who may reach a target: source and owner of each rule."""
        return {_source(rule): rule.get("owner") for rule in self._listed(target)}

    def _listed(self, target: str) -> Iterator[Json]:
        """All rules of a target, page by page."""
        more: Json = {}
        while True:
            page = self.do("list_rules", target=target, limit=100, **more)
            yield from page.items
            if "next_cursor" not in page.content:
                return
            more = {"cursor": page.content["next_cursor"]}

    def shake_hands(self, revision: str, **capabilities: Any) -> None:
        """Open the connection as a client of a handshake revision."""
        client = {"name": "a-client", "version": "1"}
        hello = {"protocolVersion": revision, "capabilities": capabilities, "clientInfo": client}
        assert self.ask("initialize", **hello)["result"]["protocolVersion"] == revision
        self.send({"method": "notifications/initialized"})

    def crash(self) -> None:
        """The process is killed, as when a machine loses its power."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def finish(self) -> None:
        """End the input: the server ends well, and has nothing more to say."""
        self._in.close()
        assert self._out.read() == b""
        assert self.process.wait(PATIENCE) == 0

    def close(self) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait(PATIENCE)
        self._out.close()
        if not self._in.closed:
            self._in.close()


def _source(rule: Json) -> str:
    """From where a rule lets in."""
    return next(str(rule[at]) for at in ("cidr", "source_group", "prefix_list") if at in rule)


def modern(name: str, arguments: Mapping[str, Any], **params: Any) -> Json:
    """The params of a tools/call of 2026-07-28 by a client that can ask its user."""
    capabilities: Json = {"elicitation": {}}
    meta = {f"{META}protocolVersion": "2026-07-28", f"{META}clientCapabilities": capabilities}
    return {"name": name, "arguments": dict(arguments), "_meta": meta, **params}
