"""Files of settings that are not what they seem: refused with a reason, the policy stays shut."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.config import load_config
from awswhitelist.config_sources import LONGEST_FILE
from awswhitelist.exceptions import ConfigurationError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")

QUICKLY = 15.0


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 100 * 1024 * 1024)


def just_too_long(path: Path) -> None:
    path.write_bytes(b'{"server":{}}' + b" " * LONGEST_FILE)


def text(content: str | bytes) -> Callable[[Path], None]:
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content

    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def loop(path: Path) -> None:
    path.symlink_to(path)


BROKEN: dict[str, Callable[[Path], None]] = {
    "100 MB": huge,
    "a byte too long": just_too_long,
    "nothing": Path.touch,
    "a directory": Path.mkdir,
    "a link to itself": loop,
    "a link that leads nowhere": lambda path: path.symlink_to(path.with_name("gone.json")),
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "deep lists": text('{"a":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "deep objects": text('{"a":' * 50_000 + "1" + "}" * 50_000),
    "NUL": text('{"server": {"workers": 8}}\0'),
    "NUL within": text('{"ser\0ver": {"workers": 8}}'),
    "no UTF-8": text(b'{"server": "\xff\xfe"}'),
    "a surrogate": text('{"server": "\ud800"}'),
    "two settings of one name": text('{"server": {"workers": 1, "workers": 128}}'),
    "no number": text('{"server": {"workers": NaN}}'),
    "a long number": text('{"server": {"workers": ' + "9" * 100_000 + "}}"),
    "a list": text("[]"),
    "unknown settings": text('{"polcy": {"read_only": true}}'),
    "a path with NUL": text('{"audit": {"path": "/tmp/a\\u0000b"}}'),
    "a path with a surrogate": text('{"logging": {"file": "/tmp/\\ud800"}}'),
    "a relative path": text('{"audit": {"path": "../../etc/cron.d/x"}}'),
    "a template that looks around": text(
        '{"defaults": {"description_template": "{owner.__class__.__mro__}"}}'
    ),
    "a template that is wide": text('{"defaults": {"description_template": "{owner:>999999999}"}}'),
    "a template that converts": text('{"defaults": {"description_template": "{owner!r}"}}'),
}


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_at_once_with_words_of_ours(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    file = tmp_path / "config.json"
    make(file)
    began = time.monotonic()
    with pytest.raises(ConfigurationError) as caught:
        load_config(file, {"HOME": str(tmp_path)}, operator_policy=tmp_path / "none")
    assert time.monotonic() - began < QUICKLY
    said = f"{caught.value.summary} {caught.value.remedy}"
    assert said.isprintable() and len(said) < 1_000
    assert "Errno" not in said and "Traceback" not in said


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN)
def test_a_broken_policy_file_leaves_reading_alone(
    desk_on: Any, place: Any, make: Callable[[Path], None]
) -> None:
    make(place.operator)
    if not place.operator.is_symlink() and place.operator.is_file():
        place.operator.chmod(0o600)
    desk = desk_on()
    assert desk.config.policy_error and desk.config.policy.read_only
    host = {"target": "prod-bastion", "source": "203.0.113.7", "port": 443}
    assert desk.code("whitelist", **host) == "policy_denied"
    assert desk.code("list_rules", target="prod-bastion") == "ok"


def writable(path: Path) -> None:
    path.write_text("{}", encoding="utf-8")
    path.chmod(0o666)


def link_to_writable(path: Path) -> None:
    target = path.with_name("target.json")
    writable(target)
    path.symlink_to(target)


def fifo(path: Path) -> None:
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize("plant", [writable, link_to_writable, fifo, Path.mkdir, loop])
@pytest.mark.parametrize("by_variable", [True, False])
def test_a_policy_that_others_could_have_written_allows_nothing(
    place: Any, plant: Callable[[Path], None], by_variable: bool
) -> None:
    file = place.folder / "by-variable.json" if by_variable else place.operator
    plant(file)
    if by_variable:
        place.environ["AWSWHITELIST_POLICY"] = str(file)
    began = time.monotonic()
    config = place.config(policy={"allow_public": True})
    assert time.monotonic() - began < QUICKLY, "a FIFO has nobody at its other end"
    assert config.policy_error and config.policy.read_only


def test_a_policy_of_another_user_allows_nothing(place: Any, user_id: Any) -> None:
    place.operator.write_text("{}", encoding="utf-8")
    place.operator.chmod(0o600)
    assert place.config().policy_error is None
    user_id({place.operator: 12345})
    config = place.config()
    assert config.policy_error and config.policy.read_only


def test_a_variable_can_name_another_policy_file_and_not_make_one_go_away(place: Any) -> None:
    place.operator.write_text(json.dumps({"max_ttl": "1h", "default_ttl": "1h"}), encoding="utf-8")
    place.operator.chmod(0o600)
    bound = place.config().policy
    for value in ("", "/dev/null", "/no/such/file", str(place.folder)):
        place.environ["AWSWHITELIST_POLICY"] = value
        config = place.config(policy={"max_ttl": "7d"})
        assert config.policy.max_ttl == bound.max_ttl
