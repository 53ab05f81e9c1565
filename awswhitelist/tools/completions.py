"""Suggestions for arguments: what there is, as far as the policy lets it be used."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import timedelta

from awswhitelist.access.policy import admits_profile, admits_region, is_visible
from awswhitelist.calls import CallContext
from awswhitelist.models import AwsScope, SecurityGroup
from awswhitelist.tools.results import NEVER
from awswhitelist.tools.services import Services
from awswhitelist.validators import ALL_PORTS, check_region

MOST_GROUPS = 2000
"""Groups of a region that are looked at."""

FRESH_SECONDS = 30.0
"""How long groups are remembered: people type faster than groups change, and EC2 limits calls."""

MOST_PLACES = 16
"""Places whose groups are remembered at a time."""

USUAL_DURATIONS = {
    text: timedelta(minutes=minutes)
    for text, minutes in (
        ("15m", 15),
        ("30m", 30),
        ("1h", 60),
        ("2h", 120),
        ("4h", 240),
        ("8h", 480),
        ("1d", 1440),
        ("2d", 2880),
        ("7d", 10080),
    )
}

Settled = Mapping[str, str]
"""The arguments that have a value already."""


class Suggestions:
    """What may be written for each argument. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._policy = services.config.policy
        self._lock = threading.Lock()
        self._groups: dict[AwsScope, tuple[float, tuple[SecurityGroup, ...]]] = {}

    def regions(self, _settled: Settled, _ctx: CallContext) -> Iterable[str]:
        """Regions that calls may go to."""
        known = self._services.gateway.regions()
        return [region for region in known if admits_region(region, self._policy)]

    def profiles(self, _settled: Settled, _ctx: CallContext) -> Iterable[str]:
        """Profiles that calls may name."""
        known = self._services.gateway.profiles()
        return [name for name in known if self._may_be_named(name)]

    def _may_be_named(self, profile: str) -> bool:
        is_configured = self._services.gateway.is_configured(profile)
        return admits_profile(profile, self._policy, is_configured=is_configured)

    def ports(self, _settled: Settled, _ctx: CallContext) -> Iterable[str]:
        """Names of ports; ``all`` where the policy permits it."""
        names = sorted(self._services.config.port_names)
        return [*names, ALL_PORTS] if self._policy.allow_all_ports else names

    def durations(self, _settled: Settled, _ctx: CallContext) -> Iterable[str]:
        """Durations from short to long, as far as the policy goes."""
        longest = self._policy.max_ttl
        usual = [text for text, lasting in USUAL_DURATIONS.items() if lasting <= longest]
        return [*usual, NEVER] if self._policy.allow_never_expires else usual

    def group_ids(self, settled: Settled, ctx: CallContext) -> Iterable[str]:
        """Ids of the groups of ``region``. Raises what a read raises."""
        return sorted(group.group_id for group in self._visible(settled, ctx))

    def targets(self, settled: Settled, ctx: CallContext) -> Iterable[str]:
        """Names of the groups of ``profile`` and ``region``, then ids. Raises what a read does."""
        groups = self._visible(settled, ctx)
        return [
            *sorted({group.name for group in groups}),
            *sorted(group.group_id for group in groups),
        ]

    def _visible(self, settled: Settled, ctx: CallContext) -> list[SecurityGroup]:
        self._services.pace.take()
        region = settled.get("region")
        checked = None if region is None else check_region(region)
        scope = self._services.pipeline.admit_read(settled.get("profile"), checked, ctx)
        return [group for group in self._known(scope, ctx) if is_visible(group, self._policy)]

    def _known(self, scope: AwsScope, ctx: CallContext) -> tuple[SecurityGroup, ...]:
        """The groups of a place. Two callers at once may both ask AWS; neither waits."""
        now = self._services.clock()
        with self._lock:
            until, groups = self._groups.get(scope, (now, ()))
        if until > now:
            return groups
        groups = self._services.gateway.security_groups(scope, ctx).some_security_groups(
            MOST_GROUPS
        )
        with self._lock:
            if len(self._groups) >= MOST_PLACES:
                self._groups.clear()
            self._groups[scope] = (now + FRESH_SECONDS, groups)
        return groups
