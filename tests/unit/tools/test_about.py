"""``capabilities`` and ``get_my_ip``: what the server says of itself and of its machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from awswhitelist import __version__
from awswhitelist.application import Surroundings, sandbox_cloud, tools_of
from awswhitelist.calls import PlainContext
from awswhitelist.config import Config, load_config
from awswhitelist.exceptions import PublicAddressError
from awswhitelist.network.public_ip import PublicAddresses, SourceProblem, SourceReport


def test_capabilities_tells_version_operations_and_policy(desk: Any) -> None:
    answer = desk.do("capabilities")
    assert answer["version"] == __version__
    assert answer["protocol_revisions"][0] == "2026-07-28"
    assert answer["operations"] == list(desk.specs)
    assert answer["resource_types"] == [
        "security_group",
        "instance",
        "network_interface",
        "rds",
        "elasticache",
        "load_balancer",
    ]
    assert answer["policy_kept_by"] == "the user of this process"
    assert answer["expiry_enforcers"] == []
    assert answer["limits"]["workers"] == 8
    assert all(sentence in desk.text for sentence in answer["policy"])


def test_capabilities_names_the_operators_file(make_desk: Any, tmp_path: Path) -> None:
    operators = tmp_path / "policy.json"
    operators.write_text(json.dumps({"read_only": True}))
    operators.chmod(0o600)
    state = tmp_path / "config.json"
    state.write_text(json.dumps({"state": {"directory": str(tmp_path / "state")}}))
    config = load_config(state, {}, operator_policy=operators)
    answer = ask("capabilities", config)
    assert answer["policy_kept_by"] == f"the operator: {operators}"
    assert answer["policy"][0] == "Nothing may be changed."


def test_capabilities_says_that_a_policy_cannot_be_read(make_desk: Any) -> None:
    answer = make_desk(policy={"max_ttl": "soon"}).do("capabilities")
    assert answer["policy_kept_by"].startswith("nobody: the policy cannot be read")


def test_get_my_ip_in_the_sandbox_asks_nobody(desk: Any) -> None:
    answer = desk.do("get_my_ip")
    assert answer["ipv4"] == "203.0.113.10"
    assert answer["agree"] is True
    assert "ipv6" not in answer and "warnings" not in answer
    assert answer["sources"] == [{"source": "sandbox", "version": 4, "address": "203.0.113.10"}]


def test_a_server_for_others_does_not_tell_its_own_address(make_desk: Any) -> None:
    error = make_desk(server={"remote": True}).refuse("get_my_ip")
    assert error["code"] == "me_is_the_server"


class Found:
    """An address finder with a canned answer."""

    def __init__(self, found: PublicAddresses | None) -> None:
        self._found = found

    def find(self) -> PublicAddresses:
        if self._found is None:
            raise PublicAddressError("Nobody told our address.")
        return self._found


def ask(
    name: str, config: Config, found: PublicAddresses | None = None, **arguments: Any
) -> dict[str, Any]:
    cloud = sandbox_cloud(config)._replace(addresses=Found(found))
    specs = {spec.name: spec for spec in tools_of(cloud, config, Surroundings("tester", {}))}
    return specs[name].call(arguments, PlainContext("ours-1")).structured


BOTH = PublicAddresses(
    ipv4=IPv4Address("8.8.8.8"),
    ipv6=IPv6Address("2600::7"),
    sources=(
        SourceReport("one.example", 4, address=IPv4Address("8.8.8.8")),
        SourceReport("two.example", 6, problem=SourceProblem.TOO_SLOW),
    ),
    agree=False,
)


def test_sources_that_disagree_are_shown_and_warned_of(configured: Callable[..., Config]) -> None:
    answer = ask("get_my_ip", configured(), BOTH)
    assert (answer["ipv4"], answer["ipv6"], answer["agree"]) == ("8.8.8.8", "2600::7", False)
    assert "8.8.8.8 and 2600::7" in answer["summary"]
    assert answer["warnings"][0]["code"] == "sources_disagree"
    assert answer["sources"][1] == {
        "source": "two.example",
        "version": 6,
        "problem": SourceProblem.TOO_SLOW.value,
    }


def test_me_is_the_ipv4_address_where_there_are_both(configured: Callable[..., Config]) -> None:
    answer = ask("whitelist", configured(), BOTH, target="prod-db", port=22)
    assert answer["rules"][0]["cidr"] == "8.8.8.8/32"


def test_me_is_the_ipv6_address_where_there_is_no_other(configured: Callable[..., Config]) -> None:
    answer = ask("whitelist", configured(), BOTH._replace(ipv4=None), target="prod-db", port=22)
    assert answer["rules"][0]["cidr"] == "2600::7/128"
