"""How much a command logs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.session import quieter
from awswhitelist.config import LoggingConfig, LogFormat, LogLevel


def test_a_command_logs_only_what_is_wrong() -> None:
    assert quieter(LoggingConfig()).level is LogLevel.WARNING


@pytest.mark.parametrize("level", [LogLevel.DEBUG, LogLevel.ERROR])
def test_whoever_asks_for_more_or_less_gets_it(level: LogLevel) -> None:
    assert quieter(LoggingConfig(level=level)).level is level


def test_a_file_gets_everything(tmp_path: Path) -> None:
    settings = LoggingConfig(file=tmp_path / "log")
    assert quieter(settings) is settings


def test_people_get_words_and_programs_get_json(on_a_terminal: Any) -> None:
    assert quieter(LoggingConfig()).format is LogFormat.JSON
    on_a_terminal()
    assert sys.stderr.isatty()
    assert quieter(LoggingConfig()).format is LogFormat.TEXT
