"""Open a hole in a firewall for two hours and close it again, as an MCP client does.

Plan, change, receipt, undo. Starts the server with its sandbox (an AWS within the process: no
account, no network), speaks MCP 2025-11-25 to it over pipes, shows what is said, and checks that
each step did what it says.
Needs the standard library only. Run it with ``make run``, or::

    python examples/first_rule.py

Exit code: 0 if every step held, 1 otherwise, with the reason on standard error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

SERVER = (sys.executable, "-m", "awswhitelist", "serve", "--sandbox")
REVISION = "2025-11-25"
TARGET, ADDRESS, PORT = "prod-bastion", "203.0.113.7", "ssh"
EXPIRES_IN, LIFETIME = "2h", timedelta(hours=2)
WISH = {"target": TARGET, "source": ADDRESS, "port": PORT, "expires_in": EXPIRES_IN}
TIME_LIMIT = 60.0
"""Seconds after which a server that hangs is stopped."""

Rule = Mapping[str, Any]


class StepError(Exception):
    """A step did not do what it says; the text says which and why."""


def check(holds: bool, complaint: str) -> None:
    """Raise :class:`StepError` with that complaint unless the claim holds."""
    if not holds:
        raise StepError(complaint)


# -- the conversation -----------------------------------------------------------------------------


class Conversation:
    """One MCP conversation over the pipes of a process: prints each line of it, shortened."""

    def __init__(self, to_server: IO[bytes], from_server: IO[bytes]) -> None:
        self._to_server = to_server
        self._from_server = from_server
        self._last_id = 0

    def notify(self, method: str) -> None:
        """Say something that has no answer."""
        print(f"   → {method}")
        self._send({"method": method})

    def request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Ask, and return the result; an error answer or none at all is a :class:`StepError`."""
        print(f"   → {method} {short(params)}")
        return self._ask(method, params)

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool, print its summary, and return its structured result."""
        print(f"   → tools/call {tool} {short(arguments)}")
        result = self._ask("tools/call", {"name": tool, "arguments": arguments})
        content = result.get("structuredContent")
        if not isinstance(content, dict):
            raise StepError(f"{tool} gave no structured result: {short(result)}")
        print(f"   ← {content.get('summary')}")
        check(not result.get("isError"), f"{tool} failed: {short(content)}")
        return content

    def _ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        answer = self._receive(method)
        check(answer.get("id") == self._last_id, f"{method} was answered with another id: {answer}")
        result = answer.get("result")
        if not isinstance(result, dict):
            raise StepError(f"{method} was refused: {short(answer.get('error'))}")
        return result

    def _send(self, message: Mapping[str, Any]) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
        try:
            self._to_server.write(line)
            self._to_server.flush()
        except OSError as exc:
            raise StepError("The server is gone; it does not read what it is sent.") from exc

    def _receive(self, method: str) -> dict[str, Any]:
        line = self._from_server.readline()
        check(bool(line), f"The server ended without an answer to {method}.")
        try:
            answer = json.loads(line)
        except ValueError as exc:
            raise StepError(f"The answer to {method} is not JSON: {line[:80]!r}") from exc
        if not isinstance(answer, dict):
            raise StepError(f"The answer to {method} is not an object: {line[:80]!r}")
        return answer


def short(value: object, limit: int = 110) -> str:
    """The value as compact JSON, cut to a width that fits a terminal."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"


# -- rules, for people ----------------------------------------------------------------------------

COLUMNS: tuple[tuple[str, Callable[[Rule], object]], ...] = (
    ("rule", lambda rule: rule.get("rule_id")),
    ("source", lambda rule: rule.get("cidr")),
    ("ports", lambda rule: ports(rule)),
    ("owner", lambda rule: rule.get("owner")),
    ("expires", lambda rule: rule.get("expires_at")),
)


def ports(rule: Rule) -> str:
    """Protocol and ports of a rule: ``tcp 22``, ``tcp 8000-8100``, ``all``."""
    first, last = rule.get("from_port"), rule.get("to_port")
    if first is None:
        return str(rule.get("protocol"))
    return f"{rule.get('protocol')} {first}" + ("" if last == first else f"-{last}")


def table(rules: Sequence[Rule]) -> list[str]:
    """The rules as lines of a table with a heading; a value that is missing shows as ``-``."""
    rows = [[name for name, _ in COLUMNS]]
    rows += [[str(value(rule) or "-") for _, value in COLUMNS] for rule in rules]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def show(rules: Sequence[Rule]) -> None:
    """Print the rules under the answer that brought them."""
    for line in table(rules):
        print(f"       {line}")


def rule_ids(rules: Sequence[Rule]) -> set[str]:
    """The ids of the rules."""
    return {str(rule.get("rule_id")) for rule in rules}


# -- the steps ------------------------------------------------------------------------------------


def shake_hands(server: Conversation) -> None:
    """Agree on a protocol revision."""
    client = {"name": "first-rule", "version": "1"}
    hello = server.request(
        "initialize", {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": client}
    )
    info = hello.get("serverInfo", {})
    print(f"   ← {info.get('name')} {info.get('version')} speaks {hello.get('protocolVersion')}")
    check(hello.get("protocolVersion") == REVISION, f"The server does not speak {REVISION}.")
    check(info.get("name") == "awswhitelist", f"This is another server: {short(info)}")
    server.notify("notifications/initialized")


def list_tools(server: Conversation) -> None:
    """See that the tools of this story are there."""
    names = [tool.get("name") for tool in server.request("tools/list", {}).get("tools", [])]
    print(f"   ← {', '.join(map(str, names))}")
    missing = {"whitelist", "undo", "list_rules"}.difference(map(str, names))
    check(not missing, f"The server has no tool named {' or '.join(sorted(missing))}.")


def list_rules(server: Conversation) -> list[Rule]:
    """The rules of the group as they are now, shown as a table."""
    items = server.call("list_rules", target=TARGET).get("items")
    if not isinstance(items, list):
        raise StepError("list_rules gave no items.")
    show(items)
    return items


def plan(server: Conversation) -> None:
    """See what letting the address in would change; nothing is changed by that."""
    answer = server.call("whitelist", **WISH, dry_run=True)
    status, lines = answer.get("status"), answer.get("plan", [])
    check(status == "planned", f"whitelist said {status!r}, not 'planned'.")
    check(len(lines) == 1 and f"{ADDRESS}/32" in lines[0], f"The plan is another: {short(lines)}")
    for line in lines:
        print(f"       {line}")


def whitelist(server: Conversation, expected: str) -> tuple[Rule, dict[str, Any]]:
    """Let the address in; the answer must have the expected status.

    Returns its one rule, and the call that takes it back (empty where nothing was changed).
    """
    answer = server.call("whitelist", **WISH)
    status, rules = answer.get("status"), answer.get("rules", [])
    check(status == expected, f"whitelist said {status!r}, not {expected!r}.")
    check(len(rules) == 1, f"whitelist named {len(rules)} rules, not one.")
    show(rules)
    rule: Rule = rules[0]
    return rule, answer.get("undo", {})


def check_rule(rule: Rule, now: datetime) -> None:
    """The rule is the one asked for: this address, this port, an owner, two hours."""
    check(rule.get("cidr") == f"{ADDRESS}/32", f"The rule is for {rule.get('cidr')}.")
    check(ports(rule) == "tcp 22", f"The rule opens {ports(rule)}, not tcp 22.")
    check(bool(rule.get("owner")), "The rule does not say whose it is.")
    end = datetime.fromisoformat(str(rule.get("expires_at")))
    slack = timedelta(seconds=TIME_LIMIT)
    check(abs(end - now - LIFETIME) <= slack, f"The rule ends at {end}, not in {EXPIRES_IN}.")


def undo(server: Conversation, call: Mapping[str, Any], rule: Rule) -> None:
    """Take the change back by its receipt."""
    check(call.get("operation") == "undo", f"No call takes this back: {short(call)}")
    answer = server.call("undo", **call.get("arguments", {}))
    status, gone = answer.get("status"), rule_ids(answer.get("rules", []))
    check(status == "revoked", f"undo said {status!r}, not 'revoked'.")
    check(gone == rule_ids([rule]), f"undo took back {sorted(gone)}, not {rule['rule_id']}.")


def tell(server: Conversation) -> None:
    """The whole story, one heading per step; the first step that fails ends it."""
    print("1. Shake hands")
    shake_hands(server)
    print("\n2. What can this server do?")
    list_tools(server)
    print(f"\n3. The rules of {TARGET} before")
    before = rule_ids(list_rules(server))
    print(f"\n4. What would it take to let {ADDRESS} in? (A dry run shows the plan.)")
    plan(server)
    print(f"\n5. Let {ADDRESS} reach {TARGET} on {PORT} for {EXPIRES_IN}")
    rule, way_back = whitelist(server, "added")
    check(rule["rule_id"] not in before, "The rule was there before.")
    print(f"       receipt: {short(way_back)}")
    print("\n6. The rules after: the new one has an owner and an end")
    after = list_rules(server)
    check(rule_ids(after) == before | rule_ids([rule]), "The new rule is not the only change.")
    check_rule(next(r for r in after if r.get("rule_id") == rule["rule_id"]), datetime.now(UTC))
    print("\n7. The same call again changes nothing, and leaves no receipt")
    again, nothing = whitelist(server, "already_allowed")
    check(again.get("rule_id") == rule["rule_id"], "Another rule was named.")
    check(not nothing, f"There is something to take back: {short(nothing)}")
    print("\n8. Take it back, by the receipt")
    undo(server, way_back, rule)
    print("\n9. The rules at the end are those of the beginning")
    check(rule_ids(list_rules(server)) == before, "The rules differ from those before.")


# -- the process ----------------------------------------------------------------------------------


def environment(home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the server: its own configuration and state, nobody's settings."""
    config = home / "config.json"
    config.write_text(json.dumps({"state": {"directory": str(home / "state")}}), encoding="utf-8")
    kept = {key: value for key, value in environ.items() if not key.startswith("AWSWHITELIST_")}
    return kept | {"AWSWHITELIST_CONFIG": str(config)}


@contextmanager
def running(command: Sequence[str], home: Path) -> Iterator[Conversation]:
    """A server, started as an MCP client starts it; it must end well once its input ends."""
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment(home, os.environ),
        )
    assert process.stdin is not None and process.stdout is not None
    watchdog = threading.Timer(TIME_LIMIT, process.kill)
    watchdog.start()
    try:
        yield Conversation(process.stdin, process.stdout)
        process.stdin.close()
        check(process.wait() == 0, f"The server ended with exit code {process.returncode}.")
    finally:
        watchdog.cancel()
        process.kill()
        with suppress(OSError):  # a line that a dead server did not read
            process.stdin.close()
        process.stdout.close()
        process.wait()


def main(command: Sequence[str] = SERVER) -> int:
    """Tell the story with the server that ``command`` starts; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="awswhitelist-") as folder:
        home = Path(folder)
        try:
            with running(command, home) as server:
                tell(server)
        except StepError as failure:
            log = (home / "server.log").read_text(encoding="utf-8", errors="replace")
            print(f"\nFAILED: {failure}", file=sys.stderr)
            print(f"The end of the server's log:\n{log[-2000:]}", file=sys.stderr)
            return 1
    print("\nEvery step did what it says.")
    return 0


if __name__ == "__main__":
    # The arrows must not stop the story on a terminal that cannot show them.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(main())
