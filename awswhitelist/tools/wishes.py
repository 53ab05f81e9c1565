"""What a caller says of access that is to be given, and the intent that it comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from awswhitelist.access.intents import AllowIntent
from awswhitelist.config import Config
from awswhitelist.models import Grant
from awswhitelist.resources.references import read_resource_type
from awswhitelist.tools.arguments import Source, Target, Text, TypeOfResource, read_lifetime
from awswhitelist.tools.doors import Door, Way
from awswhitelist.tools.sources import ME, sources_of


class Terms(Way):
    """On what terms access is given: what several wishes may have in common."""

    resource_type: TypeOfResource | None = None
    expires_in: Annotated[
        Text | None, Field(description='"90m", "2h", "7d" or PT2H; "never" if policy permits.')
    ] = None
    reason: Text | None = None
    owner: Annotated[Text | None, Field(description="Whose access it is; default: yours.")] = None
    ticket: Text | None = None
    replace_previous: Annotated[
        bool, Field(description="Move the owner's earlier rule for the same port here.")
    ] = False


class Wish(Terms, Door):
    """Access that is to be given: from where, to what, on which terms."""

    target: Target
    source: Source = ME
    description: Annotated[
        Text | None, Field(description="Replaces the configured rule description.")
    ] = None
    force: Annotated[
        bool, Field(description="Add the rule even if a wider one lets this through.")
    ] = False

    def intent(self, config: Config, me: Callable[[], str]) -> AllowIntent:
        """What is wanted; ``me`` says what our own address is, as a CIDR.

        Raises InvalidArgumentError, and what ``me`` raises.
        """
        protocol, sources = self.checked_protocol(), sources_of(self.source, me)
        self.check_family(sources)
        return AllowIntent(
            target=self.target,
            sources=sources,
            protocol=protocol,
            ports=self.checked_ports(config),
            icmp_type=self.icmp_type,
            icmp_code=self.icmp_code,
            grant=self._grant(config),
            force=self.force,
            replace_previous=self.replace_previous,
            resource_type=read_resource_type(self.resource_type),
        )

    def _grant(self, config: Config) -> Grant:
        return Grant(
            owner=(self.owner or "").strip(),
            reason=self.reason or "",
            ticket=self.ticket or "",
            description=self.description or "",
            lifetime=read_lifetime(self.expires_in, config),
        )
