"""Each operation gives each of its statuses: one little scene for every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from awswhitelist.application import Surroundings
from awswhitelist.calls import Answer, AnswerKind
from awswhitelist.sandbox.answers import Refusal, refused
from tests.unit.test_codes import STATUSES

Json = dict[str, Any]

HOST: Json = {"target": "prod-bastion", "source": "203.0.113.7", "port": 22}
NEXT: Json = {**HOST, "source": "203.0.113.8"}
MOVE: Json = {**NEXT, "replace_previous": True}
TEAM: Json = {**HOST, "source": "203.0.113.0/28"}
IN_OFFICE: Json = {**HOST, "source": "198.51.100.9"}
OFFICE = "198.51.100.0/24"
NO = Answer(AnswerKind.DECLINED)
WRITES = ("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "CreateTags")


class Stage:
    """A desk, and an AWS that does what a scene wants of it."""

    def __init__(self, tricked_desk: Callable[..., Any]) -> None:
        """Nobody waits here, and calls go one after the other."""
        tricks = {f"ec2.{write}": self._write for write in WRITES}
        tricks |= {
            "ec2.DescribeSecurityGroupRules": self._look,
            "sts.GetCallerIdentity": self._identify,
        }
        around = Surroundings("tester", {}, sleep=lambda seconds: None)
        self.desk = tricked_desk(tricks, around, server={"workers": 1})
        self.hides_writes = self.loses_writes = self.is_down = False
        self.refused_write = 0
        self._writes = 0

    def _write(self) -> Any:
        self._writes += 1
        if self.loses_writes:
            raise ReadTimeoutError(endpoint_url="https://ec2.example")
        if self._writes == self.refused_write:
            return refused(Refusal("UnauthorizedOperation", "No."))
        return None

    def _look(self) -> Any:
        if self.hides_writes and self._writes:
            return refused(Refusal("UnauthorizedOperation", "No."))
        return None

    def _identify(self) -> Any:
        return refused(Refusal("InvalidClientTokenId", "No.")) if self.is_down else None

    def do(self, name: str, *answer: Answer, **arguments: Any) -> Json:
        return dict(self.desk.do(name, *answer, **arguments))

    def after(self, *wishes: Json) -> Stage:
        """Once these have been granted."""
        for wish in wishes:
            self.do("whitelist", **wish)
        self._writes = 0
        return self

    def unseen(self, *wishes: Json) -> Stage:
        """Once these have been granted; what is written from now on is not shown."""
        self.after(*wishes)
        self.hides_writes = True
        return self

    def overdue(self) -> Stage:
        """Once a rule has outlived its end."""
        rule_id = self.do("whitelist", **HOST)["rules"][0]["rule_id"]
        past = [{"Key": "awswhitelist:expires-at", "Value": "2020-01-01T00:00:00Z"}]
        self.desk.ec2.create_tags(Resources=[rule_id], Tags=past)
        self._writes = 0
        return self

    def rule_id(self, source: str) -> str:
        items = self.do("list_rules", target="prod-bastion")["items"]
        return next(str(each["rule_id"]) for each in items if each.get("cidr") == source)

    def bulk(self, *entries: Json, says: tuple[Answer, ...] = (), **more: Any) -> Json:
        return self.do("whitelist_bulk", *says, entries=list(entries), **more)

    def undo(self, told: Json, *answer: Answer, **more: Any) -> Json:
        return self.do("undo", *answer, **told["undo"]["arguments"], **more)


Scene = Callable[[Stage], Json]

IVO: Json = {**HOST, "owner": "ivo"}
LATER: Json = {**HOST, "expires_in": "6d"}

WHITELIST: dict[str, Scene] = {
    "added": lambda s: s.do("whitelist", **HOST),
    "already_allowed": lambda s: s.after(HOST).do("whitelist", **HOST),
    "covered": lambda s: s.do("whitelist", **IN_OFFICE),
    "extended": lambda s: s.after(HOST).do("whitelist", **LATER),
    "moved": lambda s: s.after(HOST).do("whitelist", **MOVE),
    "revoked": lambda s: s.after(HOST, NEXT).do("whitelist", **MOVE),
    "released": lambda s: s.after(IVO, HOST).do("whitelist", **MOVE),
    "unverified": lambda s: s.unseen(HOST).do("whitelist", **LATER),
    "planned": lambda s: s.do("whitelist", **HOST, dry_run=True),
    "approval_required": lambda s: s.do("whitelist", **TEAM),
    "declined": lambda s: s.do("whitelist", NO, **TEAM),
}


def atomic(stage: Stage) -> Json:
    """Three groups; AWS refuses the second."""
    stage.refused_write = 2
    targets = ("prod-bastion", "staging-app", "staging-db")
    return stage.do(
        "whitelist_bulk", targets=list(targets), sources=["203.0.113.7"], ports=[22], atomic=True
    )


def lost(stage: Stage) -> Json:
    """No answer to the write, and no look afterwards."""
    stage.loses_writes = True
    return stage.unseen().bulk(HOST)


BULK: dict[str, Scene] = {
    "added": lambda s: s.bulk(HOST, NEXT),
    "already_allowed": lambda s: s.bulk(HOST, HOST),
    "covered": lambda s: s.bulk(HOST, IN_OFFICE),
    "extended": lambda s: s.after(HOST).bulk(LATER),
    "moved": lambda s: s.after(HOST).bulk(MOVE),
    "revoked": lambda s: s.after(HOST, NEXT).bulk(MOVE),
    "released": lambda s: s.after(IVO, HOST).bulk(MOVE),
    "unverified": lambda s: s.unseen(HOST).bulk(LATER),
    "planned": lambda s: s.bulk(HOST, dry_run=True),
    "approval_required": lambda s: s.bulk(HOST, TEAM),
    "declined": lambda s: s.bulk(HOST, TEAM, says=(NO,)),
    "failed": atomic,
    "skipped": atomic,
    "rolled_back": atomic,
    "unknown": lost,
}

THAT: Json = {"target": "prod-bastion", "source": HOST["source"]}

REVOKE: dict[str, Scene] = {
    "revoked": lambda s: s.after(HOST).do("revoke", **THAT),
    "released": lambda s: s.after(HOST, IVO).do("revoke", owner="ivo"),
    "absent": lambda s: s.do("revoke", **THAT),
    "not_ours": lambda s: s.do("revoke", rule_ids=[s.rule_id(OFFICE)]),
    "not_picked": lambda s: s.after(HOST).do(
        "revoke", rule_ids=[s.rule_id("203.0.113.7/32")], source="203.0.113.8"
    ),
    "unverified": lambda s: s.unseen(HOST).do("revoke", **THAT),
    "planned": lambda s: s.after(HOST).do("revoke", **THAT, dry_run=True),
    "approval_required": lambda s: s.do(
        "revoke", rule_ids=[s.rule_id(OFFICE)], include_foreign=True
    ),
    "declined": lambda s: s.do("revoke", NO, rule_ids=[s.rule_id(OFFICE)], include_foreign=True),
}

SWEEP: dict[str, Scene] = {
    "revoked": lambda s: s.overdue().do("sweep_expired"),
    "absent": lambda s: s.after(HOST).do("sweep_expired"),
    "planned": lambda s: s.overdue().do("sweep_expired", dry_run=True),
    "unverified": lambda s: s.overdue().unseen().do("sweep_expired"),
}


def ended(stage: Stage) -> Json:
    """A rule is granted and revoked; the answer to the revoke."""
    return stage.after(HOST).do("revoke", **THAT)


def made_again(stage: Stage) -> Json:
    """The revoke is undone twice."""
    told = ended(stage)
    token = stage.undo(told)["approval"]["token"]
    stage.undo(told, approval=token)
    return stage.undo(told)


def gone(stage: Stage) -> Json:
    """What a call granted has been revoked since."""
    told = stage.do("whitelist", **HOST)
    stage.do("revoke", **THAT)
    return stage.undo(told)


def changed_since(stage: Stage) -> Json:
    """What a call granted has been extended since."""
    told = stage.do("whitelist", **HOST)
    return stage.after(LATER).undo(told)


def unseen_undo(stage: Stage) -> Json:
    told = stage.do("whitelist", **HOST)
    return stage.unseen().undo(told)


UNDO: dict[str, Scene] = {
    "revoked": lambda s: s.undo(s.do("whitelist", **HOST)),
    "restored": lambda s: s.undo(s.after(HOST).do("whitelist", **LATER)),
    "absent": gone,
    "already_allowed": made_again,
    "undo_conflict": changed_since,
    "unverified": unseen_undo,
    "planned": lambda s: s.undo(s.do("whitelist", **HOST), dry_run=True),
    "approval_required": lambda s: s.undo(ended(s)),
    "declined": lambda s: s.undo(ended(s), NO),
}


def down(stage: Stage) -> Json:
    stage.is_down = True
    return stage.do("health")


HEALTH: dict[str, Scene] = {
    "ok": lambda s: s.do("health"),
    "degraded": lambda s: s.overdue().do("health"),
    "down": down,
}

SCENES: Mapping[str, Mapping[str, Scene]] = {
    "whitelist": WHITELIST,
    "whitelist_bulk": BULK,
    "revoke": REVOKE,
    "sweep_expired": SWEEP,
    "undo": UNDO,
    "health": HEALTH,
}


def statuses(answer: Json) -> Iterator[str]:
    """Of the call, its rules, its entries and their rules."""
    if "status" in answer:
        yield answer["status"]
    for each in (*answer.get("rules", ()), *answer.get("items", ())):
        yield from statuses(each)


def test_there_is_a_scene_for_every_status_of_every_operation() -> None:
    assert {name: scenes.keys() for name, scenes in SCENES.items()} == STATUSES


@pytest.mark.parametrize(
    ("operation", "status"), [(name, each) for name in SCENES for each in SCENES[name]]
)
def test_the_operation_gives_the_status(tricked_desk: Any, operation: str, status: str) -> None:
    assert status in statuses(SCENES[operation][status](Stage(tricked_desk)))
