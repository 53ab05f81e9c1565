"""Which of several things a person means: nothing is ever guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from awswhitelist.calls import AnswerKind, CallContext, Choice, Question
from awswhitelist.exceptions import AmbiguousGroupError, AmbiguousTargetError
from awswhitelist.models import ResourceType

TARGET = "target"
GROUP = "group"
"""The keys of the two questions: which resource, and which of its security groups."""

NONE_OF_THESE = Choice("none", "None of these: do nothing")

MOST_CHOICES = 20
"""A longer list is no question for a person; the error shows it."""

MOST_QUESTIONS = 3
"""How often one run of a call asks again because AWS changed while a person was thinking."""

Ambiguity = AmbiguousTargetError | AmbiguousGroupError
T = TypeVar("T")


class Pick(NamedTuple):
    """What a person has chosen so far: the resource, and its security group."""

    target: str | None = None
    group_id: str | None = None


def settle(locate: Callable[[Pick], T], ctx: CallContext) -> T:
    """What ``locate`` finds, with a person choosing wherever it finds several.

    Raises what ``locate`` raises; its ambiguity too, where nobody can be asked or none is meant.
    """
    pick = Pick()
    for _ in range(MOST_QUESTIONS):
        try:
            return locate(pick)
        except AmbiguousTargetError as ambiguity:
            pick = Pick(target=choose(ambiguity, ctx))
        except AmbiguousGroupError as ambiguity:
            pick = pick._replace(group_id=choose(ambiguity, ctx, GROUP))
    return locate(pick)


def choose(ambiguity: Ambiguity, ctx: CallContext, key: str = TARGET) -> str:
    """The id of the candidate that a person says is meant.

    Raises ``ambiguity`` where nobody can be asked, or where the person wants none of them.
    """
    candidates = ambiguity.details["candidates"]
    if len(candidates) > MOST_CHOICES:
        raise ambiguity
    ids = {each["id"] for each in candidates}
    for _ in range(MOST_QUESTIONS):
        answer = ctx.ask(which(key, ambiguity.summary, candidates))
        if answer.kind is AnswerKind.UNAVAILABLE:
            raise ambiguity
        if answer.kind is AnswerKind.DECLINED or answer.value == NONE_OF_THESE.value:
            break
        if answer.value in ids:
            return answer.value
    ambiguity.remedy = f"Nothing was done, because none of them was chosen. {ambiguity.remedy}"
    raise ambiguity


def which(key: str, summary: str, candidates: Sequence[Mapping[str, Any]]) -> Question:
    """The question; in the labels the ids come first, then AWS's texts, which are printable."""
    asked = "security group" if key == GROUP or _are_groups(candidates) else "resource"
    message = f"Which {asked} is meant? {summary}"
    return Question(key, message, (NONE_OF_THESE, *map(_choice, candidates)))


def _are_groups(candidates: Sequence[Mapping[str, Any]]) -> bool:
    return all(each["resource_type"] == ResourceType.SECURITY_GROUP for each in candidates)


def _choice(candidate: Mapping[str, Any]) -> Choice:
    kind = "" if _are_groups([candidate]) else f", {candidate['kind']}"
    place = f" in {candidate['vpc_id']}" if candidate["vpc_id"] else ""
    label = f"{candidate['id']}{kind}{place}; name (text from AWS): {candidate['name']}"
    return Choice(candidate["id"], label)
