"""See :mod:`scripts.estate`. ``--check`` writes nothing and fails if the recording is another."""

from __future__ import annotations

import argparse
import sys
from difflib import unified_diff
from importlib.metadata import version

from awswhitelist.sandbox.recording import RECORDING
from scripts.estate.recorder import record
from scripts.estate.seed import SEEDS

MOST_LINES = 20


def main() -> int:
    """Exit code 1: the recording is not what moto lists today."""
    parser = argparse.ArgumentParser(description="Record the sandbox's estate from moto.")
    parser.add_argument("--check", action="store_true", help="write nothing, but compare")
    given = parser.parse_args()
    made = record(SEEDS)
    if not given.check:
        RECORDING.write_text(made, "utf-8", newline="\n")
        return 0
    kept = RECORDING.read_text("utf-8")
    if kept == made:
        print("The recording is what moto lists.")
        return 0
    print(f"moto {version('moto')} with botocore {version('botocore')} lists something else:")
    changed = unified_diff(kept.splitlines(), made.splitlines(), "recorded", "listed", lineterm="")
    print(*list(changed)[:MOST_LINES], sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
