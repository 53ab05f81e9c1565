"""One security group on a moto server, seen from three sides: through the program, which must go
through the proxy; by a stranger's hand; and by a look at what really stands there.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awswhitelist.constants import MANAGED_VALUE, TAG_EXPIRES_AT, TAG_MANAGED
from tests.faults.kinds import Stands
from tests.faults.proxy import Address, FaultProxy, Strike

REGION = "eu-west-1"
SOURCE, PORT = "198.51.100.7/32", 5432
EARLIER = "198.51.100.6/32"
"""Where the rule under test is for, and where for before it is moved."""

OURS, THEIRS = ("198.51.100.8/32", 5432), ("203.0.113.50/32", 22)
"""What stands in the group beside: a rule of ours of another owner, and a stranger's."""

LONG_AGO = "2020-01-01T00:00:00Z"

KEYS = "[default]\naws_access_key_id = {}\naws_secret_access_key = secret\n"
OLD_KEY, NEW_KEY = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"

Rules = Mapping[str, Mapping[str, Any]]
Call = Callable[[str, dict[str, Any]], "Told"]
_names = itertools.count(1)


@dataclass(frozen=True)
class Told:
    """What the caller of an operation got: a result, or the object of an error."""

    content: Mapping[str, Any]
    is_error: bool

    @property
    def says(self) -> str:
        return str(self.content["code" if self.is_error else "status"])

    @property
    def retryable(self) -> bool | None:
        return self.content["retryable"] if self.is_error else None

    @property
    def rule_ids(self) -> set[str]:
        return {each["rule_id"] for each in self.content.get("rules", ())}


class World:
    """The hands of a stranger, and eyes that no fault can deceive."""

    def __init__(self, moto: Address, ec2: Any, folder: Path) -> None:
        """``ec2`` is a client that goes straight to moto."""
        self.ec2 = ec2
        self.credentials = folder / "credentials"
        self.credentials.write_text(KEYS.format(OLD_KEY))
        self.audit = folder / "state" / "audit.jsonl"
        self.proxy = FaultProxy(moto, self)
        self.vpc_id = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.group_id = self.new_group()
        self._operation = ""
        self._arguments: dict[str, Any] = {}
        self._audited_before = 0

    def new_group(self) -> str:
        """The id of one more security group."""
        group = self.ec2.create_security_group(
            GroupName=f"faults-{next(_names)}", Description="For tests of faults", VpcId=self.vpc_id
        )
        return str(group["GroupId"])

    # -- a stranger's hands -----------------------------------------------------------------------

    def let_in(self, source: str = SOURCE, port: int = PORT, group_id: str = "") -> None:
        permission = {
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            "IpRanges": [{"CidrIp": source, "Description": "a stranger's"}],
        }
        self.ec2.authorize_security_group_ingress(
            GroupId=group_id or self.group_id, IpPermissions=[permission]
        )

    def lock_out(self) -> None:
        self.ec2.revoke_security_group_ingress(
            GroupId=self.group_id, SecurityGroupRuleIds=list(self._same(self.rules()))
        )

    def end_long_ago(self) -> None:
        """Write another end onto the rule under test: one that is past."""
        self.ec2.create_tags(
            Resources=list(self._same(self.rules())),
            Tags=[{"Key": TAG_EXPIRES_AT, "Value": LONG_AGO}],
        )

    def new_keys(self) -> None:
        self.credentials.write_text(KEYS.format(NEW_KEY))

    # -- what stands ------------------------------------------------------------------------------

    def rules(self, group_id: str = "") -> Rules:
        """Every ingress rule of a group by its id, as moto itself has it."""
        told = self.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group_id or self.group_id]}]
        )["SecurityGroupRules"]
        return {
            rule["SecurityGroupRuleId"]: {
                "source": rule["CidrIpv4"],
                "port": rule["FromPort"],
                "description": rule.get("Description"),
                "tags": {tag["Key"]: tag["Value"] for tag in rule["Tags"]},
            }
            for rule in told
            if not rule["IsEgress"]
        }

    def stands(self, before: Rules) -> Stands:
        """What has become of the rule under test, of which there must never be two."""
        now, was = self._same(self.rules()), self._same(before)
        assert len(now) <= 1, f"a double: {now}"
        if not now:
            return Stands.GONE if was else Stands.NOTHING
        ((rule_id, rule),) = now.items()
        if rule["tags"].get(TAG_MANAGED) != MANAGED_VALUE:
            return Stands.THEIRS
        return _compared(rule, was[rule_id]) if rule_id in was else Stands.OURS

    def beside(self, rules: Rules) -> Rules:
        """The rules that no call is about."""
        return {rule_id: rules[rule_id] for rule_id in rules.keys() - self._same(rules).keys()}

    def _same(self, rules: Rules) -> Rules:
        return {
            rule_id: rule
            for rule_id, rule in rules.items()
            if rule["source"] in (SOURCE, EARLIER) and rule["port"] == PORT
        }

    # -- the program ------------------------------------------------------------------------------

    def prepare(self, operation: str, strikes: Sequence[Strike], call: Call) -> None:
        """Bring about what a call starts from, with nothing going wrong; then arm the proxy."""
        self.let_in(*THEIRS)
        ours = call("whitelist", self._grant("1h", *OURS) | {"owner": "bob"})
        assert ours.says == "added", ours
        self._operation, self._arguments = self._begun(operation, call)
        self.arm(strikes)

    def arm(self, strikes: Sequence[Strike]) -> None:
        """From now on things go wrong, and what is audited counts."""
        self._audited_before = self.audit.stat().st_size if self.audit.exists() else 0
        self.proxy.arm(strikes)

    def go(self, call: Call, **more: Any) -> Told:
        """Make the call that was prepared."""
        return call(self._operation, self._arguments | more)

    def _begun(self, operation: str, call: Call) -> tuple[str, dict[str, Any]]:
        """Do what goes before a call; the operation and the arguments to call."""
        moved, why = {"replace_previous": True}, {"reason": "dropped when it moves"}
        match operation:
            case "whitelist":
                return "whitelist", self._grant("1h")
            case "extend":
                _well(call("whitelist", self._grant("1h")))
                return "whitelist", self._grant("4h")
            case "revoke":
                _well(call("whitelist", self._grant("1h")))
                return "revoke", {"target": self.group_id, "source": SOURCE, "port": PORT}
            case "move":
                _well(call("whitelist", self._grant("1h", EARLIER) | why))
                return "whitelist", self._grant("4h") | moved
            case "move, to end sooner":
                _well(call("whitelist", self._grant("4h", EARLIER) | why))
                return "whitelist", self._grant("1h") | moved
            case "sweep_expired":
                _well(call("whitelist", self._grant("1h")))
                self.end_long_ago()
                return "sweep_expired", {"target": self.group_id}
            case _:
                undone = self._begun(operation.removeprefix("undo of "), call)
                return self._undo(_well(call(*undone)), call)

    def _undo(self, told: Told, call: Call) -> tuple[str, dict[str, Any]]:
        """The call that takes another back; approved beforehand, where it needs that."""
        undo = told.content["undo"]
        first = call(undo["operation"], undo["arguments"] | {"dry_run": True})
        if "reasons" not in first.content:
            return undo["operation"], undo["arguments"]
        asked = call(undo["operation"], undo["arguments"])
        token = asked.content["approval"]["token"]
        return undo["operation"], undo["arguments"] | {"approval": token}

    @property
    def prepared(self) -> tuple[str, dict[str, Any]]:
        """The operation and the arguments of the call that was prepared."""
        return self._operation, dict(self._arguments)

    def audited(self) -> list[dict[str, Any]]:
        """What the audit log says of the call that was prepared."""
        with self.audit.open() as log:
            log.seek(self._audited_before)
            return [json.loads(line) for line in log]

    def receipts(self) -> list[str]:
        """The statuses in the audit log, in order."""
        return [entry["status"] for entry in self.audited() if entry["event"] == "receipt"]

    def _grant(self, time: str, source: str = SOURCE, port: int = PORT) -> dict[str, Any]:
        return {"target": self.group_id, "source": source, "port": port, "expires_in": time}


def _well(told: Told) -> Told:
    """A call in which nothing went wrong."""
    assert not told.is_error, told
    return told


def _compared(rule: Mapping[str, Any], before: Mapping[str, Any]) -> Stands:
    """What has become of a rule of ours that was there before."""
    end, end_before = rule["tags"][TAG_EXPIRES_AT], before["tags"][TAG_EXPIRES_AT]
    if rule["source"] != before["source"]:
        return Stands.HALF_MOVED if end == end_before else Stands.MOVED
    if end == end_before:
        return Stands.AS_BEFORE
    return Stands.LONGER if end > end_before else Stands.SHORTER
