"""What holds for every test, wherever it is."""

from __future__ import annotations

import sys

import pytest
from hypothesis import settings

# A busy machine makes a slow example, not a wrong one. The rest stays as hypothesis chose it: on CI
# it draws the same examples in each run.
settings.register_profile(
    "unhurried",
    parent=settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
)
settings.load_profile("unhurried")


@pytest.fixture
def no_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests in which no file can grow: this process and those it starts write no ``.pyc``.

    Python 3.11 keeps half of one, and every later process that imports the module fails.
    """
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
