"""The resources: what is in force, whom calls go out as, what was done, and the rules of groups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from awswhitelist.access.audit.tail import recent_entries
from awswhitelist.access.outcomes import Sight
from awswhitelist.access.policy import Admission, admit, admits_profile
from awswhitelist.access.policy_words import policy_words
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import InvalidArgumentError, SecurityGroupNotFoundError
from awswhitelist.mcp.offers import ResourceSpec, TemplateSpec
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.text import printable
from awswhitelist.tools.capabilities import kept_by
from awswhitelist.tools.completions import Suggestions
from awswhitelist.tools.list_rules import rule_order
from awswhitelist.tools.results import LONGEST_TEXT, place, view
from awswhitelist.tools.services import Services
from awswhitelist.tools.uris import RESULTS, RULES
from awswhitelist.validators import check_region, format_duration, looks_like_group_id

Document = dict[str, Any]

MOST_ENTRIES = 50
"""Entries of the audit log that are shown."""


def resource_specs(services: Services, principal: str) -> tuple[ResourceSpec, ...]:
    """The resources with one URI each. ``principal`` is the local user of this process.

    A server that runs for somebody else keeps the audit log of its own user to itself.
    """
    reader = Documents(services, principal)
    audit = ResourceSpec(
        "awswhitelist://audit/recent",
        "audit",
        "Recent changes",
        "The newest entries of the audit log that this user made, newest first.",
        reader.audit,
    )
    always = (
        ResourceSpec(
            "awswhitelist://policy",
            "policy",
            "Policy",
            "The operator's policy in force, in plain words and as settings.",
            reader.policy,
        ),
        ResourceSpec(
            "awswhitelist://profiles",
            "profiles",
            "Profiles",
            "The names of the AWS profiles that calls may use.",
            reader.profiles,
        ),
    )
    return always if services.config.server.remote else (*always, audit)


def template_specs(services: Services, suggestions: Suggestions) -> tuple[TemplateSpec, ...]:
    """The resources of which there are many."""
    reader = GroupRules(services)
    return (
        TemplateSpec(
            RULES,
            "rules",
            "Rules of a security group",
            "All ingress rules of one security group, as `list_rules` shows them.",
            reader.read,
            reader.check,
            missing=(SecurityGroupNotFoundError, InvalidArgumentError),
            ordered_by="group_id",
            completers={"region": suggestions.regions, "group_id": suggestions.group_ids},
        ),
        TemplateSpec(
            RESULTS,
            "results",
            "Result of a call",
            "All of a result of which the answer to `whitelist_bulk` was an excerpt.",
            services.results.read,
            services.results.check,
            missing=(InvalidArgumentError,),
            completers={"request_id": services.results.ids},
        ),
    )


class Documents:
    """What is known on this machine. Nothing here asks AWS."""

    def __init__(self, services: Services, principal: str) -> None:
        self._services = services
        self._config = services.config
        self._principal = principal

    def policy(self, _variables: Mapping[str, Any], _ctx: CallContext) -> Document:
        """The policy in force."""
        return {
            "summary": f"The policy in force is kept by {kept_by(self._config)}.",
            "words": list(policy_words(self._config.policy)),
            "settings": _settings(self._config.policy),
        }

    def profiles(self, _variables: Mapping[str, Any], _ctx: CallContext) -> Document:
        """Names alone. Raises CredentialsError where AWS's files cannot be read."""
        found = self._services.gateway.profiles()
        names = [name for name in found if self._may_be_named(name)]
        default = self._config.defaults.profile
        return {
            "summary": f"{len(names)} profiles may be named; "
            f"without `profile`, calls use {default or 'the standard credential chain'}.",
            "default": default,
            "profiles": names,
        }

    def _may_be_named(self, profile: str) -> bool:
        is_configured = self._services.gateway.is_configured(profile)
        return admits_profile(profile, self._config.policy, is_configured=is_configured)

    def audit(self, _variables: Mapping[str, Any], _ctx: CallContext) -> Document:
        """The newest entries. Raises AuditUnavailableError."""
        path = self._services.audit.path
        entries = recent_entries(path, self._principal, MOST_ENTRIES)
        return {
            "summary": f"The newest {len(entries)} entries of {self._principal}.",
            "entries": _cleaned(entries),
        }


class GroupRules:
    """The rules of a group in a region, read under the policy."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def check(self, variables: Mapping[str, str]) -> None:
        """Raise InvalidArgumentError or PolicyDeniedError where no read can succeed."""
        region, group_id = variables["region"], variables["group_id"]
        if not looks_like_group_id(group_id):
            raise InvalidArgumentError(
                f"{printable(group_id)!r} is not the id of a security group.",
                field="group_id",
                remedy="Write an id such as sg-0123456789abcdef0.",
            )
        asked = Admission(changes=False, region=check_region(region))
        admit(asked, self._services.config.policy)

    def read(self, variables: Mapping[str, Any], ctx: CallContext) -> Document:
        """Every rule. Raises what :meth:`check` and :meth:`AccessPipeline.read` raise;
        RateLimitedError."""
        self._services.pace.take()
        self.check(variables)
        group_id, region = variables["group_id"], variables["region"]
        return self._shown(self._services.pipeline.read(group_id, None, region, ctx))

    def _shown(self, sight: Sight) -> Document:
        observed, max_ttl = sight.observed, self._services.config.policy.max_ttl
        (group,) = observed.groups
        views = (view(rule, group, observed.at, max_ttl) for rule in observed.rules)
        items = [
            rule.model_dump(mode="json", exclude_none=True)
            for rule in sorted(views, key=rule_order)
        ]
        name = printable(group.name, LONGEST_TEXT)
        return {
            "summary": f"{len(items)} ingress rules of {group.group_id} ({name}).",
            **place(sight.scope, group.account),
            "group_id": group.group_id,
            "group_name": name,
            "items": items,
        }


def _settings(policy: PolicyConfig) -> Document:
    """The policy as it would stand in a file: durations as people write them."""
    durations = {
        name: format_duration(value) for name, value in policy if isinstance(value, timedelta)
    }
    return policy.model_dump(mode="json") | durations


def _cleaned(value: Any) -> Any:
    """The same with every text on one line: some of it was written by others."""
    if isinstance(value, str):
        return printable(value, LONGEST_TEXT)
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(each) for each in value]
    return value
