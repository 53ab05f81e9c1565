"""Package metadata.

Every fact has one home: the version is in ``awswhitelist/__init__.py``, the runtime dependencies
are in ``requirements.txt``, those of tests and checks in ``requirements-dev.txt``.
"""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
URL = "https://github.com/awswhitelist/awswhitelist"


def version() -> str:
    """The version, read as text: importing the package would need its dependencies."""
    text = (HERE / "awswhitelist" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise RuntimeError("awswhitelist/__init__.py does not set __version__")
    return found.group(1)


def requirements(name: str) -> list[str]:
    """The requirements of a file, without its comments."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


DEV = requirements("requirements-dev.txt")

setup(
    name="awswhitelist",
    version=version(),
    description="An MCP server that opens one hole in an AWS firewall, and closes it again",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="awswhitelist contributors",
    license="MIT",
    license_files=["LICENSE"],
    url=URL,
    project_urls={
        "Source": URL,
        "Issues": f"{URL}/issues",
        "Changelog": f"{URL}/blob/main/CHANGELOG.md",
    },
    keywords=["aws", "ec2", "firewall", "mcp", "model-context-protocol", "security-group"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Intended Audience :: System Administrators",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Topic :: System :: Networking :: Firewalls",
        "Typing :: Typed",
    ],
    python_requires=">=3.11",
    # Named, so that an editable install is a plain path entry: without it setuptools installs an
    # import hook that every start of Python would pay for.
    package_dir={"": "."},
    packages=find_packages(include=["awswhitelist", "awswhitelist.*"]),
    package_data={"awswhitelist": ["py.typed", "schemas/*.json", "sandbox/*.json"]},
    install_requires=requirements("requirements.txt"),
    extras_require={
        "dev": DEV,
    },
    entry_points={"console_scripts": ["awswhitelist = awswhitelist.cli:main"]},
)
