"""Our own public addresses, as several independent sources see them.

One source could be wrong or lie, and the answer opens a firewall: so several must agree.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit
from typing import NamedTuple

from awswhitelist.config import PublicIpConfig
from awswhitelist.exceptions import PublicAddressError
from awswhitelist.network.http_get import HttpGet
from awswhitelist.validators import AddressKind, address_kind

IpAddress = IPv4Address | IPv6Address

FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


class SourceProblem(StrEnum):
    """Why a source's answer does not count."""

    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    NOT_AN_ADDRESS = "not_an_address"
    WRONG_FAMILY = "wrong_family"
    NOT_PUBLIC = "not_public"


class SourceReport(NamedTuple):
    """What one source (its host name) said when asked over IPv4 or IPv6 (``version``)."""

    source: str
    version: int
    address: IpAddress | None = None
    problem: SourceProblem | None = None


class PublicAddresses(NamedTuple):
    """Our addresses; ``agree`` is False where sources saw different ones (VPN, several exits)."""

    ipv4: IPv4Address | None
    ipv6: IPv6Address | None
    sources: tuple[SourceReport, ...]
    agree: bool


class PublicAddressFinder:
    """Asks all sources over both families side by side."""

    def __init__(self, http_get: HttpGet, settings: PublicIpConfig) -> None:
        self._http_get = http_get
        self._settings = settings

    def find(self) -> PublicAddresses:
        """Our public addresses, within ``settings.timeout`` seconds.

        An address counts when ``settings.agree`` sources say it and no other address is said as
        often. Raises PublicAddressError where no address of either family counts.
        """
        reports = self._ask_all()
        ipv4 = _agreed(reports, 4, self._settings.agree)
        ipv6 = _agreed(reports, 6, self._settings.agree)
        if ipv4 is None and ipv6 is None:
            raise PublicAddressError(
                "The public address of this machine could not be learnt.",
                sources=[_told(report) for report in reports],
            )
        return PublicAddresses(
            ipv4=ipv4 if isinstance(ipv4, IPv4Address) else None,
            ipv6=ipv6 if isinstance(ipv6, IPv6Address) else None,
            sources=reports,
            agree=all(len(_counts(reports, version)) <= 1 for version in FAMILIES),
        )

    def _ask_all(self) -> tuple[SourceReport, ...]:
        urls = dict.fromkeys(self._settings.sources)
        asked = [(url, version) for version in FAMILIES for url in urls]
        pool = ThreadPoolExecutor(max_workers=len(asked), thread_name_prefix="public-ip")
        try:
            futures = [pool.submit(self._ask, url, version) for url, version in asked]
            wait(futures, timeout=self._settings.timeout)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return tuple(
            _report(url, version, future)
            for (url, version), future in zip(asked, futures, strict=True)
        )

    def _ask(self, url: str, version: int) -> IpAddress | SourceProblem:
        try:
            answer = self._http_get(url, FAMILIES[version], self._settings.timeout)
        except OSError:
            return SourceProblem.UNREACHABLE
        return _read_address(answer, version)


def _read_address(answer: str, version: int) -> IpAddress | SourceProblem:
    try:
        address = ip_address(answer.strip())
    except ValueError:
        return SourceProblem.NOT_AN_ADDRESS
    if address.version != version:
        return SourceProblem.WRONG_FAMILY
    if address_kind(ip_network(address)) is not AddressKind.PUBLIC:
        return SourceProblem.NOT_PUBLIC
    return address


def _report(url: str, version: int, future: Future[IpAddress | SourceProblem]) -> SourceReport:
    source = urlsplit(url).hostname or ""
    outcome = future.result() if future.done() else SourceProblem.TOO_SLOW
    if isinstance(outcome, SourceProblem):
        return SourceReport(source, version, problem=outcome)
    return SourceReport(source, version, address=outcome)


def _counts(reports: Sequence[SourceReport], version: int) -> Counter[IpAddress]:
    return Counter(
        report.address
        for report in reports
        if report.version == version and report.address is not None
    )


def _agreed(reports: Sequence[SourceReport], version: int, needed: int) -> IpAddress | None:
    """The address that enough sources saw; None if none is, or if two are seen as often."""
    ranked = _counts(reports, version).most_common(2)
    if not ranked or ranked[0][1] < needed:
        return None
    tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    return None if tied else ranked[0][0]


def _told(report: SourceReport) -> dict[str, str | int]:
    outcome = report.problem or report.address
    return {"source": report.source, "ip_version": report.version, "answer": str(outcome)}
