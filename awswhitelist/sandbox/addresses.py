"""The public address of a machine that must not ask anybody outside."""

from __future__ import annotations

from ipaddress import IPv4Address

from awswhitelist.network.public_ip import PublicAddresses, SourceReport

ADDRESS = IPv4Address("203.0.113.10")
"""From a range that is set aside for examples (RFC 5737)."""


class SandboxAddresses:
    """Answers as if everybody had seen us come from :data:`ADDRESS`."""

    def find(self) -> PublicAddresses:
        """Never fails, asks nobody."""
        report = SourceReport(source="sandbox", version=4, address=ADDRESS)
        return PublicAddresses(ipv4=ADDRESS, ipv6=None, sources=(report,), agree=True)
