"""See :mod:`scripts.estate`. ``--check`` writes nothing and fails if the recording is another."""

from __future__ import annotations

import sys

from awswhitelist.sandbox.recording import RECORDING
from scripts.estate.recorder import record
from scripts.estate.seed import SEEDS


def main(arguments: list[str]) -> int:
    """Exit code 1: the recording is not what moto lists today."""
    made = record(SEEDS)
    if arguments == ["--check"]:
        same = RECORDING.read_text("utf-8") == made
        print("The recording is what moto lists." if same else f"{RECORDING} is out of date.")
        return int(not same)
    RECORDING.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
