"""Make a release: the version, the section of the changelog, a commit, a tag with the notes.

    python -m scripts.release 0.2.0 --dry-run

Nothing is pushed or published: the tag is, by whoever may, and .github/workflows/release.yml goes
on from there. A dry run shows what would be written and run.
"""

from __future__ import annotations

import argparse
import datetime
import difflib
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
IN_JSON = re.compile(r'(?<="version": ")[^"]+(?=")')
IN_PYTHON = re.compile(r'(?<=^__version__ = ")[^"]+(?="$)', re.M)
HOLDERS = {
    "awswhitelist/__init__.py": IN_PYTHON,
    "server.json": IN_JSON,
    "deploy/mcpb/manifest.json": IN_JSON,
}
"""The files that say the version, and where in them."""
CHANGELOG = "CHANGELOG.md"
UNRELEASED = "## [Unreleased]\n"


class ReleaseError(Exception):
    """Why there can be no release as things are."""


def numbers(version: str) -> tuple[int, ...]:
    """A version as what it is compared by. Raises ReleaseError unless it is X.Y.Z."""
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is not a version such as 1.2.3.")
    return tuple(map(int, version.split(".")))


def notes_of(changelog: str) -> str:
    """What has changed since the last release. Raises ReleaseError if nothing is written there."""
    _, found, rest = changelog.partition(UNRELEASED)
    notes = re.split(r"^## ", rest, maxsplit=1, flags=re.M)[0].strip()
    if not found or not notes:
        raise ReleaseError(f"{CHANGELOG} has nothing under [Unreleased].")
    return notes


def released(changelog: str, version: str, day: datetime.date) -> str:
    """The changelog with what was unreleased under a heading of its own."""
    heading = f"{UNRELEASED}\n## [{version}] - {day.isoformat()}\n"
    return changelog.replace(UNRELEASED, heading, 1)


def new_texts(root: Path, version: str, day: datetime.date) -> dict[str, str]:
    """Every file that changes, as it will be."""
    texts = {name: (root / name).read_text(encoding="utf-8") for name in (*HOLDERS, CHANGELOG)}
    present = IN_PYTHON.search(texts["awswhitelist/__init__.py"])
    if present is None or numbers(version) < numbers(present[0]):
        raise ReleaseError(f"{version} is older than what is here.")
    changed = {name: place.sub(version, texts[name]) for name, place in HOLDERS.items()}
    return changed | {CHANGELOG: released(texts[CHANGELOG], version, day)}


def difference(root: Path, texts: Mapping[str, str]) -> str:
    """What would change, as a unified diff."""
    lines: list[str] = []
    for name, text in texts.items():
        old = (root / name).read_text(encoding="utf-8").splitlines(keepends=True)
        lines += difflib.unified_diff(old, text.splitlines(keepends=True), f"a/{name}", f"b/{name}")
    return "".join(lines)


def commands(version: str, texts: Mapping[str, str], notes: str) -> list[list[str]]:
    """What records the release in git. The notes keep their headings: no line is a comment."""
    message = f"Release {version}\n\n{notes}\n"
    tag = ["git", "tag", "--annotate", f"v{version}", "--cleanup=verbatim", "--message", message]
    return [
        ["git", "add", "--", *texts],
        ["git", "commit", "--quiet", "--message", f"Release {version}"],
        tag,
    ]


def git(root: Path, *arguments: str) -> str:
    """The output of git in ``root``."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def check_repository(root: Path, version: str) -> None:
    """Raise ReleaseError where a commit would take other work along, or the tag is there."""
    if git(root, "status", "--porcelain", "--untracked-files=no"):
        raise ReleaseError("There are changes that are not committed.")
    if git(root, "tag", "--list", f"v{version}"):
        raise ReleaseError(f"The tag v{version} is there already.")


def release(root: Path, version: str, day: datetime.date, *, dry_run: bool) -> None:
    """Make the release, or show it. Raises ReleaseError."""
    notes = notes_of((root / CHANGELOG).read_text(encoding="utf-8"))
    texts = new_texts(root, version, day)
    if dry_run:
        shown = "\n".join(shlex.join(each) for each in commands(version, texts, notes))
        print(f"{difference(root, texts)}\nWould run:\n{shown}")
        return
    check_repository(root, version)
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    for command in commands(version, texts, notes):
        subprocess.run(command, cwd=root, check=True)
    print(f"Tagged v{version}. To publish: git push origin main v{version}")


def main(argv: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Exit code 0: done or shown; 1: there can be no release as things are."""
    parser = argparse.ArgumentParser(prog="python -m scripts.release", description=__doc__)
    parser.add_argument("version", help="such as 0.2.0")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done")
    arguments = parser.parse_args(argv)
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        release(root, arguments.version, today, dry_run=arguments.dry_run)
    except ReleaseError as exc:
        print(f"release: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
