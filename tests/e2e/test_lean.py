"""What serving one call does not load: other operations, other people's plugins, retries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

CALL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "capabilities", "params": {}}) + "\n"
PLUGIN = """
import pathlib
pathlib.Path(__file__).with_name("was_loaded").touch()
class Plugin:
    def new_schema_validator(self, *args, **more):
        return None, None, None
plugin = Plugin()
"""


SERVE = """
import json, sys
from awswhitelist.cli import main
main(["serve"])
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def served(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    return subprocess.run(
        [sys.executable, "-c", SERVE],
        input=CALL,
        env={"PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": path, **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_a_call_loads_its_own_operation_and_no_other(tmp_path: Path) -> None:
    done = served(tmp_path)
    assert json.loads(done.stdout)["result"]["summary"]
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "awswhitelist.tools.capabilities" in loaded
    others = {"whitelist", "revoke", "list_rules", "health"}
    assert not loaded & {f"awswhitelist.tools.{name}" for name in others}
    assert not loaded & {"tenacity", "filelock", "argparse", "concurrent.futures.thread"}


def test_plugins_that_others_have_installed_see_nothing_of_a_call(tmp_path: Path) -> None:
    metadata = tmp_path / "curious-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: curious\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[pydantic]\ncurious = curious:plugin\n")
    (tmp_path / "curious.py").write_text(PLUGIN)
    assert json.loads(served(tmp_path).stdout)["result"]["summary"]
    assert not (tmp_path / "was_loaded").exists()
    served(tmp_path, PYDANTIC_DISABLE_PLUGINS="some-other")
    assert (tmp_path / "was_loaded").exists(), "a word of the user's own stands"
