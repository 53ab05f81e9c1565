"""The state directory: one key, nonces spent once between threads and between processes."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from awswhitelist.access.files.state import StateDirectory
from awswhitelist.exceptions import StateUnavailableError

AT_ONCE = 8


def state(path: Path, now: float = 1000.0) -> StateDirectory:
    return StateDirectory(path, now=lambda: now)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    state(tmp_path / "state")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.requirement("ELIC-9")
@pytest.mark.parametrize("first_use", ["sign", "spend", "check"])
def test_the_directory_and_all_that_is_in_it_are_this_users_alone(
    tmp_path: Path, first_use: str
) -> None:
    directory = state(tmp_path / "deep" / "state")
    uses = {
        "sign": lambda: directory.sign(b""),
        "spend": lambda: directory.spend("n", 1001),
        "check": directory.check,
    }
    uses[first_use]()
    directory.check()
    made = [tmp_path / "deep" / "state", *(tmp_path / "deep" / "state").rglob("*")]
    assert {path.name for path in made} >= {"state", "key", "spent"}
    assert {mode(path) for path in made} <= {0o700, 0o600}


@pytest.mark.requirement("STATE-3")
def test_directories_made_above_it_are_this_users_alone_too(tmp_path: Path) -> None:
    """The sandbox keeps its state below that of the real thing, and may come first."""
    state(tmp_path / "state" / "sandbox").sign(b"x")
    state(tmp_path / "state").check()
    assert mode(tmp_path / "state") == mode(tmp_path / "state" / "sandbox") == 0o700


def test_the_same_key_verifies_later_and_elsewhere(tmp_path: Path) -> None:
    signature = state(tmp_path / "state").sign(b"plan")
    other = state(tmp_path / "state")
    assert other.verify(b"plan", signature)
    assert not other.verify(b"other", signature)
    assert not other.verify(b"plan", b"")


def test_two_directories_have_different_keys(tmp_path: Path) -> None:
    assert not state(tmp_path / "b").verify(b"plan", state(tmp_path / "a").sign(b"plan"))


def test_many_who_come_at_once_get_one_key(tmp_path: Path) -> None:
    barrier = Barrier(AT_ONCE)

    def sign(_: int) -> bytes:
        barrier.wait()
        return state(tmp_path / "state").sign(b"plan")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        signatures = set(pool.map(sign, range(AT_ONCE)))
    assert len(signatures) == 1
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["key"], "no drafts are left"


def test_a_damaged_key_is_not_used_and_not_replaced(tmp_path: Path) -> None:
    directory = state(tmp_path / "state")
    directory.sign(b"plan")
    (tmp_path / "state" / "key").write_bytes(b"short")
    with pytest.raises(StateUnavailableError) as raised:
        directory.sign(b"plan")
    assert "Delete the file `key`" in raised.value.remedy
    assert (tmp_path / "state" / "key").read_bytes() == b"short"


@pytest.mark.parametrize("others", [0o750, 0o701, 0o777])
def test_a_directory_that_others_can_enter_is_refused(tmp_path: Path, others: int) -> None:
    directory = state(tmp_path / "state")
    directory.check()
    (tmp_path / "state").chmod(others)
    for use in (directory.check, lambda: directory.sign(b""), lambda: directory.spend("n", 2000)):
        with pytest.raises(StateUnavailableError) as raised:
            use()
        assert "chmod 700" in raised.value.remedy


def test_a_directory_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    directory = state(tmp_path / "file" / "state")
    for use in (directory.check, lambda: directory.sign(b""), lambda: directory.spend("n", 2000)):
        with pytest.raises(StateUnavailableError):
            use()


def test_a_nonce_that_cannot_be_recorded_is_not_spent(tmp_path: Path) -> None:
    directory = state(tmp_path / "state")
    directory.sign(b"")
    (tmp_path / "state" / "spent").write_text("in the way")
    with pytest.raises(StateUnavailableError):
        directory.spend("nonce", 2000)
    with pytest.raises(StateUnavailableError):
        directory.check()


def test_a_nonce_is_spent_once(tmp_path: Path) -> None:
    directory = state(tmp_path / "state")
    assert directory.spend("one", 2000)
    assert not directory.spend("one", 2000)
    assert directory.spend("two", 2000)


def test_a_spent_nonce_is_remembered_until_its_approval_has_expired(tmp_path: Path) -> None:
    assert state(tmp_path / "state", now=1000).spend("one", until=1300.7)
    for now in (1300.0, 1300.7, 1301.0):
        assert not state(tmp_path / "state", now=now).spend("one", until=1300.7)
    assert state(tmp_path / "state", now=1302.1).spend("two", until=1600)
    names = [path.name for path in (tmp_path / "state" / "spent").iterdir()]
    assert names == ["two.1601"]


def test_files_of_somebody_else_are_not_pruned(tmp_path: Path) -> None:
    directory = state(tmp_path / "state")
    directory.check()
    (tmp_path / "state" / "spent" / "notes.txt").write_text("keep")
    directory.check()
    directory.check()
    names = sorted(path.suffix for path in (tmp_path / "state" / "spent").iterdir())
    assert names == [".1", ".txt"], "the trial of the last check, and the stranger's file"


def test_of_many_threads_one_spends_a_nonce(tmp_path: Path) -> None:
    barrier = Barrier(AT_ONCE)

    def spend(_: int) -> bool:
        directory = state(tmp_path / "state")
        barrier.wait()
        return directory.spend("nonce", 2000)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(spend, range(AT_ONCE))) == [False] * (AT_ONCE - 1) + [True]


SPENDER = """
import sys
from pathlib import Path
from awswhitelist.access.approval.approvals import Approvals, Binding, Spent
from awswhitelist.access.files.state import StateDirectory

now = lambda: 1000.0
approvals = Approvals(StateDirectory(Path(sys.argv[1]), now=now), now=now)
print("ready", flush=True)
token = sys.stdin.readline().strip()
print(isinstance(approvals.spend(token, Binding("o", "a", "p", "c", "u")), Spent))
"""


@pytest.mark.requirement("MRTR-7", "STATE-3")
def test_of_several_processes_one_spends_an_approval(tmp_path: Path) -> None:
    from awswhitelist.access.approval.approvals import Approvals, Binding

    directory = tmp_path / "state"
    approvals = Approvals(state(directory), now=lambda: 1000.0)
    token = approvals.issue(Binding("o", "a", "p", "c", "u")).token
    rivals = [
        subprocess.Popen(
            [sys.executable, "-c", SPENDER, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for rival in rivals:
        assert rival.stdout is not None and rival.stdout.readline() == "ready\n"
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write(token + "\n")
        rival.stdin.flush()
    answers = sorted(rival.communicate(timeout=60)[0].strip() for rival in rivals)
    assert answers == ["False", "False", "True"]
