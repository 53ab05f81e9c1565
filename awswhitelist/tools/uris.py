"""The URIs of what is read as a resource, apart from what it takes to read it."""

from __future__ import annotations

from awswhitelist.mcp.uri_templates import UriTemplate

RULES = UriTemplate("awswhitelist://{region}/security-groups/{group_id}/rules")

RESULTS = UriTemplate("awswhitelist://results/{request_id}")


def result_uri(request_id: str) -> str:
    """The URI of a long result, by the request id of its call."""
    return RESULTS.expand({"request_id": request_id})


def rules_uri(region: str, group_id: str) -> str:
    """The URI of a group's rules."""
    return RULES.expand({"region": region, "group_id": group_id})
