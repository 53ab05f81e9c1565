"""The pipeline on the sandbox, with an ear on every AWS call and a hand in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from awswhitelist.access.approval.approvals import Approvals
from awswhitelist.access.audit.log import AuditLog
from awswhitelist.access.approval.confirmations import Confirmations
from awswhitelist.access.executor import Executor, Shaping
from awswhitelist.access.intents import AllowIntent, Order, RevokeIntent, Selector
from awswhitelist.access.outcomes import Outcome
from awswhitelist.access.pipeline import AccessPipeline
from awswhitelist.access.planning import Planning
from awswhitelist.access.policy import is_visible
from awswhitelist.access.rates import RateLimits
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.config import DefaultsConfig
from awswhitelist.models import Grant, IpProtocol
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.redaction import redact
from awswhitelist.resources.factory import ResourceHandlerFactory
from awswhitelist.sandbox import Sandbox


class Wiretap:
    """Hears every call before it is made, and lets tests act at that moment.

    ``do`` holds, by operation, what to do before its next calls, in order; ``lose`` counts the
    answers of an operation that get lost on the way back.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.dry_runs: list[str] = []
        self.do: dict[str, list[Callable[[], object]]] = {}
        self.lose: dict[str, list[Exception]] = {}

    def listen(self, session: Session) -> Session:
        events = session.get_component("event_emitter")
        events.register("provide-client-params", self._before)
        events.register("after-call", self._after)
        return session

    def _before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.heard.append(model.name)
        if params.get("DryRun"):
            self.dry_runs.append(model.name)
        waiting = self.do.get(model.name)
        if waiting:
            waiting.pop(0)()

    def _after(self, model: Any, **_: Any) -> None:
        waiting = self.lose.get(model.name)
        if waiting:
            raise waiting.pop(0)


class World:
    """One sandbox seen from both sides: through the pipeline, and by somebody else's hand."""

    def __init__(
        self, factory: AwsClientFactory, tap: Wiretap, strangers_ec2: Any, folder: Path
    ) -> None:
        self.ec2 = strangers_ec2
        self.tap = tap
        self.folder = folder
        self.now = 1_700_000_000.0
        self.slept: list[float] = []
        self.changed: list[str] = []
        self.in_a_pause: list[Callable[[], object]] = []
        self._factory = factory
        self._ids = iter(f"00000000-{number:04d}" for number in range(1000))
        tap.heard.clear()
        tap.dry_runs.clear()
        tap.do.clear()
        tap.lose.clear()

    @property
    def audit_path(self) -> Path:
        return self.folder / "audit" / "audit.jsonl"

    def pipeline(
        self,
        *,
        state: Path | None = None,
        principal: str = "alice",
        policy_error: str | None = None,
        afterwards: Callable[[Order, Outcome], None] = lambda _order, _outcome: None,
        **policy: Any,
    ) -> AccessPipeline:
        """A pipeline as the application wires it, under this policy."""
        in_force = PolicyConfig.model_validate(policy)
        directory = state or self.folder / "state"
        gateway = AwsGateway(
            self._factory,
            RetryPolicy(attempts=3, sleep=self.slept.append, draw=lambda _low, _high: 0.0),
            default_profile=None,
            default_region=lambda _profile: Sandbox.region,
        )
        handlers = ResourceHandlerFactory(lambda group: is_visible(group, in_force))
        return AccessPipeline(
            gateway,
            Planning(handlers, in_force, DefaultsConfig(port=443), {"ssh": 22}),
            in_force,
            Approvals(StateDirectory(directory, now=lambda: self.now), now=lambda: self.now),
            AuditLog(
                self.audit_path,
                max_bytes=1_000_000,
                now=lambda: datetime.fromtimestamp(self.now, UTC),
                stamp={"principal": principal},
                redact=redact,
                sign=StateDirectory(directory, now=lambda: self.now).sign,
            ),
            Executor(
                Shaping("{reason} ({owner})", in_force.max_total_ttl),
                sleep=self.slept.append,
                new_change_id=lambda: next(self._ids),
            ),
            RateLimits(
                self.folder / "rates",
                calls_per_minute=1000,
                changes_per_hour=1000,
                now=lambda: self.now,
            ),
            principal=principal,
            policy_error=policy_error,
            on_change=lambda _scope, group_id: self.changed.append(group_id),
            afterwards=afterwards,
            pause=self.pause,
        )

    def confirmations(self) -> Confirmations:
        """The terminal of the user whom the pipeline runs as."""
        state = StateDirectory(self.folder / "state", now=lambda: self.now)
        return Confirmations(state, now=lambda: self.now)

    def pause(self) -> None:
        """What happens, at most once each, before a second look; else nothing but time."""
        self.slept.append(0.5)
        if self.in_a_pause:
            self.in_a_pause.pop(0)()

    def allow(
        self,
        *sources: str,
        target: str | None = None,
        port: int = 5000,
        hours: int | None = 2,
        owner: str = "alice",
        **order: Any,
    ) -> Order:
        """An order to let sources (by default one host) into prod-cache."""
        intent = AllowIntent(
            target=target or self.group("prod-cache"),
            sources=sources or ("8.8.8.8/32",),
            protocol=IpProtocol.TCP,
            ports=(port, port),
            grant=Grant(owner=owner, lifetime=None if hours is None else timedelta(hours=hours)),
        )
        arguments = {"sources": list(sources), "port": port, "hours": hours}
        return Order(operation="whitelist", intent=intent, arguments=arguments, **order)

    def revoke(
        self,
        *rule_ids: str,
        target: str | None = None,
        include_foreign: bool = False,
        owner: str | None = None,
        **order: Any,
    ) -> Order:
        intent = RevokeIntent(
            target=target,
            rule_ids=rule_ids,
            selector=Selector(owner=owner),
            include_foreign=include_foreign,
        )
        arguments = {"rule_ids": list(rule_ids), "owner": owner}
        return Order(operation="revoke", intent=intent, arguments=arguments, **order)

    def group(self, name: str = "prod-cache") -> str:
        filters = [{"Name": "group-name", "Values": [name]}]
        return str(
            self.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
        )

    def rules(self, group: str = "prod-cache") -> dict[str, dict[str, Any]]:
        """The ingress rules of a group by their ids, as AWS tells them."""
        filters = [{"Name": "group-id", "Values": [self.group(group)]}]
        told = self.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        return {rule["SecurityGroupRuleId"]: rule for rule in told if not rule["IsEgress"]}

    def let_in(self, source: str = "8.8.8.8/32", port: int = 5000, text: str = "theirs") -> str:
        """A stranger adds a rule to prod-cache; its id."""
        permission = {
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            "IpRanges": [{"CidrIp": source, "Description": text}],
        }
        answer = self.ec2.authorize_security_group_ingress(
            GroupId=self.group(), IpPermissions=[permission]
        )
        return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def remove(self, *rule_ids: str, group: str = "prod-cache") -> None:
        """A stranger removes rules."""
        self.ec2.revoke_security_group_ingress(
            GroupId=self.group(group), SecurityGroupRuleIds=list(rule_ids)
        )

    def redescribe(self, rule_id: str, text: str) -> None:
        """A stranger describes a rule anew."""
        described = [{"SecurityGroupRuleId": rule_id, "Description": text}]
        self.ec2.update_security_group_rule_descriptions_ingress(
            GroupId=self.group(), SecurityGroupRuleDescriptions=described
        )

    def audited(self) -> list[dict[str, Any]]:
        if not self.audit_path.is_file():
            return []
        return [json.loads(line) for line in self.audit_path.read_text().splitlines()]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One for all of these tests: each puts the rules back as they were."""
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture(scope="session")
def tap() -> Wiretap:
    return Wiretap()


@pytest.fixture(scope="session")
def tapped(sandbox: Sandbox, tap: Wiretap) -> AwsClientFactory:
    return AwsClientFactory(lambda profile: tap.listen(sandbox.new_session(profile)))


@pytest.fixture(scope="session")
def strangers_ec2(sandbox: Sandbox) -> Any:
    return sandbox.new_session(None).create_client("ec2", region_name=sandbox.region)


@pytest.fixture
def world(
    tapped: AwsClientFactory, tap: Wiretap, strangers_ec2: Any, tmp_path: Path
) -> Iterator[Any]:
    """A :class:`World`; tests name its type as Any, for a conftest cannot be imported."""
    made = World(tapped, tap, strangers_ec2, tmp_path)
    before = made.rules()
    yield made
    left = [rule_id for rule_id in made.rules() if rule_id not in before]
    if left:
        made.remove(*left)
