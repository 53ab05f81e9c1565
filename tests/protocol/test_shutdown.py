"""How the server ends: end of input, a request to stop, signals, a client that has gone.

Source: MCP 2026-07-28, basic/transports/stdio, "Shutdown". Signals are tried on a process of its
own, because only a main thread gets them.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

PATIENCE = 10.0
PIPE_FILLER = 400

SERVER = """
import sys, threading
from awswhitelist.mcp.registry import ToolHints, ToolRegistry, ToolResult, ToolSpec
from awswhitelist.mcp.server import Server, ServerSettings, install_signal_handlers
from awswhitelist.mcp.stdio import take_stdout
from awswhitelist.parallel import run_side_by_side

started = threading.Event()
release = threading.Event()

def wait(arguments, context):
    run_side_by_side(hang, lambda: print("called", file=sys.stderr, flush=True))
    return ToolResult({"summary": "Done."}, "Done.", True)

def hang():
    release.wait()

def let_go(arguments, context):
    release.set()
    return ToolResult({"summary": "Let go."}, "Let go.", True)

def spec(name, call):
    hints = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False)
    return ToolSpec(name, name, name, hints, dict, dict, call)

registry = ToolRegistry(lambda: [spec("wait", wait), spec("let_go", let_go)])
settings = ServerSettings("a", "A", "1", "", "", 1 << 20, 2, 2, 60.0, float(sys.argv[1]))
server = Server(settings, registry)
install_signal_handlers(server)
sys.exit(server.serve(0, take_stdout()))
"""


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a server process; the argument is the time that it may drain, in seconds."""
    processes: list[subprocess.Popen[bytes]] = []

    def make(drain: float) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(drain)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        processes.append(process)
        return process

    yield make
    for process in processes:
        process.kill()
        process.communicate()


def say(process: subprocess.Popen[bytes], *lines: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(line + "\n" for line in lines).encode())
    process.stdin.flush()


def begin_call(process: subprocess.Popen[bytes]) -> None:
    """Make a call that waits, and wait until it runs."""
    assert process.stderr is not None
    say(process, '{"jsonrpc":"2.0","id":1,"method":"wait"}')
    assert process.stderr.readline() == b"called\n"


PING = '{"jsonrpc":"2.0","id":9,"method":"ping"}'


@pytest.mark.requirement("STDIO-6")
def test_at_the_end_of_input_calls_in_flight_are_answered(
    wire: Any, messages: Any, gate: Any
) -> None:
    wire.send(*(messages.call(n, "free", gate="a") for n in range(10)))
    wire.end_input()
    gate.open("a")
    assert sorted(wire.receive()["id"] for _ in range(10)) == list(range(10))
    assert (wire.receive(), wire.wait()) == (None, 0)


def test_a_script_that_ended_its_input_waits_longer_than_the_time_to_drain(
    connect: Callable[..., Any], messages: Any, gate: Any
) -> None:
    wire = connect(workers=1, drain_seconds=0.001)
    wire.send(messages.call(1, "free", gate="a"), messages.call(2, "free", gate="b"))
    gate.wait_for("a begins")
    wire.end_input()
    gate.open("a")
    assert wire.receive()["id"] == 1
    gate.wait_for("b begins")
    gate.open("b")
    assert wire.receive()["id"] == 2
    assert (wire.receive(), wire.wait()) == (None, 0)


def test_a_script_is_not_waited_for_beyond_the_time_of_a_call(
    connect: Callable[..., Any], messages: Any, gate: Any
) -> None:
    wire = connect(call_timeout=0.05, drain_seconds=0.05)
    wire.send(messages.call(1, "free", gate="a"))
    gate.wait_for("a begins")
    wire.end_input()
    assert (wire.receive(), wire.wait()) == (None, 0)


def test_a_script_is_waited_for_as_long_as_the_tool_that_it_calls_may_take(
    connect: Callable[..., Any], messages: Any, gate: Any
) -> None:
    wire = connect(call_timeout=0.05, drain_seconds=0.05)
    wire.send(messages.call(1, "long", gate="a"))
    gate.wait_for("a begins")
    wire.end_input()
    time.sleep(0.3)
    gate.open("a")
    assert wire.receive()["id"] == 1
    assert (wire.receive(), wire.wait()) == (None, 0)


def test_stopping_cuts_the_wait_for_a_script_short(
    connect: Callable[..., Any], messages: Any, gate: Any
) -> None:
    wire = connect(drain_seconds=0.05)
    wire.send(messages.call(1, "free", gate="a"))
    gate.wait_for("a begins")
    wire.end_input()
    wire.server.stop()
    assert (wire.receive(), wire.wait()) == (None, 0)


def test_a_request_to_stop_answers_what_is_in_flight(wire: Any, messages: Any, gate: Any) -> None:
    wire.send(messages.call(1, "free", gate="a"))
    gate.wait_for("a begins")
    wire.server.stop()
    wire.server.stop()
    gate.open("a")
    assert wire.receive()["id"] == 1
    assert (wire.receive(), wire.wait()) == (None, 0)


def test_half_a_line_is_not_served_when_asked_to_stop(wire: Any, messages: Any) -> None:
    wire.ask(messages.request(1, "ping"))
    wire.send_bytes(PING.encode())
    wire.server.stop()
    assert (wire.receive(), wire.wait()) == (None, 0)


def test_a_call_that_does_not_end_is_left_when_the_time_to_drain_is_over(
    connect: Callable[..., Any], messages: Any, gate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    wire = connect(drain_seconds=0.05)
    wire.send(messages.call(1, "free", gate="a"))
    gate.wait_for("a begins")
    wire.server.stop()
    assert (wire.receive(), wire.wait()) == (None, 0)
    assert "server.drain_timed_out" in [each.message for each in caplog.records]
    assert caplog.records[-1].levelno == logging.WARNING


def test_calls_are_told_that_the_server_stops(
    connect: Callable[..., Any], messages: Any, gate: Any
) -> None:
    wire = connect(workers=1, drain_seconds=5.0)
    wire.send(messages.call(1, "free", gate="a"), messages.request(2, "clock"))
    gate.wait_for("a begins")
    wire.server.stop()
    gate.open("a")
    wire.receive()
    assert 0 < wire.receive()["result"]["remaining"] <= 4


def test_a_client_that_no_longer_reads_ends_the_server_quietly(
    wire: Any, messages: Any, gate: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    wire.send(messages.call(1, "free", gate="a"))
    gate.wait_for("a begins")
    wire.stop_reading()
    wire.send(messages.request(2, "ping"))
    gate.open("a")
    assert wire.wait() == 0
    assert capfd.readouterr() == ("", "")


def test_a_worker_that_finds_the_client_gone_ends_the_server(
    wire: Any, messages: Any, gate: Any
) -> None:
    wire.send(messages.call(1, "free", gate="a"))
    gate.wait_for("a begins")
    wire.stop_reading()
    gate.open("a")
    assert wire.wait() == 0


@pytest.mark.parametrize("tool", ["tools/list", "echo"])
def test_a_client_that_does_not_read_cannot_keep_the_server_from_stopping(
    connect: Callable[..., Any], messages: Any, tool: str
) -> None:
    wire = connect(drain_seconds=0.05, queue=PIPE_FILLER)
    wire.send(*(messages.request(n, tool) for n in range(PIPE_FILLER)))
    wire.receive()
    wire.server.stop()
    assert wire.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_idle_server_with_exit_code_0(
    start: Callable[..., Any], number: signal.Signals
) -> None:
    process = start(60)
    say(process, PING)
    assert process.stdout.readline() == b'{"jsonrpc":"2.0","id":9,"result":{}}\n'
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0
    assert process.communicate() == (b"", b"")


def test_a_signal_lets_calls_in_flight_end(start: Callable[..., Any]) -> None:
    process = start(60)
    begin_call(process)
    say(process, '{"jsonrpc":"2.0","id":2,"method":"let_go"}')
    assert {process.stdout.readline(), process.stdout.readline()} == {
        b'{"jsonrpc":"2.0","id":1,"result":{"summary":"Done."}}\n',
        b'{"jsonrpc":"2.0","id":2,"result":{"summary":"Let go."}}\n',
    }
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def test_a_signal_waits_for_no_thread_of_a_call_beyond_the_time_to_drain(
    start: Callable[..., Any],
) -> None:
    process = start(0.05)
    begin_call(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def test_the_second_signal_ends_the_server_at_once(start: Callable[..., Any]) -> None:
    process = start(600)
    begin_call(process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 128 + signal.SIGTERM


@pytest.mark.requirement("STDIO-3")
def test_nothing_but_the_protocol_reaches_standard_output(tmp_path: Any) -> None:
    code = (
        "import os, sys\n"
        "from awswhitelist.mcp.stdio import take_stdout\n"
        "print('before')\n"
        "wire = take_stdout()\n"
        "print('stray print', flush=True)\n"
        "os.write(1, b'stray write\\n')\n"
        "os.system('echo stray child')\n"
        "os.write(wire, b'wire\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE)
    assert done.stdout == b"before\nwire\n"
    assert sorted(done.stderr.split(b"\n")) == [b"", b"stray child", b"stray print", b"stray write"]


def test_no_child_process_reads_what_is_ours() -> None:
    code = (
        "import os, subprocess, sys\n"
        "from awswhitelist.mcp.stdio import take_stdin\n"
        "wire = take_stdin()\n"
        "subprocess.run([sys.executable, '-c', 'import sys; sys.stdin.read()'])\n"
        "os.write(1, os.read(wire, 99))\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=b"ours", stdout=subprocess.PIPE, timeout=PATIENCE)
    assert done.stdout == b"ours"


def test_without_standard_error_strays_go_nowhere() -> None:
    code = (
        "import os\n"
        "from awswhitelist.mcp.stdio import take_stdout\n"
        "os.close(2)\n"
        "wire = take_stdout()\n"
        "os.write(1, b'stray')\n"
        "os.write(wire, b'wire')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, timeout=PATIENCE)
    assert done.stdout == b"wire"


def test_without_standard_output_there_is_no_wire() -> None:
    code = (
        "import os\n"
        "from awswhitelist.mcp.stdio import take_stdout\n"
        "os.close(1)\n"
        "try:\n"
        "    take_stdout()\n"
        "except OSError:\n"
        "    raise SystemExit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=False)
    assert done.returncode == 7
