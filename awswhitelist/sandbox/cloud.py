"""The sandbox's AWS without botocore's side of it: one call at a time, in any region."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from copy import deepcopy

from awswhitelist.models import SourceKind
from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.estate import GROUPS, Opening
from awswhitelist.sandbox.ingress import authorize
from awswhitelist.sandbox.offline_session import REGION, offline_session
from awswhitelist.sandbox.operations import serve
from awswhitelist.sandbox.permissions import SOURCES
from awswhitelist.sandbox.recording import ACCOUNT, recorded
from awswhitelist.sandbox.region import Region


class Cloud:
    """All regions of the account. A region is filled when it is first asked."""

    def __init__(self, rules_per_group: int) -> None:
        self._turn = threading.Lock()
        self._rules_per_group = rules_per_group
        self._regions: dict[str, Region] = {}

    def serve(self, region: str, service: str, operation: str, params: Params) -> Answer:
        """The answer to one call, the caller's own to keep and change. Raises Refusal."""
        with self._turn:
            return deepcopy(serve(self._region(region), service, operation, params))

    def _region(self, name: str) -> Region:
        if name not in self._regions:
            self._regions[name] = self._filled(name)
        return self._regions[name]

    def _filled(self, name: str) -> Region:
        # The estate's region is known; to look up any other takes a file of half a megabyte.
        if name != REGION and name not in offline_session().get_available_regions("ec2"):
            raise Refusal("OptInRequired", f"The region {name} is not enabled.", status=403)
        region = Region(name, ACCOUNT, recorded(name), rules_per_group=self._rules_per_group)
        if name == REGION:
            _open(region)
        return region


def _open(region: Region) -> None:
    """Put the estate's ingress rules into its groups."""
    ids = {group["GroupName"]: group["GroupId"] for group in region.groups()}
    ids |= {each["PrefixListName"]: each["PrefixListId"] for each in region.prefix_lists()}
    for group in GROUPS:
        blocks = [_ip_permission(opening, ids) for opening in group.openings]
        authorize(region, {"GroupId": ids[group.name], "IpPermissions": blocks})


def _ip_permission(opening: Opening, ids: Mapping[str, str]) -> Answer:
    places = {kind: (block, field) for kind, block, field in SOURCES}
    block, field = places[opening.kind]
    named = opening.kind in (SourceKind.GROUP, SourceKind.PREFIX_LIST)
    source = ids[opening.source] if named else opening.source
    ports = {"FromPort": opening.first, "ToPort": opening.last}
    return {
        "IpProtocol": opening.protocol,
        block: [{field: source, "Description": opening.description}],
    } | {name: port for name, port in ports.items() if port is not None}
