"""What botocore's sources of credentials ask of people and programs, bounded for a server.

Nobody answers a question on the wire, and a program that never ends must not hold up every call
that waits for its keys.
"""

from __future__ import annotations

import subprocess
import sys
from getpass import getpass
from typing import Any

from botocore.credentials import (
    AssumeRoleProvider,
    CredentialResolver,
    ProcessProvider,
)
from botocore.exceptions import CredentialRetrievalError, RefreshWithMFAUnsupportedError

PROCESS_SECONDS = 120.0
"""What a credential process may take; time for a person to confirm a sign-in elsewhere."""


def bound(resolver: CredentialResolver) -> None:
    """Bound every source of the resolver that asks a person or runs a program."""
    for provider in resolver.providers:
        if isinstance(provider, AssumeRoleProvider):
            # botocore would read the code from the wire, or wait at a client's terminal.
            setattr(provider, "_prompter", _mfa_code)
            _bound_sources(provider)
        _bound_process(provider)


def _bound_sources(role: AssumeRoleProvider) -> None:
    """The same for the profile that a role rests on."""
    builder: Any = getattr(role, "_profile_provider_builder", None)
    if builder is not None:
        make = builder._create_process_provider
        builder._create_process_provider = lambda *given, **named: _bound_process(
            make(*given, **named)
        )


def _bound_process(provider: object) -> object:
    if isinstance(provider, ProcessProvider):
        setattr(provider, "_popen", CredentialProcess)
    return provider


class CredentialProcess(subprocess.Popen[bytes]):
    """A process that is killed when it takes too long."""

    def communicate(
        self, input: bytes | None = None, timeout: float | None = None
    ) -> tuple[bytes, bytes]:
        """What it printed. CredentialRetrievalError where it does not end in time."""
        try:
            return super().communicate(input, PROCESS_SECONDS if timeout is None else timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()
            for stream in filter(None, (self.stdout, self.stderr)):
                stream.close()  # a child of its own may hold the other end
            raise CredentialRetrievalError(
                provider="custom-process", error_msg="it did not end in time"
            ) from None


def _mfa_code(prompt: str) -> str:
    """What a person at a shell answers. RefreshWithMFAUnsupportedError where there is none."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise RefreshWithMFAUnsupportedError
    return getpass(prompt)
