"""The npm packages are pinned to their contents, and to no place that they come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NODE = Path(__file__).parent / "node"


def read(name: str) -> Any:
    return json.loads((NODE / name).read_text(encoding="utf-8"))


def test_every_package_in_the_lock_is_known_by_its_contents_alone() -> None:
    packages = [each for name, each in read("package-lock.json")["packages"].items() if name]
    assert len(packages) > 100
    assert all(each["integrity"].startswith("sha512-") for each in packages)
    assert not any("resolved" in each for each in packages)


def test_the_lock_is_of_the_packages_that_are_asked_for() -> None:
    wanted = read("package.json")["dependencies"]
    assert read("package-lock.json")["packages"][""]["dependencies"] == wanted
    assert set(wanted) == {
        f"@modelcontextprotocol/{name}" for name in ("client", "inspector", "sdk")
    }
