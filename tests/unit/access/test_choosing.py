"""Which group a person means, where a name is that of several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from awswhitelist.access.choosing import MOST_CHOICES, MOST_QUESTIONS, Pick, choose, settle
from awswhitelist.calls import UNAVAILABLE, Answer, AnswerKind, PlainContext, Question
from awswhitelist.exceptions import AmbiguousGroupError, AmbiguousTargetError


def candidate(number: int, name: str = "db") -> dict[str, Any]:
    return {
        "id": f"sg-{number}",
        "name": name,
        "vpc_id": f"vpc-{number}",
        "why": "its name",
        "resource_type": "security_group",
    }


def ambiguity(count: int = 2) -> AmbiguousTargetError:
    return AmbiguousTargetError("db", candidates=[candidate(each) for each in range(count)])


class Person:
    """Gives these answers, the last of them for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.questions: list[Question] = []

    @property
    def context(self) -> PlainContext:
        return PlainContext("ours", answer=self._answer)

    def _answer(self, question: Question) -> Answer:
        self.questions.append(question)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def chosen(*values: str) -> Iterable[Answer]:
    return (Answer(AnswerKind.ACCEPTED, value) for value in values)


def test_the_choice_of_a_person_is_taken() -> None:
    assert choose(ambiguity(), Person(*chosen("sg-1")).context) == "sg-1"


def test_ids_come_before_the_texts_of_aws() -> None:
    person = Person(*chosen("sg-1"))
    choose(ambiguity(), person.context)
    (question,) = person.questions
    assert question.key == "target"
    assert [each.value for each in question.choices] == ["none", "sg-0", "sg-1"]
    assert question.choices[1].label == "sg-0 in vpc-0; name (text from AWS): db"


def test_a_group_outside_of_networks_has_none_in_its_label() -> None:
    person = Person(*chosen("sg-0"))
    classic = candidate(0) | {"vpc_id": None}
    choose(AmbiguousTargetError("db", candidates=[classic]), person.context)
    assert person.questions[0].choices[1].label == "sg-0; name (text from AWS): db"


def test_where_nobody_can_be_asked_the_candidates_are_told() -> None:
    with pytest.raises(AmbiguousTargetError) as caught:
        choose(ambiguity(), Person(UNAVAILABLE).context)
    assert caught.value.remedy == AmbiguousTargetError.remedy
    assert len(caught.value.details["candidates"]) == 2


NO = [Answer(AnswerKind.DECLINED), Answer(AnswerKind.ACCEPTED, "none")]


@pytest.mark.parametrize("answer", NO)
def test_a_person_who_wants_none_of_them_is_obeyed(answer: Answer) -> None:
    with pytest.raises(AmbiguousTargetError) as caught:
        choose(ambiguity(), Person(answer).context)
    assert caught.value.remedy.startswith("Nothing was done")


def test_what_is_no_candidate_any_more_is_asked_again() -> None:
    person = Person(*chosen("sg-9", "sg-0"))
    assert choose(ambiguity(), person.context) == "sg-0"
    assert len(person.questions) == 2


def test_nobody_is_asked_for_ever() -> None:
    person = Person(*chosen("sg-9"))
    with pytest.raises(AmbiguousTargetError):
        choose(ambiguity(), person.context)
    assert len(person.questions) == MOST_QUESTIONS


def test_a_long_list_is_no_question() -> None:
    person = Person(*chosen("sg-1"))
    with pytest.raises(AmbiguousTargetError):
        choose(ambiguity(MOST_CHOICES + 1), person.context)
    assert person.questions == []


def settled(person: Person, *troubles: Exception) -> tuple[Pick, list[Pick]]:
    """What is located after these troubles, and every pick on the way."""
    picks: list[Pick] = []
    waiting = list(troubles)

    def locate(pick: Pick) -> Pick:
        picks.append(pick)
        if waiting:
            raise waiting.pop(0)
        return pick

    return settle(locate, person.context), picks


def test_the_resource_is_chosen_first_and_then_its_group() -> None:
    groups = AmbiguousGroupError("The instance", candidates=[candidate(7), candidate(8)])
    person = Person(*chosen("sg-1", "sg-8"))
    found, picks = settled(person, ambiguity(), groups)
    assert found == Pick("sg-1", "sg-8")
    assert picks == [Pick(), Pick("sg-1"), found]
    assert [each.key for each in person.questions] == ["target", "group"]


def test_what_stays_ambiguous_is_not_asked_for_ever() -> None:
    person = Person(*chosen("sg-1"))
    found, picks = settled(person, *[ambiguity()] * MOST_QUESTIONS)
    assert (found, len(picks)) == (Pick("sg-1"), MOST_QUESTIONS + 1)
    with pytest.raises(AmbiguousTargetError):
        settled(person, *[ambiguity()] * (MOST_QUESTIONS + 1))


def test_resources_are_told_apart_by_kind() -> None:
    database = candidate(0) | {"resource_type": "rds", "kind": "DB instance", "vpc_id": None}
    person = Person(*chosen("sg-0"))
    choose(AmbiguousTargetError("db", candidates=[database, candidate(1)]), person.context)
    (question,) = person.questions
    assert question.message.startswith("Which resource is meant?")
    assert question.choices[1].label == "sg-0, DB instance; name (text from AWS): db"
