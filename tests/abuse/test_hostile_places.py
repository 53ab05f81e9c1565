"""Directories and files that somebody else prepared: nothing is believed, written or awaited."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.access.files.state import KEY_BYTES, StateDirectory
from awswhitelist.aws.model_cache import ModelCache
from awswhitelist.exceptions import AuditUnavailableError, StateUnavailableError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")

HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": 443}
WIDE = HOST | {"source": "203.0.113.0/28"}
REFUSALS = ("state_unavailable", "audit_unavailable")
QUICKLY = 15.0
"""Seconds in which a call must have been refused: nobody will ever open the other end of a FIFO."""


def fifo(path: Path) -> None:
    os.mkfifo(path, 0o600)


def directory(path: Path) -> None:
    path.mkdir(mode=0o700)


def huge(path: Path) -> None:
    path.touch(0o600)
    os.truncate(path, 1 << 40)


def link_to(name: str, mode: int = 0o600) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        target = path.with_name(name)
        target.write_bytes(b"k" * KEY_BYTES)
        target.chmod(mode)
        path.symlink_to(target)

    return make


def for_all_to_read(path: Path) -> None:
    path.write_bytes(b"k" * KEY_BYTES)
    path.chmod(0o644)


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("planted"))


BAD_KEYS: dict[str, Callable[[Path], None]] = {
    "a FIFO": fifo,
    "a directory": directory,
    "a terabyte": huge,
    "a link to a key that somebody knows": link_to("known"),
    "a link to nothing": dangling,
    "a key that others could read": for_all_to_read,
    "an empty file": Path.touch,
}


def refused(desk: Any, **arguments: Any) -> None:
    """The call is refused, at once, and nothing is changed in AWS."""
    before, began = desk.rules(), time.monotonic()
    assert desk.code("whitelist", **arguments) in REFUSALS
    assert time.monotonic() - began < QUICKLY
    assert desk.rules() == before


@pytest.mark.parametrize("plant", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_that_somebody_else_may_know_signs_nothing(
    desk: Any, place: Any, plant: Callable[[Path], None]
) -> None:
    place.state.mkdir(mode=0o700)
    plant(place.state / "key")
    for arguments in (HOST, WIDE):
        refused(desk, **arguments)
    assert desk.do("health")["status"] == "down"
    assert not (place.state / "planted").exists()


@pytest.mark.parametrize("name", ["key", "."])
def test_a_key_or_directory_of_another_user_is_not_ours(
    desk: Any, place: Any, user_id: Any, name: str
) -> None:
    desk.do("whitelist", **HOST)
    user_id({place.state / name: 12345})
    os.utime(place.state / "key")
    refused(desk, **HOST | {"source": "203.0.113.8"})


@pytest.mark.parametrize("mode", [0o750, 0o707, 0o777, 0o1777])
def test_a_state_directory_that_others_can_enter_is_not_used(
    desk: Any, place: Any, mode: int
) -> None:
    place.state.mkdir()
    place.state.chmod(mode)
    refused(desk, **HOST)
    assert list(place.state.iterdir()) == []


@pytest.mark.parametrize("plant", [fifo, huge, Path.touch, dangling])
def test_a_state_directory_that_is_none_is_told(
    desk: Any, place: Any, plant: Callable[[Path], None]
) -> None:
    plant(place.state)
    refused(desk, **HOST)


BAD_LOGS: dict[str, Callable[[Path], None]] = {
    "a FIFO": fifo,
    "a directory": directory,
    "a link to a file of ours": link_to("precious"),
    "a link to nothing": dangling,
}


@pytest.mark.parametrize("name", ["audit.jsonl", "audit.jsonl.lock"])
@pytest.mark.parametrize("plant", BAD_LOGS.values(), ids=BAD_LOGS)
def test_an_audit_log_that_is_no_file_is_not_written_to(
    desk: Any, place: Any, plant: Callable[[Path], None], name: str
) -> None:
    place.state.mkdir(mode=0o700)
    plant(place.state / name)
    refused(desk, **HOST)
    assert not (place.state / "planted").exists()
    precious = place.state / "precious"
    assert not precious.exists() or precious.read_bytes() == b"k" * KEY_BYTES
    began = time.monotonic()
    assert desk.code("undo", receipt="x") in (*REFUSALS, "receipt_not_found")
    assert desk.do("health")["status"] == "down"
    assert time.monotonic() - began < QUICKLY


def test_an_audit_log_that_others_can_read_is_closed_to_them(desk: Any, place: Any) -> None:
    place.state.mkdir(mode=0o700)
    place.audit.touch()
    place.audit.chmod(0o666)
    assert desk.code("whitelist", **HOST) == "added"
    assert stat.S_IMODE(place.audit.stat().st_mode) == 0o600


@pytest.mark.parametrize("plant", BAD_LOGS.values(), ids=BAD_LOGS)
def test_a_record_of_the_rate_limits_that_is_no_file_lets_nothing_through(
    desk: Any, place: Any, plant: Callable[[Path], None]
) -> None:
    rule = desk.do("whitelist", **HOST)["rules"][0]["rule_id"]
    (tally,) = place.state.glob("rates-*.jsonl")
    tally.unlink()
    plant(tally)
    refused(desk, **HOST | {"source": "203.0.113.8"})
    assert rule in desk.rules()


@pytest.mark.parametrize("name", ["spent", "pending", "confirmed"])
@pytest.mark.parametrize("plant", [fifo, dangling, Path.touch])
def test_where_approvals_are_kept_nothing_but_a_directory_will_do(
    desk_on: Any, place: Any, plant: Callable[[Path], None], name: str
) -> None:
    desk = desk_on(policy={"approval": {"without_elicitation": {"wider_than_host": "terminal"}}})
    place.state.mkdir(mode=0o700)
    if name == "spent":
        desk = desk_on()
        token = desk.do("whitelist", **WIDE)["approval"]["token"]
        plant(place.state / name)
        refused(desk, **WIDE, approval=token)
        return
    if name == "confirmed":
        token = desk.do("whitelist", **WIDE)["approval"]["token"]
        plant(place.state / name)
        refused(desk, **WIDE, approval=token)
        return
    plant(place.state / name)
    refused(desk, **WIDE)


@pytest.mark.parametrize("plant", [fifo, directory, huge, dangling])
def test_a_confirmation_that_is_no_file_of_ours_approves_nothing(
    desk_on: Any, place: Any, plant: Callable[[Path], None]
) -> None:
    desk = desk_on(policy={"approval": {"without_elicitation": {"wider_than_host": "terminal"}}})
    asked = desk.do("whitelist", **WIDE)["approval"]
    folder = place.state / "confirmed"
    folder.mkdir(mode=0o700, exist_ok=True)
    plant(folder / asked["command"].split()[-1])
    before, began = desk.rules(), time.monotonic()
    assert desk.code("whitelist", **WIDE, approval=asked["token"]) in (
        *REFUSALS,
        "approval_required",
    )
    assert time.monotonic() - began < QUICKLY and desk.rules() == before


def test_a_spent_approval_cannot_be_made_unspent_by_planting_its_mark(
    tmp_path: Path,
) -> None:
    """Whatever stands under the name of a mark, be it a link, says that the nonce is spent."""
    state = StateDirectory(tmp_path / "state", now=lambda: 1_000.0)
    assert state.spend("first", 2_000)
    mark = next((tmp_path / "state" / "spent").iterdir())
    mark.unlink()
    mark.symlink_to(tmp_path / "elsewhere")
    assert not state.spend("first", 2_000)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.usefixtures("no_bytecode")
def test_a_full_disk_stops_changes_and_says_so(start: Any) -> None:
    """The real program, whose files may grow no further in the middle of its life."""
    import resource

    program = start()
    whitelist = {"method": "whitelist", "params": HOST}
    assert program.ask(whitelist)["result"]["status"] == "added"
    size = program.audit.stat().st_size
    resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (size + 100, size + 10_000_000))
    other = {"method": "whitelist", "params": HOST | {"source": "203.0.113.8"}}
    refused = program.ask(other)["error"]["data"]
    assert refused["code"] in REFUSALS and refused["sandbox"] is True
    listed = program.ask({"method": "list_rules", "params": {"target": HOST["target"]}})
    assert "203.0.113.8" not in str(listed) and "203.0.113.7" in str(listed)
    assert program.ask({"method": "health", "params": {}})["result"]["status"] != "ok"
    assert program.audit.read_bytes().endswith(b"\n"), "no half of a line is left"
    whole = (size + 10_000_000, size + 10_000_000)
    resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, whole)
    assert program.ask(other)["result"]["status"] == "added"


@pytest.mark.parametrize("plant", [fifo, directory, huge, dangling, link_to("known")])
def test_a_service_model_that_is_no_file_of_ours_is_not_read(
    tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    folder = tmp_path / "cache"
    cache = ModelCache(folder)
    cache.write("ec2.json", {"a": 1})
    (folder / "ec2.json").unlink()
    plant(folder / "ec2.json")
    began = time.monotonic()
    assert cache.read("ec2.json") is None
    assert time.monotonic() - began < QUICKLY


def test_the_errors_name_no_path_and_no_text_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "secret-project").touch()
    state = StateDirectory(tmp_path / "secret-project", now=time.time)
    for refusal in (StateUnavailableError, AuditUnavailableError):
        assert "secret-project" not in refusal("The state cannot be used.").remedy
    with pytest.raises(StateUnavailableError) as caught:
        state.sign(b"x")
    assert "secret-project" not in f"{caught.value.summary} {caught.value.remedy}"
