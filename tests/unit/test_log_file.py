"""A log file that processes share: appended to, put aside when it is full, followed when moved."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from filelock import FileLock

from awswhitelist.exceptions import ConfigurationError
from awswhitelist.log_file import LogFile

LINE = "0123456789\n"


def _file(path: Path, *, max_bytes: int = 25, backups: int = 2) -> LogFile:
    return LogFile(path, max_bytes=max_bytes, backups=backups)


def _held(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.glob("log*") if file.suffix != ".lock"}


def test_what_is_written_is_appended_and_readable_by_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log"
    for _ in range(2):
        file = _file(path)
        assert file.write(LINE) == len(LINE)
        file.close()
    assert path.read_text() == LINE * 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_was_open_to_others_no_longer_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    path.chmod(0o666)
    _file(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "before\n"


def test_a_full_file_is_put_aside_and_as_many_are_kept_as_wanted(tmp_path: Path) -> None:
    file = _file(tmp_path / "log")
    for number in range(9):
        file.write(f"{number}123456789\n")
    file.close()
    assert _held(tmp_path) == {
        "log": "8123456789\n",
        "log.1": "6123456789\n7123456789\n",
        "log.2": "4123456789\n5123456789\n",
    }


def test_without_backups_a_full_file_begins_anew(tmp_path: Path) -> None:
    file = _file(tmp_path / "log", backups=0)
    for number in range(3):
        file.write(f"{number}123456789\n")
    file.close()
    assert _held(tmp_path) == {"log": "2123456789\n"}


def test_a_line_longer_than_the_limit_has_a_file_of_its_own(tmp_path: Path) -> None:
    file = _file(tmp_path / "log", max_bytes=5)
    file.write(LINE)
    file.write(LINE)
    file.close()
    assert _held(tmp_path) == {"log": LINE, "log.1": LINE}


def test_two_processes_lose_no_line_when_one_puts_the_file_aside(tmp_path: Path) -> None:
    one, other = _file(tmp_path / "log", backups=50), _file(tmp_path / "log", backups=50)
    for number in range(40):
        (one if number % 3 else other).write(f"{number:010}\n")
    one.close()
    other.close()
    lines = "".join(_held(tmp_path).values()).splitlines()
    assert sorted(lines) == [f"{number:010}" for number in range(40)]
    assert all(len(text) <= 25 for text in _held(tmp_path).values())


@pytest.mark.parametrize("is_made_anew", [True, False])
def test_a_file_that_logrotate_moved_away_is_followed(tmp_path: Path, is_made_anew: bool) -> None:
    path = tmp_path / "log"
    file = _file(path)
    file.write("old\n")
    path.rename(tmp_path / "log.moved")
    if is_made_anew:
        path.write_text("made\n")
    file.write("new\n")
    file.close()
    assert _held(tmp_path) == {
        "log.moved": "old\n",
        "log": "made\nnew\n" if is_made_anew else "new\n",
    }


def test_while_another_process_puts_the_file_aside_it_grows_on(tmp_path: Path) -> None:
    file = _file(tmp_path / "log", max_bytes=5)
    file.write(LINE)
    with FileLock(f"{tmp_path / 'log'}.lock"):
        file.write(LINE)
    assert _held(tmp_path) == {"log": LINE * 2}
    file.write(LINE)
    file.close()
    assert _held(tmp_path) == {"log": LINE, "log.1": LINE * 2}


def test_characters_that_utf8_cannot_hold_are_escaped(tmp_path: Path) -> None:
    file = _file(tmp_path / "log")
    file.write("\udfffä\n")
    file.flush()
    file.close()
    assert (tmp_path / "log").read_text(encoding="utf-8") == "\\udfffä\n"


def test_closing_twice_is_harmless_and_writing_afterwards_is_an_error(tmp_path: Path) -> None:
    file = _file(tmp_path / "log")
    file.close()
    file.close()
    with pytest.raises(OSError):
        file.write(LINE)


def _directory(path: Path) -> None:
    path.mkdir()


def _link(path: Path) -> None:
    path.with_name("elsewhere").write_text("")
    path.symlink_to("elsewhere")


def _pipe(path: Path) -> None:
    os.mkfifo(path)
    # Held open by a reader, so that opening it for writing would succeed.
    os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def _pipe_without_reader(path: Path) -> None:
    os.mkfifo(path)


def _below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


@pytest.mark.skipif(os.name == "nt", reason="what is refused is of POSIX")
@pytest.mark.parametrize("make", [_directory, _link, _pipe, _pipe_without_reader, _below_a_file])
def test_what_is_no_regular_file_of_ours_is_refused(tmp_path: Path, make: object) -> None:
    path = tmp_path / "logs" / "log"
    path.parent.mkdir()
    assert callable(make)
    make(path)
    with pytest.raises(ConfigurationError) as told:
        _file(path)
    assert told.value.field == "logging.file"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no devices among its files")
def test_a_device_is_refused_and_left_as_it_is() -> None:
    before = os.stat("/dev/null").st_mode
    with pytest.raises(ConfigurationError):
        _file(Path("/dev/null"))
    assert os.stat("/dev/null").st_mode == before
