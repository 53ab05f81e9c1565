"""Reading, keeping and replacing a client's file."""

from __future__ import annotations

import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from awswhitelist.commands.install.files import back_up, read_original, replace
from awswhitelist.exceptions import ClientConfigError

NOW = datetime(2026, 3, 4, 5, 6, 7, 890000, UTC)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes, owners and pipes")
not_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)
root_only = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give files away"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mcp.json"
    path.write_bytes(b"{}\r\n")
    path.chmod(0o640)
    return path


def names(directory: Path) -> set[str]:
    return {each.name for each in directory.iterdir()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix_only
def test_a_file_is_replaced_whole_with_its_mode(file: Path) -> None:
    before = file.stat()

    replace(read_original(file), b"new")

    assert file.read_bytes() == b"new"
    assert mode(file) == 0o640
    assert (file.stat().st_uid, file.stat().st_gid) == (before.st_uid, before.st_gid)
    assert file.stat().st_ino != before.st_ino
    assert names(file.parent) == {"mcp.json"}


@root_only
def test_a_file_keeps_its_group(file: Path) -> None:
    os.chown(file, -1, 12345)
    original = read_original(file)

    copy = back_up(original, NOW)
    replace(original, b"new")

    assert copy is not None
    assert (file.stat().st_gid, copy.stat().st_gid) == (12345, 12345)


@posix_only
def test_a_copy_is_kept_beside_the_file_with_its_mode(file: Path) -> None:
    copy = back_up(read_original(file), NOW)

    assert copy == file.with_name("mcp.json.20260304T050607.890000Z.bak")
    assert copy.read_bytes() == b"{}\r\n"
    assert mode(copy) == 0o640


@posix_only
def test_a_file_that_is_new_is_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "mcp.json"
    original = read_original(path)

    assert back_up(original, NOW) is None
    replace(original, b"new")

    assert path.read_bytes() == b"new"
    assert mode(path) == 0o600


@posix_only
def test_links_are_followed_and_stay(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "home" / "mcp.json"
    link.parent.mkdir()
    link.symlink_to(file)
    original = read_original(link)

    copy = back_up(original, NOW)
    replace(original, b"new")

    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert copy is not None and copy.parent == file.parent
    assert names(link.parent) == {"mcp.json"}


@posix_only
def test_a_link_to_nothing_gets_what_it_points_to(tmp_path: Path) -> None:
    link = tmp_path / "mcp.json"
    link.symlink_to(tmp_path / "dotfiles" / "mcp.json")

    replace(read_original(link), b"new")

    assert link.is_symlink()
    assert (tmp_path / "dotfiles" / "mcp.json").read_bytes() == b"new"


@posix_only
@pytest.mark.parametrize("kind", ["directory", "pipe", "loop"])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mcp.json"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)

    with pytest.raises(ClientConfigError) as caught:
        read_original(path)

    assert caught.value.details["path"] == str(path)


@root_only
def test_another_users_file_is_refused(file: Path) -> None:
    os.chown(file, 12345, -1)

    with pytest.raises(ClientConfigError) as caught:
        read_original(file)

    assert "another user" in caught.value.summary


@posix_only
def test_a_path_through_a_file_is_refused(file: Path) -> None:
    with pytest.raises(ClientConfigError) as caught:
        read_original(file / "mcp.json")

    assert caught.value.details["reason"] == "Not a directory"


@posix_only
def test_a_directory_that_cannot_be_made_is_told_of(file: Path) -> None:
    original = read_original(file.with_name("a") / "mcp.json")
    file.with_name("a").write_text("in the way")

    with pytest.raises(ClientConfigError):
        replace(original, b"new")


def test_a_file_that_somebody_else_changed_meanwhile_is_left_alone(file: Path) -> None:
    original = read_original(file)
    file.write_bytes(b'{"theirs": 1}')

    with pytest.raises(ClientConfigError) as caught:
        replace(original, b"ours")

    assert "meanwhile" in caught.value.summary
    assert file.read_bytes() == b'{"theirs": 1}'
    assert names(file.parent) == {"mcp.json"}


def test_a_file_that_appeared_meanwhile_is_left_alone(tmp_path: Path) -> None:
    original = read_original(tmp_path / "mcp.json")
    (tmp_path / "mcp.json").write_bytes(b"{}")

    with pytest.raises(ClientConfigError):
        replace(original, b"ours")

    assert (tmp_path / "mcp.json").read_bytes() == b"{}"


@not_root
def test_a_directory_that_may_not_be_written_leaves_the_file_alone(file: Path) -> None:
    original = read_original(file)
    file.parent.chmod(0o500)
    try:
        with pytest.raises(ClientConfigError) as caught:
            replace(original, b"new")
    finally:
        file.parent.chmod(0o700)

    assert caught.value.details["reason"] == "Permission denied"
    assert file.read_bytes() == b"{}\r\n"


@posix_only
def test_what_cannot_be_put_in_place_leaves_nothing_behind(file: Path) -> None:
    original = read_original(file)
    copy = file.with_name(f"{file.name}.{NOW:%Y%m%dT%H%M%S.%fZ}.bak")
    copy.mkdir()

    with pytest.raises(ClientConfigError):
        back_up(original, NOW)

    assert names(file.parent) == {"mcp.json", copy.name}
