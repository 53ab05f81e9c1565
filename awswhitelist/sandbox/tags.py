"""CreateTags and DeleteTags.

Source: EC2 API reference, CreateTags, DeleteTags; EC2 user guide, "Tag restrictions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from awswhitelist.constants import TAG_VALUE_LENGTH
from awswhitelist.sandbox.answers import Answer, Params, Refusal, invalid
from awswhitelist.sandbox.permissions import Rule
from awswhitelist.sandbox.region import Region
from awswhitelist.sandbox.shapes import tag_list

MOST_TAGS = 50
KEY_LENGTH = 128
_RULE = "sgr-"

Tags = Mapping[str, str]


def create_tags(region: Region, params: Params) -> Answer:
    """Add tags, or give those that are there a new value."""
    given = tags_of(params["Tags"])
    return _retag(region, params, lambda old: checked({**old, **given}))


def delete_tags(region: Region, params: Params) -> Answer:
    """Remove tags by key (with a value: only where the value is that one), or all of them."""
    unwanted = {tag["Key"]: tag.get("Value") for tag in params.get("Tags", ())}

    def kept(key: str, value: str) -> bool:
        return bool(unwanted) and (key not in unwanted or unwanted[key] not in (None, value))

    return _retag(
        region,
        params,
        lambda old: {key: value for key, value in old.items() if kept(key, value)},
    )


def tags_of(listed: Iterable[Params]) -> Tags:
    """Tags out of AWS's list; a tag without a value has an empty one."""
    return {tag["Key"]: tag.get("Value", "") for tag in listed}


def checked(tags: Tags) -> Tags:
    """``tags`` if AWS accepts them on one resource. Raises Refusal otherwise."""
    if len(tags) > MOST_TAGS:
        raise Refusal("TagLimitExceeded", "The maximum number of tags has been reached.")
    for key, value in tags.items():
        if not 0 < len(key) <= KEY_LENGTH or key.startswith("aws:"):
            raise invalid("Tag keys have 1 to 128 characters and do not begin with aws:")
        if len(value) > TAG_VALUE_LENGTH:
            raise invalid("Tag value exceeds the maximum length of 256 characters")
    return tags


def _retag(region: Region, params: Params, change: Callable[[Tags], Tags]) -> Answer:
    rule_ids = [name for name in params["Resources"] if name.startswith(_RULE)]
    others = [name for name in params["Resources"] if not name.startswith(_RULE)]
    changed = [_retagged(region.rule(rule_id), change) for rule_id in rule_ids]
    resources = [(resource := region.resource(name), _changed(resource, change)) for name in others]
    for resource, tags in resources:
        resource[_place(resource)] = tags
    region.keep(changed)
    return {}


def _retagged(rule: Rule, change: Callable[[Tags], Tags]) -> Rule:
    return replace(rule, tags=change(rule.tags))


def _changed(resource: Answer, change: Callable[[Tags], Tags]) -> list[Answer]:
    return tag_list(change(tags_of(resource.get(_place(resource), ()))))


def _place(resource: Answer) -> str:
    """Network interfaces alone have another word for their tags."""
    return "TagSet" if "NetworkInterfaceId" in resource else "Tags"
