"""scripts/release.py, in a repository of the test's own."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import release
from scripts.release import ReleaseError

ROOT = Path(__file__).resolve().parents[2]
DAY = datetime.date(2026, 12, 1)
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A thing with 'quotes'.

## [0.1.0] - 2026-01-01

- The first.
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clean repository with the files that a release changes."""
    for name in release.HOLDERS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    for arguments in (
        ("init", "--quiet"),
        ("config", "user.name", "test"),
        ("config", "user.email", "test@example.invalid"),
        ("add", "."),
        ("commit", "--quiet", "--message", "start"),
    ):
        release.git(tmp_path, *arguments)
    return tmp_path


def run(root: Path, *arguments: str) -> int:
    return release.main(arguments, root)


def test_a_release_sets_every_version_and_dates_the_changelog(repository: Path) -> None:
    release.release(repository, "9.1.0", DAY, dry_run=False)
    source = (repository / "awswhitelist/__init__.py").read_text("utf-8")
    assert '__version__ = "9.1.0"' in source
    server = json.loads((repository / "server.json").read_text("utf-8"))
    assert (server["version"], server["packages"][0]["version"]) == ("9.1.0", "9.1.0")
    manifest = json.loads((repository / "deploy/mcpb/manifest.json").read_text("utf-8"))
    assert (manifest["version"], manifest["manifest_version"]) == ("9.1.0", "0.4")
    changelog = (repository / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]\n\n## [9.1.0] - 2026-12-01\n\n### Added" in changelog


def test_a_release_is_one_commit_and_a_tag_with_the_notes(repository: Path) -> None:
    release.release(repository, "9.1.0", DAY, dry_run=False)
    assert release.git(repository, "status", "--porcelain") == ""
    assert release.git(repository, "log", "--format=%s", "-1") == "Release 9.1.0"
    tag = release.git(repository, "tag", "--list", "--format=%(contents)", "v9.1.0")
    assert tag == "Release 9.1.0\n\n### Added\n\n- A thing with 'quotes'."


def test_a_dry_run_shows_the_release_and_changes_nothing(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = release.git(repository, "rev-parse", "HEAD")
    assert run(repository, "9.1.0", "--dry-run") == 0
    shown = capsys.readouterr().out
    assert '+__version__ = "9.1.0"' in shown
    assert "git tag --annotate v9.1.0" in shown
    assert release.git(repository, "status", "--porcelain") == ""
    assert release.git(repository, "rev-parse", "HEAD") == head
    assert release.git(repository, "tag", "--list") == ""


def test_what_a_dry_run_shows_is_what_a_shell_would_run(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(repository, "9.1.0", "--dry-run")
    _, _, shown = capsys.readouterr().out.partition("Would run:\n")
    for name, text in release.new_texts(repository, "9.1.0", DAY).items():
        (repository / name).write_text(text, encoding="utf-8")
    subprocess.run(["sh", "-euc", shown], cwd=repository, check=True)
    assert release.git(repository, "tag", "--list") == "v9.1.0"


def leave_work(root: Path) -> None:
    (root / "CHANGELOG.md").write_text(CHANGELOG + "\n- More.\n", encoding="utf-8")


def tag_already(root: Path) -> None:
    release.git(root, "tag", "v9.1.0")


def empty_changelog(root: Path) -> None:
    text = CHANGELOG.replace("### Added\n\n- A thing with 'quotes'.\n\n", "")
    (root / "CHANGELOG.md").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "version", "told"),
    [
        (leave_work, "9.1.0", "not committed"),
        (tag_already, "9.1.0", "is there already"),
        (empty_changelog, "9.1.0", "nothing under [Unreleased]"),
        (lambda root: None, "0.0.1", "older than what is here"),
        (lambda root: None, "9.1", "not a version"),
        (lambda root: None, "v9.1.0", "not a version"),
        (lambda root: None, "", "not a version"),
    ],
)
def test_what_is_in_the_way_is_told_and_nothing_is_done(
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    version: str,
    told: str,
) -> None:
    spoil(repository)
    head = release.git(repository, "rev-parse", "HEAD")
    assert run(repository, version) == 1
    assert told in capsys.readouterr().err
    assert release.git(repository, "rev-parse", "HEAD") == head


def test_the_projects_own_files_can_be_released() -> None:
    texts = release.new_texts(ROOT, "999.0.0", DAY)
    assert all(texts[name].count("999.0.0") >= 1 for name in texts)
    assert release.difference(ROOT, texts).count("+++ b/") == len(release.HOLDERS) + 1


def test_a_changelog_without_the_section_cannot_be_released() -> None:
    with pytest.raises(ReleaseError):
        release.notes_of("# Changelog\n\n## [0.1.0]\n\n- The first.\n")
