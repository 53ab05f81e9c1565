"""What the operations may use, wired once by the application when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from awswhitelist.access.rates import CallPace
from awswhitelist.config import Config
from awswhitelist.mcp.registry import Lazy
from awswhitelist.tools.kept_results import KeptResults

if TYPE_CHECKING:
    from awswhitelist.access.audit.log import AuditLog
    from awswhitelist.access.audit.reading import AuditReader
    from awswhitelist.access.ending.enforcement import Enforcement
    from awswhitelist.access.ending.enforcer import Enforcer
    from awswhitelist.access.pipeline import AccessPipeline
    from awswhitelist.access.files.state import StateDirectory
    from awswhitelist.aws.gateway import AwsGateway
    from awswhitelist.network.public_ip import PublicAddresses


class AddressFinder(Protocol):
    """Learns our own public addresses."""

    def find(self) -> PublicAddresses:
        """Raises PublicAddressError where they cannot be learnt."""


class Wired(NamedTuple):
    """The services that reach AWS or the disk."""

    pipeline: AccessPipeline
    gateway: AwsGateway
    state: StateDirectory
    audit: AuditLog
    addresses: AddressFinder
    audit_reader: AuditReader
    enforcer: Enforcer | None = None
    """Ends access in this process; None where the process does not stay."""


class Services:
    """Everything that a handler is given.

    Listing the tools needs none of what reaches AWS, and loading that takes a while: it is wired
    by the first call that wants it, on the worker that serves the call.
    """

    def __init__(
        self,
        config: Config,
        *,
        operation_names: tuple[str, ...],
        pace: CallPace,
        clock: Callable[[], float],
        enforcement: Callable[[], Enforcement],
        wire: Callable[[], Wired],
        principal: str,
    ) -> None:
        """``clock`` counts seconds and never goes back; ``enforcement`` gives what knows what ends
        access; ``wire`` is called once; ``principal`` is the local user on whose behalf this
        process acts.
        """
        self.config = config
        self.principal = principal
        self.operation_names = operation_names
        self.pace = pace
        self.clock = clock
        self._enforcement = enforcement
        self.results = KeptResults()
        self._wired = Lazy(wire)

    @property
    def enforcement(self) -> Enforcement:
        """What is known to end access by itself."""
        return self._enforcement()

    @property
    def pipeline(self) -> AccessPipeline:
        """The one way from a request to a write."""
        return self._wired.get().pipeline

    @property
    def gateway(self) -> AwsGateway:
        """The door to AWS."""
        return self._wired.get().gateway

    @property
    def state(self) -> StateDirectory:
        """Keys and spent approvals."""
        return self._wired.get().state

    @property
    def audit(self) -> AuditLog:
        """What was done."""
        return self._wired.get().audit

    @property
    def audit_reader(self) -> AuditReader:
        """What was done, read back."""
        return self._wired.get().audit_reader

    @property
    def enforcer(self) -> Enforcer | None:
        """What ends access in this process."""
        return self._wired.get().enforcer

    @property
    def addresses(self) -> AddressFinder:
        """Our own public addresses."""
        return self._wired.get().addresses
