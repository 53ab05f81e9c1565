"""``get_my_ip``: the addresses that others see this machine come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awswhitelist.calls import CallContext
from awswhitelist.exceptions import MeIsTheServerError
from awswhitelist.tools.arguments import Arguments
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import OperationResult, Result, WarningCode, WarningNote

if TYPE_CHECKING:
    from awswhitelist.network.public_ip import PublicAddresses, SourceReport


class GetMyIpRequest(Arguments):
    """``get_my_ip`` takes no arguments."""


class AddressReport(Result):
    """What one source said, or why it does not count."""

    source: str
    version: int
    address: str | None = None
    problem: str | None = None


class GetMyIpResponse(OperationResult):
    """Our addresses as CIDRs have them: without a prefix length."""

    ipv4: str | None = None
    ipv6: str | None = None
    agree: bool | None = None
    sources: tuple[AddressReport, ...] | None = None


class GetMyIpHandler(Handler[GetMyIpRequest, GetMyIpResponse]):
    """Asks the sources and shows all that they said."""

    def handle(self, _request: GetMyIpRequest, _ctx: CallContext) -> GetMyIpResponse:
        """Raises MeIsTheServerError on a shared server, PublicAddressError."""
        if self.services.config.server.remote:
            raise MeIsTheServerError()
        found = self.services.addresses.find()
        return GetMyIpResponse(
            summary=_summary(found),
            ipv4=str(found.ipv4) if found.ipv4 else None,
            ipv6=str(found.ipv6) if found.ipv6 else None,
            agree=found.agree,
            sources=tuple(_report(each) for each in found.sources),
            warnings=None if found.agree else (_DISAGREEMENT,),
        )


_DISAGREEMENT = WarningNote(
    code=WarningCode.SOURCES_DISAGREE,
    message="Not all sources saw the same address (VPN, proxy or several ways out).",
)


def _summary(found: PublicAddresses) -> str:
    addresses = " and ".join(str(each) for each in (found.ipv4, found.ipv6) if each)
    return f"This machine is seen as {addresses}."


def _report(report: SourceReport) -> AddressReport:
    return AddressReport(
        source=report.source,
        version=report.version,
        address=str(report.address) if report.address else None,
        problem=report.problem.value if report.problem else None,
    )
