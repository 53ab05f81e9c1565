"""Which processes are still there: known by machine run, number and start, and in doubt alive."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from awswhitelist.access.audit.processes import boot_id, is_alive, started

ME = os.getpid()
NO_PROCESS = 2**31 - 1


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc of the run "boot-1" in which we started at tick 4711 under an awkward name."""
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("boot-1\n")
    (tmp_path / str(ME)).mkdir()
    middle = " ".join(map(str, range(4, 22)))
    (tmp_path / str(ME) / "stat").write_text(f"{ME} (a) b (c)) S {middle} 4711 23 24\n")
    return tmp_path


def test_the_start_is_the_22nd_field_whatever_the_name_is(proc: Path) -> None:
    assert started(ME, proc) == "4711"
    assert started(NO_PROCESS, proc) == ""
    (proc / str(ME) / "stat").write_text("1 (short) S 1")
    assert started(ME, proc) == ""


def test_the_run_of_the_machine_has_an_id(proc: Path, tmp_path: Path) -> None:
    assert boot_id(proc) == "boot-1"
    assert boot_id(tmp_path / "none") is None


@pytest.mark.parametrize(
    ("boot", "pid", "start", "alive"),
    # Without our own number in the names of the tests: each process of a run has another.
    ids=map(str, range(8)),
    argvalues=[
        ("boot-1", ME, "4711", True),
        ("boot-0", ME, "4711", False),
        ("boot-1", ME, "4710", False),
        ("boot-1", NO_PROCESS, "4711", False),
        ("boot-1", 0, "4711", False),
        ("boot-1", 2**80, "4711", False),
        (None, ME, "", True),
        ("boot-1", ME, "", True),
    ],
)
def test_a_process_is_known_by_run_number_and_start(
    proc: Path, boot: str | None, pid: int, start: str, alive: bool
) -> None:
    assert is_alive(boot, pid, start, proc=proc) is alive


def test_where_the_system_says_nothing_more_the_number_decides(tmp_path: Path) -> None:
    assert is_alive("boot-1", ME, "4711", proc=tmp_path)
    assert not is_alive("boot-1", NO_PROCESS, "4711", proc=tmp_path)


def test_a_process_of_somebody_else_is_there(tmp_path: Path) -> None:
    assert is_alive(None, 1, "", proc=tmp_path)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs a /proc")
def test_a_real_process_is_alive_until_it_has_ended() -> None:
    argv = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        start = started(process.pid)
        assert start.isdecimal()
        assert is_alive(boot_id(), process.pid, start)
    assert not is_alive(boot_id(), process.pid, start)
