"""Look for known vulnerabilities in what is installed here: pip-audit, and how far it could look.

    python -m scripts.audit

pip-audit skips what its database does not know, and where the database cannot be reached that is
everything; it then ends well all the same. Here that is said, and fails where the environment
variable ``CI`` is set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

COMMAND = ("-m", "pip_audit", "--local", "--skip-editable", "--progress-spinner=off")


def verdict(report: dict[str, Any], *, strict: bool) -> tuple[int, str]:
    """Exit code and words for a report of pip-audit; ``strict``: what was not looked at fails."""
    packages = report["dependencies"]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for each in packages
        for hole in each.get("vulns", [])
    ]
    looked_at = len(packages) - len(skipped)
    if not looked_at:
        told = "The database of vulnerabilities cannot be reached: nothing was looked at."
        return int(strict), told
    lines = [f"{looked_at} packages looked at, {len(holes)} known vulnerabilities.", *holes]
    lines += [f"Not in the database: {', '.join(skipped)}"] if skipped else []
    return int(bool(holes)), "\n".join(lines)


def main() -> int:
    """Exit code 0: nothing known; 1: a vulnerability, or under CI nothing could be looked at."""
    done = subprocess.run(
        [sys.executable, *COMMAND, "--format=json"], capture_output=True, text=True, check=False
    )
    if not done.stdout:
        print(done.stderr, file=sys.stderr)
        return 1
    code, told = verdict(json.loads(done.stdout), strict="CI" in os.environ)
    print(told)
    return code


if __name__ == "__main__":
    sys.exit(main())
