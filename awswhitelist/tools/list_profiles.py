"""``list_profiles``: as whom calls may go out, and what is wrong with those who cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awswhitelist.access.policy import admits_profile
from awswhitelist.calls import CallContext
from awswhitelist.text import printable
from awswhitelist.tools.arguments import DEFAULT_LIMIT, Arguments, Cursor, Limit
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.paging import Page, page
from awswhitelist.tools.results import OperationResult, Result

if TYPE_CHECKING:
    from awswhitelist.aws.profiles import ProfileFacts


class ListProfilesRequest(Arguments):
    """Arguments of ``list_profiles``."""

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


class ProfileView(Result):
    """A profile without its secrets. ``usable``: its configuration is complete; nothing is tried.
    ``admitted``: policy lets calls name it."""

    name: str
    source: str
    account: str | None = None
    region: str | None = None
    admitted: bool
    usable: bool
    problem: str | None = None

    def words(self) -> str:
        """The profile on one line."""
        parts = [self.name, self.source]
        parts += [each for each in (self.account, self.region) if each]
        parts += [] if self.admitted else ["not admitted by policy"]
        parts += [f"NOT USABLE: {self.problem}"] if self.problem else []
        return "  ".join(parts)


class ListProfilesResponse(OperationResult):
    """One page of profiles; ``default_profile`` is used by calls that name none."""

    items: tuple[ProfileView, ...] | None = None
    total: int | None = None
    next_cursor: str | None = None
    default_profile: str | None = None

    def facts(self) -> tuple[str, ...]:
        """A line for each profile."""
        more = [f"More: call again with cursor {self.next_cursor}"] if self.next_cursor else []
        return (*(profile.words() for profile in self.items or ()), *more)


class ListProfilesHandler(Handler[ListProfilesRequest, ListProfilesResponse]):
    """Reads the configuration and AWS's files; asks nobody."""

    def handle(self, request: ListProfilesRequest, _ctx: CallContext) -> ListProfilesResponse:
        """See :class:`ListProfilesRequest`. Raises CredentialsError where AWS's files cannot be
        read, InvalidArgumentError for a cursor that is not ours."""
        views = [self._view(each) for each in self.services.gateway.profile_facts()]
        shown = page(views, lambda each: (each.name,), request.limit, request.cursor)
        default = self.services.config.defaults.profile
        return ListProfilesResponse(
            summary=_summary(shown, default),
            items=shown.items,
            total=shown.total,
            next_cursor=shown.next_cursor,
            default_profile=default,
        )

    def _view(self, facts: ProfileFacts) -> ProfileView:
        policy = self.services.config.policy
        return ProfileView(
            name=printable(facts.name),
            source=facts.source.value,
            account=facts.account,
            region=printable(facts.region) if facts.region else None,
            admitted=admits_profile(facts.name, policy, is_configured=facts.is_ours),
            usable=facts.problem is None,
            problem=facts.problem,
        )


def _summary(shown: Page[ProfileView], default: str | None) -> str:
    part = f"{len(shown.items)} of " if len(shown.items) < shown.total else ""
    noun = "profile" if shown.total == 1 else "profiles"
    usual = default or "AWS's standard credential chain"
    return f"{part}{shown.total} {noun}; calls that name none use {usual}."
