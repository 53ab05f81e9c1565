"""Make the MCP bundle (``.mcpb``) that desktop clients install with one click.

    python -m scripts.bundle dist/awswhitelist-0.1.0-py3-none-any.whl

A bundle is a zip file with a manifest (modelcontextprotocol/mcpb, MANIFEST.md). Ours is of the type
``uv``: the client's own uv makes the environment, so the bundle holds our wheel and names Python's
version, and is the same for every platform.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from awswhitelist import __version__

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "deploy" / "mcpb"
LONGEST_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every entry, so that the same inputs give the same bundle."""

PROJECT = """\
[project]
name = "awswhitelist-bundle"
version = "{version}"
requires-python = ">=3.11"
dependencies = ["awswhitelist"]

[tool.uv.sources]
awswhitelist = {{ path = "{wheel}" }}
"""


def manifest(version: str) -> dict[str, Any]:
    """The manifest with this version and with every tool that the server has."""
    from awswhitelist.tools.table import OPERATIONS

    text = (SOURCE / "manifest.json").read_text(encoding="utf-8")
    tools = [{"name": each.name, "description": each.description} for each in OPERATIONS]
    return {**json.loads(text), "version": version, "tools": tools}


def stage(wheel: Path, folder: Path, version: str) -> None:
    """Lay out in ``folder`` what the bundle holds."""
    shutil.copytree(SOURCE / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(wheel, folder / wheel.name)
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    described = json.dumps(manifest(version), indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(described, encoding="utf-8")
    project = PROJECT.format(version=version, wheel=wheel.name)
    (folder / "pyproject.toml").write_text(project, encoding="utf-8")


def pack(folder: Path, bundle: Path) -> None:
    """Zip ``folder`` into ``bundle``, in the order of names."""
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), LONGEST_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes())


def main(argv: Sequence[str] | None = None) -> int:
    """Make ``awswhitelist-VERSION.mcpb`` beside the wheel that is named."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bundle", description=__doc__)
    parser.add_argument("wheel", type=Path)
    wheel: Path = parser.parse_args(argv).wheel.resolve()
    folder = wheel.parent / "bundle"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    stage(wheel, folder, __version__)
    bundle = wheel.parent / f"awswhitelist-{__version__}.mcpb"
    pack(folder, bundle)
    shutil.rmtree(folder)
    print(bundle)
    return 0


if __name__ == "__main__":
    sys.exit(main())
