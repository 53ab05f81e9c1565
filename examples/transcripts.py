"""The transcripts in the README: commands that are run on a terminal, and what they show.

::

    python -m examples.transcripts           # exit code 1 if the README is not up to date
    python -m examples.transcripts --write   # brings it up to date

Each command runs in the sandbox, as the reader can run it. What differs from one run to the next,
or from one machine to another, is replaced: ids, times, versions, paths.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from examples.terminal import Terminal, screen

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- transcripts: begin -->\n", "\n<!-- transcripts: end -->"

COLUMNS = 400
"""So wide that no path of this machine makes a difference; the lines are cut for the README."""

WIDTH = 100
"""How wide the README shows it."""

HOME = "/home/mara"


@dataclass(frozen=True, slots=True)
class Scene:
    """A command, and what is typed at its questions: a pattern to wait for, and the answer."""

    says: str
    arguments: Sequence[str]
    answers: Sequence[tuple[str, str]] = ()
    code: int = 0


SCENES = (
    Scene("Who can get in?", ("list-rules", "prod-bastion")),
    Scene(
        "Let this machine's address reach a database for two hours. On a terminal the plan comes "
        "first:",
        ("whitelist", "orders-db", "--expires-in", "2h", "--reason", "migration"),
        [(r"Go ahead\? \[y/N\]", "y")],
    ),
    Scene(
        "Several at once. One of them is misspelt; the others are done all the same:",
        (
            "whitelist-bulk",
            *("--target", "prod-bastion", "--target", "staging-app", "--target", "stagin-db"),
            *("--source", "203.0.113.7", "--port", "ssh", "--expires-in", "8h", "--yes"),
        ),
        code=4,
    ),
    Scene("Is everything in order?", ("doctor",), code=4),
)

HEX = "0123456789abcdef"
STEADY: Sequence[tuple[str, str]] = (
    (r"(?<=awswhitelist )\S+ on Python \S+ \(.*\)", "1.0.0 on Python 3.11.9 (/usr/bin/python3)"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-03-02T16:00:00Z"),
    (r"undo [0-9a-f]{32}", f"undo {HEX}{HEX}"),
    (r"latency ms [0-9.]+", "latency ms 21.5"),
)
"""What is replaced, and by what."""

IDS = re.compile(r"\b(sgr?)-[0-9a-f]{17}\b")


class WrongEndError(Exception):
    """A command did not end as it should."""


def main(arguments: Sequence[str]) -> int:
    """Compare, or write. Returns the exit code."""
    text = README.read_text("utf-8")
    wanted = updated(text, section(SCENES))
    if "--write" in arguments:
        README.write_text(wanted, "utf-8")
    elif wanted != text:
        print("README.md is not up to date: python -m examples.transcripts --write")
        return 1
    return 0


def updated(text: str, transcripts: str) -> str:
    """The text with these transcripts between its marks. ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no place that begins with {BEGIN.strip()}")
    return f"{before}{BEGIN}{transcripts}{END}{after}"


def section(scenes: Iterable[Scene]) -> str:
    """The scenes as Markdown: a sentence and a block of text for each."""
    ids: dict[str, str] = {}
    blocks = (f"{scene.says}\n\n```text\n{shown(scene, ids)}\n```" for scene in scenes)
    return "\n\n".join(blocks)


def shown(scene: Scene, ids: dict[str, str]) -> str:
    """What a person sees who types the command. ``ids`` has those of earlier scenes."""
    with tempfile.TemporaryDirectory(prefix="awswhitelist-") as home:
        lines = screen(written(scene, environment(home, os.environ)))
        steady = [steadied(line.replace(home, HOME), ids) for line in lines]
    typed = "$ " + shlex.join(["awswhitelist", *scene.arguments, "--sandbox"])
    command = " \\\n".join(_pieces(typed, WIDTH - 2))
    return "\n".join([command, *(piece for line in steady for piece in _pieces(line))]).rstrip()


def written(scene: Scene, environ: Mapping[str, str]) -> str:
    """All that the command writes to its terminal. WrongEndError."""
    command = [sys.executable, "-m", "awswhitelist", *scene.arguments, "--sandbox"]
    terminal = Terminal(command, environ, COLUMNS)
    for question, answer in scene.answers:
        terminal.wait_for(question)
        terminal.type(answer)
    code = terminal.end()
    if code != scene.code:
        raise WrongEndError(f"{scene.arguments[0]} ended with {code}: {terminal.seen}")
    return terminal.seen


def environment(home: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of somebody who has set nothing."""
    kept = {name: environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in environ}
    return kept | {"HOME": home, "TERM": "xterm", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def steadied(line: str, ids: dict[str, str]) -> str:
    """The line as it is at every run; each id becomes one that counts up."""
    for pattern, steady in STEADY:
        line = re.sub(pattern, steady, line)
    return IDS.sub(lambda found: ids.setdefault(found[0], _new_id(found[1], len(ids) + 1)), line)


def _new_id(kind: str, number: int) -> str:
    """An id that looks like AWS's, and is always the same."""
    return f"{kind}-{hashlib.sha256(bytes([number])).hexdigest()[:17]}"


def _pieces(line: str, width: int = WIDTH) -> list[str]:
    """The line; a long one in pieces, cut at blanks."""
    if len(line) <= width:
        return [line]
    wrapper = textwrap.TextWrapper(
        width=width,
        subsequent_indent=" " * (len(line) - len(line.lstrip()) + 4),
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    )
    return wrapper.wrap(line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
