"""The command line as a process among pipes: streams, exit codes, Ctrl-C, what is imported."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOR_PEOPLE = {"click", "rich", "tomlkit", "argparse"}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
SHOWN = re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.M | re.S)
PATIENCE = 60


def imported(log: str) -> set[str]:
    lines = (line for line in log.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def started(home: Any, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    """A process with pipes for streams and no controlling terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "awswhitelist", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=home.environment(**environ),
        start_new_session=True,
    )


@pytest.mark.parametrize("arguments", [("--version",), ("serve",), ()])
def test_nothing_that_is_for_people_is_imported_on_the_way_to_serving(
    home: Any, arguments: tuple[str, ...]
) -> None:
    ended = home.run(*arguments, interpreter=("-X", "importtime"))
    assert ended.code == 0
    assert "awswhitelist" in imported(ended.err)
    assert imported(ended.err) & FOR_PEOPLE == set()


def test_without_arguments_a_pipe_is_served(home: Any, lines: Any) -> None:
    ended = home.run(lines=lines(("ping", {})))
    assert (ended.code, ended.answers[0]["result"]) == (0, {})


def test_a_result_is_all_that_standard_output_gets(home: Any) -> None:
    ended = home.run("list-rules", "prod-bastion", "--sandbox")
    assert (ended.code, ended.err) == (0, "")
    assert ended.answers[0]["total"] == 2


def test_without_a_controlling_terminal_nobody_is_asked(home: Any) -> None:
    process = started(
        home,
        *("whitelist", "prod-bastion", "--sandbox", "--port", "22", "--source", "203.0.112.0/28"),
    )
    out, err = process.communicate(b"yes\n", timeout=60)
    assert (process.returncode, err) == (3, b"")
    assert json.loads(out)["status"] == "approval_required"


def test_a_process_without_a_controlling_terminal_has_none_to_ask_on() -> None:
    code = "from awswhitelist.commands.terminal import open_terminal; print(open_terminal())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, start_new_session=True, check=True
    )
    assert done.stdout == b"None\n"


@pytest.fixture
def silence() -> Iterator[socket.socket]:
    """Somewhere to connect to that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


def waiting_for_aws(home: Any, silence: socket.socket, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of which we know that it waits for an answer of AWS."""
    environ = {
        "AWSWHITELIST_AWS__ENDPOINT_URL": f"http://127.0.0.1:{silence.getsockname()[1]}",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
    }
    return started(home, *arguments, **environ)


def test_ctrl_c_ends_a_read_at_once_with_130_and_without_a_traceback(
    home: Any, silence: socket.socket
) -> None:
    process = waiting_for_aws(home, silence, "list-rules", "sg-0123456789abcdef0")
    connection, _ = silence.accept()
    with connection:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err


def test_ctrl_c_lets_a_change_come_to_a_safe_place_and_ends_with_130(
    home: Any, silence: socket.socket
) -> None:
    arguments = ("sg-0123456789abcdef0", "--port", "22", "--source", "203.0.113.7")
    process = waiting_for_aws(home, silence, "whitelist", *arguments)
    connection, _ = silence.accept()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    notice = process.stderr.readline() + process.stderr.readline()
    assert b"Press Ctrl-C again" in notice
    connection.close()
    silence.close()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert b"code: cancelled" in err
    assert b"Traceback" not in err


def test_a_reader_who_has_gone_is_no_news(home: Any) -> None:
    process = started(home, "list-rules", "prod-bastion", "--sandbox")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.stdin is not None
    process.stdin.close()


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("config", "show")], ids=str)
def test_a_reader_who_has_gone_is_141_for_what_calls_nobody_too(
    home: Any, arguments: tuple[str, ...]
) -> None:
    process = started(home, *arguments)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (141, b"")


def in_a_shell(home: Any, script: str, *arguments: str) -> tuple[int, str]:
    """The exit code and standard error of bash, which gets our command line as its arguments."""
    done = subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, "-m", "awswhitelist", *arguments],
        capture_output=True,
        env=home.environment(),
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr.decode()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("--help",), ("config", "show"), ("list-rules", "prod-bastion", "--sandbox")],
    ids=str,
)
def test_output_that_cannot_be_written_is_told_and_ends_with_1(
    home: Any, arguments: tuple[str, ...]
) -> None:
    ended = in_a_shell(home, '"$@" > /dev/full', *arguments)
    assert ended == (1, "error: The output cannot be written: No space left on device.\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_does_its_work_where_streams_are_closed(home: Any, closed: str) -> None:
    arguments = ("prod-bastion", "--source", "203.0.113.7", "--port", "22", "--sandbox")
    assert in_a_shell(home, f'"$@" {closed}', "whitelist", *arguments) == (0, "")


def test_what_the_locale_has_no_character_for_is_written_as_an_escape(home: Any) -> None:
    process = started(home, "config", "path", "--config", "日.json", PYTHONIOENCODING="latin-1")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, b"\\u65e5.json\n", b"")


@pytest.mark.parametrize("columns", ["0", "1", "-1", "wide"])
def test_words_are_written_however_narrow_the_screen_says_it_is(home: Any, columns: str) -> None:
    process = started(home, "list-rules", "nowhere", "--sandbox", COLUMNS=columns)
    _, err = process.communicate(timeout=PATIENCE)
    assert b"code: security_group_not_found" in err


def test_a_closed_input_holds_no_entries(home: Any) -> None:
    code, err = in_a_shell(home, '"$@" <&-', "whitelist-bulk", "--file", "-", "--sandbox")
    assert code == 2
    assert "--file is not valid JSON" in err


# -- connect --------------------------------------------------------------------------------------


def test_connect_joins_the_streams_to_a_servers_socket(home: Any, lines: Any) -> None:
    """Requests go in, the input ends, and the answers come all the same."""
    path = home.path / "mcp.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()
    process = started(home, "connect", str(path))
    connection, _ = listener.accept()
    with listener, connection:
        server = subprocess.Popen(
            [sys.executable, "-m", "awswhitelist", "serve", "--sandbox"],
            stdin=connection.fileno(),
            stdout=connection.fileno(),
            env=home.environment(),
        )
    asked = lines(("ping", {}), ("list_rules", {"target": "prod-bastion"}))
    out, err = process.communicate(asked.encode(), timeout=60)
    assert server.wait(60) == 0
    assert (process.returncode, err) == (0, b"")
    answers = {each["id"]: each for each in map(json.loads, out.splitlines())}
    assert answers[1]["result"] == {}
    assert answers[2]["result"]["total"] == 2


def test_connect_ends_when_the_server_does(home: Any) -> None:
    path = home.path / "mcp.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        process = started(home, "connect", str(path))
        connection, _ = listener.accept()
        connection.sendall(b"bye\n")
        connection.close()
        assert process.stdout is not None
        assert process.stdout.readline() == b"bye\n"
        assert process.wait(60) == 0  # though its input is still open
    process.communicate()


def test_connect_says_that_nobody_serves(home: Any) -> None:
    ended = home.run("connect", str(home.path / "mcp.sock"))
    assert (ended.code, ended.out) == (2, "")
    assert "systemctl start awswhitelist.socket" in ended.err.replace("\n", " ")


# -- what the document shows ----------------------------------------------------------------------


@pytest.mark.parametrize("script", SHOWN)
def test_every_command_that_the_document_shows_runs_in_the_sandbox(home: Any, script: str) -> None:
    program = home.path / "bin" / "awswhitelist"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m awswhitelist "$@"\n')
    program.chmod(0o755)
    environ = home.environment()
    environ["PATH"] = os.pathsep.join([str(program.parent), environ["PATH"]])
    assert all("--sandbox" in line for line in script.splitlines())
    done = subprocess.run(
        ["sh", "-euc", script], env=environ, capture_output=True, timeout=PATIENCE * 3, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout
