"""Every command that the documents show runs, as it stands there, or the document says why not."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.docs.blocks import (
    REASONS,
    ROOT,
    Block,
    blocks_of,
    documents,
    every_block,
    indented_blocks,
    text_of,
)

BLOCKS = list(every_block())
RUN = [block for block in BLOCKS if block.is_run_here]
RECIPES = [block for block in RUN if block.page == "docs/cookbook.md"]
PATIENCE = 60
"""Seconds that a block may take."""

KEPT = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "LD_LIBRARY_PATH")


def programs(folder: Path) -> Path:
    """A directory with the commands ``awswhitelist`` and ``python3``, as this Python has them."""
    folder.mkdir()
    for name, words in (("awswhitelist", "-m awswhitelist "), ("python3", "")):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words}"$@"\n')
        program.chmod(0o755)
    return folder


def run(script: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a block of commands in a home of its own, with the examples beside it."""
    path = f"{programs(home / 'programs')}{os.pathsep}{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    (home / "examples").symlink_to(ROOT / "examples")
    return subprocess.run(
        ["sh", "-euc", script],
        env={"HOME": str(home), "PATH": path, "PYTHONPATH": str(ROOT), **kept},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("block", RUN, ids=str)
def test_the_commands_that_a_document_shows_do_what_it_says(block: Block, tmp_path: Path) -> None:
    assert "--sandbox" in block.text or not re.search(
        r"awswhitelist serve|awswhitelist call", block.text
    )
    done = run(block.text, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [words for words in block.printed if words not in done.stdout] == []
    for answer in answers(block, done.stdout):
        assert "error" not in answer, answer


def answers(block: Block, out: str) -> list[dict[str, object]]:
    """What a server answered to the requests of a pipe, if nothing came after the server."""
    if not block.text.rstrip().endswith("awswhitelist serve --sandbox"):
        return []
    found: list[dict[str, object]] = [json.loads(line) for line in out.splitlines()]
    sent = [json.loads(each) for each in re.findall(r"'(\{.*\})'", block.text)]
    assert sorted(str(one["id"]) for one in found) == [
        str(one["id"]) for one in sent if "id" in one
    ]
    return found


def test_the_cookbook_has_recipes_for_pipes_and_for_commands() -> None:
    assert len(RECIPES) >= 12
    pipes = [block for block in RECIPES if "| awswhitelist serve --sandbox" in block.text]
    assert min(len(pipes), len(RECIPES) - len(pipes)) >= 4
    assert [str(block) for block in RECIPES if not block.printed] == []


def test_the_readme_shows_pipes() -> None:
    pipes = [each for each in RUN if each.page == "README.md" and "| awswhitelist" in each.text]
    assert len(pipes) >= 2


@pytest.mark.parametrize("page", documents())
def test_a_document_has_no_code_that_no_fence_marks(page: str) -> None:
    assert list(indented_blocks(text_of(page))) == []


SHELLS = {"bash", "shell", "console", "zsh", "shell-session", ""}


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_says_its_language_and_commands_are_called_sh(block: Block) -> None:
    assert block.language not in SHELLS


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.kind == "not run"], ids=str)
def test_a_block_that_is_not_run_says_why_in_known_words(block: Block) -> None:
    assert block.words in REASONS


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.kind == "run by"], ids=str)
def test_a_test_that_is_said_to_run_a_block_is_there(block: Block) -> None:
    assert (ROOT / block.words).is_file()


EXAMPLE = """\
Words.

<!-- prints: one, two -->
```sh
echo one
echo two
```

- An item
  <!-- not run: needs Docker -->
  ```sh
  docker run
  ```

        more of the item

Words.

    echo indented
"""


def test_blocks_are_read_with_their_marks() -> None:
    first, second = blocks_of("page.md", EXAMPLE)
    assert (first.line, first.text, first.printed) == (4, "echo one\necho two\n", ("one", "two"))
    assert (second.kind, second.text, second.is_run_here) == ("not run", "docker run\n", False)


def test_indented_code_is_found_where_it_belongs_to_no_list() -> None:
    assert list(indented_blocks(EXAMPLE)) == [19]


def test_a_block_that_fails_is_noticed(tmp_path: Path) -> None:
    assert run("false\necho on\n", tmp_path).returncode != 0
