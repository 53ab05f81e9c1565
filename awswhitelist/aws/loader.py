"""Small copies of botocore's service models: the first EC2 client in milliseconds.

botocore parses the whole EC2 model (4 MB, 700 operations) to make a client. :class:`TrimmedLoader`
serves a copy that holds only the operations in use, kept in a cache directory of the user. It is a
pure saving: whatever is missing, stale, damaged or not surely ours is made anew from botocore's own
models, and whatever the copies do not have is served from those.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import JSONFileLoader, Loader

from awswhitelist.aws.model_cache import ModelCache

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "ec2": (
        "AuthorizeSecurityGroupIngress",
        "CreateTags",
        "DeleteTags",
        "DescribeInstances",
        "DescribeManagedPrefixLists",
        "DescribeNetworkInterfaces",
        "DescribeSecurityGroupRules",
        "DescribeSecurityGroups",
        "GetManagedPrefixListEntries",
        "ModifySecurityGroupRules",
        "RevokeSecurityGroupIngress",
        "UpdateSecurityGroupRuleDescriptionsIngress",
    ),
    "elasticache": (
        "DescribeCacheClusters",
        "DescribeReplicationGroups",
        "DescribeServerlessCaches",
    ),
    "elb": ("DescribeLoadBalancers",),
    "elbv2": ("DescribeListeners", "DescribeLoadBalancers", "DescribeTargetGroups"),
    "rds": (
        "DescribeDBClusters",
        "DescribeDBInstances",
        "DescribeDBProxies",
        "DescribeDBProxyEndpoints",
    ),
    "secretsmanager": ("GetSecretValue",),
    "service-quotas": ("GetServiceQuota",),
    # botocore's own calls, for SSO sign-ins.
    "sso": ("GetRoleCredentials",),
    "sso-oidc": ("CreateToken",),
    "sts": ("AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"),
}
"""The operations in use, by botocore's name of the service. One that is not here works too: it
costs the time that the whole model takes."""

_SERVICE, _RULES = "service-2", "endpoint-rule-set-1"
_ENDPOINTS = "endpoints"
Model = dict[str, Any]


class _PlainFiles(JSONFileLoader):
    """Reads models into plain dicts, which are made twice as fast as botocore's OrderedDicts."""

    def load_file(self, file_path: str) -> Any:
        """The content of ``file_path`` with ``.json`` or ``.json.gz``; None if neither is there."""
        for suffix in (".json", ".json.gz"):
            if os.path.isfile(file_path + suffix):
                data = Path(file_path + suffix).read_bytes()
                return json.loads(gzip.decompress(data) if suffix.endswith(".gz") else data)
        return None


class TrimmedLoader(Loader):
    """botocore's data loader, with small models for the services of :data:`OPERATIONS`.

    To be shared by all sessions. Knows botocore's own models only: see :func:`has_other_models`.
    """

    def __init__(
        self,
        cache: ModelCache,
        operations: Mapping[str, tuple[str, ...]] = OPERATIONS,
        data: Path = Path(Loader.BUILTIN_DATA_PATH),
    ) -> None:
        """``data`` is where botocore's own models are."""
        super().__init__([str(data)], _PlainFiles(), include_default_search_paths=False)
        self._files = cache
        self._operations = dict(operations)
        self._data = data
        self._kept: dict[str, Model] = {}

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        """See :meth:`Loader.load_service_model`."""
        is_small = service_name in self._operations and api_version is None
        if not is_small or type_name not in (_SERVICE, _RULES):
            return super().load_service_model(service_name, type_name, api_version)
        # A dict operation each: threads that come at once may do the work twice, to the same end.
        if service_name not in self._kept:
            self._kept[service_name] = self._read(service_name) or self._make(service_name)
        return self._kept[service_name][type_name]

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """See :meth:`Loader.load_data_with_path`; the endpoints are those of our services alone."""
        if name != _ENDPOINTS:
            found: tuple[Any, str] = super().load_data_with_path(name)
            return found
        if name not in self._kept:
            self._kept[name] = self._read_endpoints() or self._make_endpoints()
        return self._kept[name][name], str(self._data / name)

    def serve_whole(self, service_name: str) -> bool:
        """From now on, serve that service's whole model; False if it was served already."""
        self._kept.pop(service_name, None)
        return self._operations.pop(service_name, None) is not None

    def _read(self, service: str) -> Model | None:
        kept = self._files.read(_file_name(service))
        if kept is None or not {_SERVICE, _RULES, "stamp"} <= kept.keys():
            return None
        path = kept["stamp"].get("path") if isinstance(kept["stamp"], dict) else None
        is_fresh = isinstance(path, str) and kept["stamp"] == self._stamp(service, path)
        return kept if is_fresh else None

    def _make(self, service: str) -> Model:
        # A loader of its own, which takes the whole model with it when it goes.
        whole = Loader([str(self._data)], _PlainFiles(), include_default_search_paths=False)
        version = whole.determine_latest_version(service, _SERVICE)
        model = whole.load_service_model(service, _SERVICE)
        made = {
            _SERVICE: trimmed(model, self._operations[service]),
            _RULES: whole.load_service_model(service, _RULES),
            "stamp": self._stamp(service, os.path.join(service, version, _SERVICE)),
        }
        self._files.write(_file_name(service), made)
        return made

    def _read_endpoints(self) -> Model | None:
        kept = self._files.read(_file_name(_ENDPOINTS)) or {}
        is_fresh = kept.get("stamp") == self._endpoints_stamp() and _ENDPOINTS in kept
        return kept if is_fresh else None

    def _make_endpoints(self) -> Model:
        whole = Loader([str(self._data)], _PlainFiles(), include_default_search_paths=False)
        made = {
            _ENDPOINTS: trimmed_endpoints(whole.load_data(_ENDPOINTS), OPERATIONS),
            "stamp": self._endpoints_stamp(),
        }
        self._files.write(_file_name(_ENDPOINTS), made)
        return made

    def _endpoints_stamp(self) -> Model:
        return self._stamp_of(_ENDPOINTS, sorted(OPERATIONS))

    def _stamp(self, service: str, path: str) -> Model:
        """What a copy was made of; another stamp means another copy."""
        return self._stamp_of(path, self._operations[service])

    def _stamp_of(self, path: str, chosen: Iterable[str]) -> Model:
        size, changed = _size_and_time(self._data / path)
        return {
            "botocore": botocore.__version__,
            "operations": list(chosen),
            "path": path,
            "size": size,
            "changed": changed,
        }


def has_other_models(data_path: str | None) -> bool:
    """Whether the user has service models of their own, which a trimmed copy would hide.

    ``data_path`` is botocore's setting of that name (AWS_DATA_PATH).
    """
    return bool(data_path) or os.path.isdir(Loader.CUSTOMER_DATA_PATH)


def trimmed(model: Model, operations: tuple[str, ...]) -> Model:
    """A service model with those operations alone, all shapes they need, and no documentation."""
    chosen = {name: model["operations"][name] for name in operations}
    needed: set[str] = set()
    ahead = list(_shapes_named(chosen))
    while ahead:
        name = ahead.pop()
        if name not in needed:
            needed.add(name)
            ahead.extend(_shapes_named(model["shapes"][name]))
    shapes = {name: shape for name, shape in model["shapes"].items() if name in needed}
    small: Model = _undocumented({**model, "operations": chosen, "shapes": shapes})
    return small


def trimmed_endpoints(endpoints: Model, services: Collection[str]) -> Model:
    """botocore's table of endpoints with those services alone; for others a partition's defaults
    stand."""
    partitions = [
        {
            **partition,
            "services": {
                name: service for name, service in partition["services"].items() if name in services
            },
        }
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _shapes_named(node: Any) -> Iterator[str]:
    """The names of all shapes that something refers to."""
    if isinstance(node, dict):
        named = node.get("shape")
        if isinstance(named, str):
            yield named
        for inner in node.values():
            yield from _shapes_named(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _shapes_named(inner)


def _undocumented(node: Any) -> Any:
    """Documentation is text; a member of that name is an object, and stays."""
    if isinstance(node, dict):
        return {
            key: _undocumented(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    return [_undocumented(each) for each in node] if isinstance(node, list) else node


def _file_name(service: str) -> str:
    return f"{service}-{botocore.__version__}.json"


def _size_and_time(path: Path) -> tuple[int, int]:
    """Of a model's file, whichever suffix it has; zeros if it is not there."""
    for suffix in (".json.gz", ".json"):
        try:
            status = os.stat(f"{path}{suffix}")
        except OSError:
            continue
        return status.st_size, status.st_mtime_ns
    return 0, 0
