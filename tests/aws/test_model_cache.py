"""ModelCache: what is kept comes back; what may not be ours is not believed; nothing raises."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from awswhitelist.aws.model_cache import ModelCache

DATA = {"a": [1, {"b": "c"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir(mode=0o700)
    return made


def test_what_was_written_is_read_again_in_a_directory_for_this_user_alone(folder: Path) -> None:
    made = folder / "made" / "here"
    ModelCache(made).write("m.json", DATA)
    assert ModelCache(made).read("m.json") == DATA
    assert (made.stat().st_mode & 0o777, (made / "m.json").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )


def test_writing_replaces_and_leaves_no_drafts(folder: Path) -> None:
    cache = ModelCache(folder)
    cache.write("m.json", {})
    cache.write("m.json", DATA)
    assert cache.read("m.json") == DATA
    assert os.listdir(folder) == ["m.json"]


def test_without_a_directory_nothing_is_kept() -> None:
    cache = ModelCache(None)
    cache.write("m.json", DATA)
    assert cache.read("m.json") is None


def test_what_was_never_written_is_not_there(folder: Path) -> None:
    assert ModelCache(folder).read("m.json") is None
    assert ModelCache(folder / "no-such").read("m.json") is None


@pytest.mark.parametrize("content", [b"", b'{"a": [1, {"b"', b"[1]", b"\xff", b"[" * 100_000])
def test_a_file_that_is_damaged_is_not_there(folder: Path, content: bytes) -> None:
    (folder / "m.json").write_bytes(content)
    (folder / "m.json").chmod(0o600)
    assert ModelCache(folder).read("m.json") is None


def open_to_others(folder: Path) -> None:
    (folder / "m.json").chmod(0o666)


def in_an_open_folder(folder: Path) -> None:
    folder.chmod(0o777)


def a_link(folder: Path) -> None:
    (folder / "m.json").rename(folder / "other.json")
    (folder / "m.json").symlink_to(folder / "other.json")


def a_directory(folder: Path) -> None:
    (folder / "m.json").unlink()
    (folder / "m.json").mkdir()


def a_pipe(folder: Path) -> None:
    (folder / "m.json").unlink()
    os.mkfifo(folder / "m.json")


@pytest.mark.parametrize(
    "spoil",
    [open_to_others, in_an_open_folder, a_link, a_directory, a_pipe],
    ids=lambda f: f.__name__,
)
def test_what_others_may_have_made_is_not_believed(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    ModelCache(folder).write("m.json", DATA)
    spoil(folder)
    assert ModelCache(folder).read("m.json") is None


def test_somebody_elses_folder_is_neither_read_nor_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ModelCache(folder).write("m.json", DATA)
    uid = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
    assert ModelCache(folder).read("m.json") is None
    ModelCache(folder).write("n.json", DATA)
    assert os.listdir(folder) == ["m.json"]


def test_a_linked_folder_is_neither_read_nor_written(folder: Path) -> None:
    (folder / "real").mkdir(mode=0o700)
    (folder / "link").symlink_to(folder / "real")
    ModelCache(folder / "link").write("m.json", DATA)
    assert os.listdir(folder / "real") == []


def test_a_folder_that_cannot_be_made_is_no_error(folder: Path) -> None:
    (folder / "file").write_text("")
    ModelCache(folder / "file" / "folder").write("m.json", DATA)
    assert (folder / "file").read_text() == ""


def test_a_file_that_cannot_be_put_in_place_leaves_no_draft(folder: Path) -> None:
    (folder / "m.json").mkdir()
    ModelCache(folder).write("m.json", DATA)
    assert os.listdir(folder) == ["m.json"]
