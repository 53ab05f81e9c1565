"""botocore sessions that read nothing of this machine: no environment, no files of the user."""

from __future__ import annotations

import functools
from pathlib import Path

import botocore
from botocore.loaders import Loader
from botocore.session import Session

REGION = "eu-west-1"
"""Where the estate is, and the region of a client that names none."""

_MODELS = str(Path(botocore.__file__).parent / "data")
# No path at all rather than an empty file: whoever watches the files of a session sees none change.
_FIXED = {
    "region": REGION,
    "config_file": None,
    "credentials_file": None,
    "ignore_configured_endpoint_urls": True,
}


@functools.cache
def botocore_models() -> Loader:
    """The loader of botocore's own models alone; one for all, because it keeps what it parsed."""
    return Loader(extra_search_paths=[_MODELS], include_default_search_paths=False)


def offline_session() -> Session:
    """A session with fixed credentials that say "sandbox", deaf to AWS_* variables and ~/.aws."""
    session = Session(
        session_vars={
            name: (None, None, _FIXED.get(name, default), convert)
            for name, (_, _, default, convert) in Session.SESSION_VARIABLES.items()
        }
    )
    session.register_component("data_loader", botocore_models())
    session.set_credentials("sandbox", "sandbox", "sandbox")
    return session
