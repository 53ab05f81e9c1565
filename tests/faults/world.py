"""One security group on a moto server, seen from three sides: through the program, which must go
through the proxy; by a stranger's hand; and by a look at what really stands there.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awswhitelist.constants import MANAGED_VALUE, TAG_EXPIRES_AT, TAG_MANAGED
from tests.faults.proxy import Address, FaultProxy
from tests.faults.rows import Row, Stands

REGION = "eu-west-1"
SOURCE, PORT = "198.51.100.7/32", 5432
OTHERS: Mapping[str, int] = {"198.51.100.8/32": 5432, "203.0.113.50/32": 22}
"""What stands in the group beside: a rule of ours, and a colleague's."""

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
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group = self.ec2.create_security_group(
            GroupName=f"faults-{next(_names)}", Description="For tests of faults", VpcId=vpc
        )
        self.group_id = str(group["GroupId"])

    # -- a stranger's hands -----------------------------------------------------------------------

    def let_in(self, source: str = SOURCE, port: int = PORT) -> None:
        permission = {
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            "IpRanges": [{"CidrIp": source, "Description": "a stranger's"}],
        }
        self.ec2.authorize_security_group_ingress(GroupId=self.group_id, IpPermissions=[permission])

    def lock_out(self) -> None:
        self.ec2.revoke_security_group_ingress(
            GroupId=self.group_id, SecurityGroupRuleIds=list(self._same(self.rules()))
        )

    def new_keys(self) -> None:
        self.credentials.write_text(KEYS.format(NEW_KEY))

    # -- what stands ------------------------------------------------------------------------------

    def rules(self) -> Rules:
        """Every ingress rule of the group by its id, as moto itself has it."""
        told = self.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [self.group_id]}]
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
        if rule_id not in was:
            return Stands.OURS
        is_same_end = rule["tags"][TAG_EXPIRES_AT] == was[rule_id]["tags"][TAG_EXPIRES_AT]
        return Stands.AS_BEFORE if is_same_end else Stands.LONGER

    def beside(self, rules: Rules) -> Rules:
        """The rules that no call is about."""
        return {rule_id: rules[rule_id] for rule_id in rules.keys() - self._same(rules).keys()}

    def _same(self, rules: Rules) -> Rules:
        return {
            rule_id: rule
            for rule_id, rule in rules.items()
            if (rule["source"], rule["port"]) == (SOURCE, PORT)
        }

    # -- the program ------------------------------------------------------------------------------

    def prepare(self, row: Row, call: Call) -> None:
        """Bring about what a row starts from, with nothing going wrong; then arm the proxy."""
        ours, theirs = OTHERS.items()
        self.let_in(*theirs)
        begun = [call("whitelist", self._grant("1h", *ours))]
        if row.starts_with_rule:
            begun.append(call("whitelist", self._grant("1h")))
        assert [each.says for each in begun] == ["added"] * len(begun), begun
        self.audit.unlink()
        self.proxy.arm(row.strikes)

    def arguments(self, row: Row) -> dict[str, Any]:
        """What the call of a row is made with."""
        if row.operation == "revoke":
            return {"target": self.group_id, "source": SOURCE, "port": PORT}
        return self._grant("4h" if row.operation == "extend" else "1h")

    def receipts(self) -> list[str]:
        """The statuses in the audit log, in order; it is there only where there was an intent."""
        lines = self.audit.read_text().splitlines() if self.audit.exists() else []
        entries = [json.loads(line) for line in lines]
        return [entry["status"] for entry in entries if entry["event"] == "receipt"]

    def _grant(self, time: str, source: str = SOURCE, port: int = PORT) -> dict[str, Any]:
        return {"target": self.group_id, "source": source, "port": port, "expires_in": time}
