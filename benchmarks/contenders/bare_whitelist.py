"""The least that a warm `whitelist` can be: the same calls of AWS, the same records, nothing else.

Both reads side by side, the call counted in a file, the intent on the disk before the write, what
came of it after that, each line under a lock and with a MAC. Nothing is checked, planned, judged,
redacted or explained.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.session import Session


class _Log:
    """Lines that are appended one by one."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        self._key = secrets.token_bytes(32)

    def append(self, record: Mapping[str, Any], *, durable: bool = False) -> None:
        """Write a record, and wait for the disk if it is to be durable."""
        body = json.dumps(record).encode()
        mac = hmac.digest(self._key, body, "sha256").hex().encode()
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            os.write(self._file, b'%b,"mac":"%b"}\n' % (body[:-1], mac))
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        if durable:
            os.fsync(self._file)


class BareWhitelist:
    """Adds rules for TCP port 22 to one group."""

    def __init__(self, session: Session, group_id: str, directory: Path) -> None:
        self._ec2: Any = session.create_client("ec2")
        self._group_id = group_id
        self._threads = ThreadPoolExecutor(1)
        self._audit, self._rates = _Log(directory / "bare.jsonl"), _Log(directory / "rates.jsonl")

    def add(self, cidr: str) -> str:
        """Let an address in. What AWS said, as JSON; RuntimeError where it is let in already."""
        group = self._threads.submit(self._ec2.describe_security_groups, GroupIds=[self._group_id])
        ours = [{"Name": "group-id", "Values": [self._group_id]}]
        rules = self._ec2.describe_security_group_rules(Filters=ours)["SecurityGroupRules"]
        name = group.result()["SecurityGroups"][0]["GroupName"]
        if any(rule.get("CidrIpv4") == cidr for rule in rules):
            raise RuntimeError(f"{cidr} is there already")
        number = secrets.token_hex(16)
        source = {"CidrIp": cidr, "Description": f"added by bench, {number}"}
        permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [source]}
        tags = [{"Key": "awswhitelist:change", "Value": number}]
        call = {"id": number, "time": time.time(), "group": self._group_id, "name": name}
        self._rates.append({"time": time.time(), "changes": 1})
        self._audit.append({**call, "event": "intent", "permission": permission}, durable=True)
        answer = self._ec2.authorize_security_group_ingress(
            GroupId=self._group_id,
            IpPermissions=[permission],
            TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": tags}],
        )
        made = answer["SecurityGroupRules"][0]
        self._audit.append({**call, "event": "receipt", "rule": made})
        self._audit.append({**call, "event": "outcome", "outcome": "done"})
        return json.dumps({"status": "added", "rule": made})
