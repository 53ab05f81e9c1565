"""What a sandbox cannot help sharing with the rest of its process.

moto keeps its memory in module globals, so every sandbox of the process takes its turn under one
lock (moto has none of its own and loses updates under load). moto also reads the AWS environment
when it is imported and when a service is first used; :func:`undisturbed` hides it while a sandbox
is made, which is before anybody can have a client of it.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TURN = threading.RLock()
"""Held by whoever uses moto."""

_HIDDEN = ("AWS_", "BOTO", "MOTO_")
_NEUTRAL = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hide the user's AWS settings from moto, and pause garbage collection, while moto loads.

    Without the first, ``AWS_PROFILE=missing`` makes ``import moto`` fail. Without the second,
    loading takes twice as long. Both are as before afterwards, whatever happens in between.
    """
    with TURN:
        hidden = {name: value for name, value in os.environ.items() if name.startswith(_HIDDEN)}
        collecting = gc.isenabled()
        gc.disable()
        _replace(hidden, _NEUTRAL)
        try:
            yield
        finally:
            _replace(_NEUTRAL, hidden)
            if collecting:
                gc.enable()


def _replace(old: dict[str, str], new: dict[str, str]) -> None:
    for name in old:
        os.environ.pop(name, None)
    os.environ.update(new)
