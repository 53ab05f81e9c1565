"""What a desktop client starts from the bundle: the server, on standard input and output."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

FROM_USER = ("AWS_PROFILE", "AWS_REGION", "AWSWHITELIST_CONFIG")


def without_unset(environ: MutableMapping[str, str]) -> None:
    """Remove what the user left empty: an empty profile is one that does not exist.

    Clients differ in what they make of an empty field: nothing, or the placeholder as it stands.
    """
    for name in FROM_USER:
        value = environ.get(name, "").strip()
        if not value or value.startswith("${"):
            environ.pop(name, None)


def main() -> int:
    """Serve until the client closes its end."""
    without_unset(os.environ)
    from awswhitelist.cli import main as command_line

    return command_line(["serve"])


if __name__ == "__main__":
    sys.exit(main())
