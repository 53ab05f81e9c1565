"""``awswhitelist config``: its commands, their output and their exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from awswhitelist.commands.config_files import COMPANION
from awswhitelist.commands.config_schema import published
from awswhitelist.commands.host import Host
from awswhitelist.commands.program import run
from awswhitelist.config import load_config


class Ended(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``awswhitelist config …`` in a home of its own."""

    def command(*words: str, **environ: str) -> Ended:
        host = Host(
            serve=lambda _file, _sandbox: 0,
            principal=lambda: "zoe",
            environ={"HOME": str(tmp_path), **environ},
        )
        code = run(["config", *words], host)
        return Ended(code, *capsys.readouterr())

    return command


@pytest.fixture
def usual(tmp_path: Path) -> Path:
    return tmp_path / ".config" / "awswhitelist" / "config.json"


def test_the_path_is_the_usual_one_or_the_one_named(config: Command, usual: Path) -> None:
    assert config("path") == (0, f"{usual}\n", "")
    assert config("path", AWSWHITELIST_CONFIG="/etc/a.json").out == "/etc/a.json\n"
    named = config("path", "--config", "/etc/b.json", AWSWHITELIST_CONFIG="/etc/a.json")
    assert named.out == "/etc/b.json\n"


def test_without_a_home_there_is_no_path(config: Command) -> None:
    ended = config("path", HOME="")
    assert (ended.code, ended.out) == (2, "")
    assert "--config" in ended.err


def test_the_first_file_changes_nothing_and_is_readable_by_its_user_alone(
    config: Command, usual: Path, tmp_path: Path
) -> None:
    companion = usual.with_name(COMPANION)
    assert config("init").out == f"Wrote {usual}\nWrote {companion}\n"
    assert [stat.S_IMODE(each.stat().st_mode) for each in (usual, companion)] == [0o600] * 2
    environ = {"HOME": str(tmp_path)}
    nowhere = tmp_path / "none"
    without = load_config(None, environ | {"XDG_CONFIG_HOME": "/nowhere"}, operator_policy=nowhere)
    assert load_config(None, environ, operator_policy=nowhere) == without
    assert config("check") == (0, "Nothing is wrong.\n", "")


def test_the_companion_explains_every_setting_of_the_file(config: Command, usual: Path) -> None:
    config("init")
    text = usual.with_name(COMPANION).read_text(encoding="utf-8")
    for section, fields in json.loads(usual.read_text()).items():
        if section != "$schema":
            assert f"## {section}" in text
            assert all(f"| `{section}.{field}` |" in text for field in fields)


@pytest.mark.parametrize("name", ["config.json", COMPANION])
def test_a_file_that_is_there_is_kept_unless_told_otherwise(
    config: Command, usual: Path, name: str
) -> None:
    there = usual.with_name(name)
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    refused = config("init")
    assert (refused.code, refused.out) == (2, "")
    assert "--force" in refused.err
    assert [each.name for each in there.parent.iterdir()] == [name]
    assert there.read_text() == "mine"
    assert config("init", "--force").code == 0
    assert there.read_text() != "mine"
    assert sorted(each.name for each in there.parent.iterdir()) == [COMPANION, "config.json"]


def test_a_place_that_cannot_be_written_is_told(config: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = config("init", "--config", str(tmp_path / "file" / "config.json"))
    assert ended.code == 2
    assert "cannot be written" in ended.err


@pytest.mark.parametrize("name", ["", "/", f"/{'x' * 300}/config.json", "y" * 250])
def test_a_name_that_no_file_can_have_is_told(config: Command, tmp_path: Path, name: str) -> None:
    ended = config("init", "--config", str(tmp_path / name) if name[:1] == "y" else name)
    assert ended.code == 2
    assert "cannot be written" in ended.err
    assert [each for each in tmp_path.iterdir() if each.name.endswith(".new")] == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_the_name_of_a_first_file_need_not_be_text(config: Command, tmp_path: Path) -> None:
    ended = config("init", "--config", os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json"))
    assert (ended.code, ended.err) == (0, "")


def test_check_tells_every_problem_and_ends_with_2(config: Command, tmp_path: Path) -> None:
    file = tmp_path / "given.json"
    file.write_text('{"server": {"workers": 0, "queue": 0}}')
    ended = config("check", str(file), AWSWHITELIST_ZZZ="1")
    assert (ended.code, ended.out) == (2, "")
    for named in ("AWSWHITELIST_ZZZ", "server.workers", "server.queue"):
        assert named in ended.err


def test_check_tells_the_same_as_json(config: Command, tmp_path: Path) -> None:
    file = tmp_path / "given.json"
    file.write_text('{"server": {"workers": 0}}')
    ended = config("check", "--config", str(file), "--json")
    assert ended.code == 2
    assert [each["field"] for each in json.loads(ended.out)] == ["server.workers"]


def test_check_takes_a_policy_before_it_is_in_its_place(config: Command, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"red_only": true, "max_ttl": "soon"}')
    ended = config("check", "--policy", str(policy))
    assert ended.code == 2
    assert "Did you mean `read_only`?" in ended.err and "max_ttl" in ended.err
    policy.write_text("{}")
    assert config("check", "--policy", str(policy)).code == 0


@pytest.mark.parametrize(
    ("words", "name"), [((), "config.schema.json"), (("--policy",), "policy.schema.json")]
)
def test_the_schema_is_printed_as_it_is_published(
    config: Command, words: tuple[str, ...], name: str
) -> None:
    assert config("schema", *words).out == published(name).read_text(encoding="utf-8")


def test_show_tells_each_value_and_its_source(config: Command) -> None:
    ended = config("show", "--json", AWSWHITELIST_SERVER__WORKERS="4")
    rows = {row["setting"]: row for row in json.loads(ended.out)}
    assert rows["server.workers"]["value"] == 4
    assert rows["server.workers"]["source"] == "variable AWSWHITELIST_SERVER__WORKERS"
    assert rows["server.queue"]["source"] == "default"


def test_show_can_leave_out_what_nobody_changed(config: Command) -> None:
    ended = config("show", "--changed", AWSWHITELIST_SERVER__WORKERS="4")
    assert [row["setting"] for row in json.loads(ended.out)] == ["server.workers"]


def test_show_says_why_nothing_may_be_changed(config: Command, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text("{")
    ended = config("show", "--json", AWSWHITELIST_POLICY=str(policy))
    assert ended.code == 0
    assert "Nothing may be changed" in ended.err


def test_show_of_a_wrong_configuration_ends_with_2(config: Command) -> None:
    ended = config("show", AWSWHITELIST_SERVER__WORKERS="many")
    assert (ended.code, ended.out) == (2, "")
    assert "server.workers" in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("changed", "shown"), [(True, True), (False, False)])
def test_on_a_terminal_show_is_one_aligned_line_for_each_setting(
    tmp_path: Path, changed: bool, shown: bool
) -> None:
    leader, follower = os.openpty()
    kept = {name: os.environ[name] for name in os.environ if name.startswith("COVERAGE")}
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], **kept}
    more = {"AWSWHITELIST_SERVER__WORKERS": "4"} if changed else {}
    command = [sys.executable, "-m", "awswhitelist", "config", "show", "--changed"]
    subprocess.run(command, env=environ | more, stdout=follower, stdin=follower, check=True)
    os.close(follower)
    line = "server.workers  4  [variable AWSWHITELIST_SERVER__WORKERS]"
    assert (line in os.read(leader, 65536).decode()) == shown
    os.close(leader)
