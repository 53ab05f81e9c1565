"""Changes that need approval: by token, by asking, and not at all where policy says so."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.access.approval.approvals import Refusal
from awswhitelist.access.outcomes import OutcomeState
from awswhitelist.calls import Answer, AnswerKind, PlainContext, Question, Suspended
from awswhitelist.exceptions import (
    ApprovalUnavailableError,
    ConflictError,
    PolicyDeniedError,
    StateUnavailableError,
)

CTX = PlainContext("r-1")
WIDE = "8.8.8.0/24"


def asking(*answers: Any) -> tuple[PlainContext, list[Question]]:
    """A call whose user answers as told: a value to accept with, an Answer, or a callable."""
    asked: list[Question] = []
    left = list(answers)

    def answer(question: Question) -> Answer:
        asked.append(question)
        given = left.pop(0)
        if callable(given):
            given = given()
        if isinstance(given, str):
            return Answer(AnswerKind.ACCEPTED, given, question.state)
        assert isinstance(given, Answer)
        return given

    return PlainContext("r-1", answer=answer), asked


def required(world: Any, order: Any, **policy: Any) -> str:
    """The token that a change which needs approval is answered with."""
    outcome = world.pipeline(**policy).change(order, CTX)
    assert outcome.state is OutcomeState.APPROVAL_REQUIRED
    return str(outcome.approval.token)


def test_what_needs_approval_changes_nothing_yet(world: Any) -> None:
    before = world.rules()
    outcome = world.pipeline().change(world.allow(WIDE), CTX)
    assert outcome.state is OutcomeState.APPROVAL_REQUIRED
    assert (outcome.reasons, outcome.refusal) == (("wider_than_host",), None)
    assert outcome.approval.expires_at.timestamp() == world.now + 300
    assert (world.rules(), world.audited()) == (before, [])


def test_a_token_is_good_once(world: Any) -> None:
    token = required(world, world.allow(WIDE))
    order = world.allow(WIDE, approval=token)
    done = world.pipeline().change(order, CTX)
    assert done.state is OutcomeState.APPLIED
    intent = world.audited()[0]
    assert intent["verdict"] == "approved"
    assert len(intent["approval_nonce_hash"]) == 64
    world.remove(done.receipts[0].rule.rule_id)
    again = world.pipeline().change(order, CTX)
    assert (again.state, again.refusal) == (OutcomeState.APPROVAL_REQUIRED, Refusal.SPENT)
    assert len(world.rules()) == 1


def test_a_token_holds_while_time_passes_and_other_rules_change(world: Any) -> None:
    token = required(world, world.allow(WIDE))
    world.now += 200
    world.let_in("9.9.9.9/32", 6000)
    done = world.pipeline().change(world.allow(WIDE, approval=token), CTX)
    assert done.state is OutcomeState.APPLIED


def test_a_token_ends(world: Any) -> None:
    token = required(world, world.allow(WIDE))
    world.now += 300
    late = world.pipeline().change(world.allow(WIDE, approval=token), CTX)
    assert (late.state, late.refusal) == (OutcomeState.APPROVAL_REQUIRED, Refusal.EXPIRED)


def test_a_token_is_good_for_no_other_plan_call_or_person(world: Any) -> None:
    token = required(world, world.allow(WIDE))
    orders = [
        (world.allow(WIDE, port=5001, approval=token), {}, Refusal.OTHER_PLAN),
        (world.allow(WIDE, hours=3, approval=token), {}, Refusal.OTHER_PLAN),
        (world.allow(WIDE, owner="bob", approval=token), {}, Refusal.OTHER_PLAN),
        (
            world.allow(WIDE, approval=token).model_copy(update={"arguments": {"note": 1}}),
            {},
            Refusal.OTHER_CALL,
        ),
        (world.allow(WIDE, approval=token), {"principal": "bob"}, Refusal.OTHER_CALL),
        (world.allow(WIDE, approval=token[:-4] + "AAAA"), {}, Refusal.MALFORMED),
    ]
    for order, options, refusal in orders:
        outcome = world.pipeline(**options).change(order, CTX)
        assert (outcome.state, outcome.refusal) == (OutcomeState.APPROVAL_REQUIRED, refusal)
    assert world.audited() == []


def test_an_approval_that_cannot_be_recorded_changes_nothing(world: Any) -> None:
    before = world.rules()
    token = required(world, world.allow(WIDE))
    (world.folder / "state" / "spent").write_text("in the way")
    with pytest.raises(StateUnavailableError):
        world.pipeline().change(world.allow(WIDE, approval=token), CTX)
    assert (world.rules(), world.audited()) == (before, [])


def test_a_person_who_approves_is_asked_once(world: Any) -> None:
    ctx, asked = asking("approve")
    done = world.pipeline().change(world.allow(WIDE), ctx)
    assert done.state is OutcomeState.APPLIED
    assert len(asked) == 1
    assert f"add to {world.group()}: tcp 5000 from {WIDE} for 2 h, owner alice" in asked[0].message
    assert world.audited()[0]["verdict"] == "approved"


@pytest.mark.parametrize(
    "answer",
    [
        "reject",
        "",
        "Approve",
        Answer(AnswerKind.DECLINED),
        Answer(AnswerKind.DECLINED, "approve"),
    ],
)
def test_anything_but_approve_is_a_no(world: Any, answer: Any) -> None:
    before = world.rules()
    ctx, _ = asking(answer)
    outcome = world.pipeline().change(world.allow(WIDE), ctx)
    assert (outcome.state, outcome.approval) == (OutcomeState.DECLINED, None)
    assert (world.rules(), world.audited()) == (before, [])


def test_an_approval_without_its_state_is_asked_for_again(world: Any) -> None:
    ctx, asked = asking(Answer(AnswerKind.ACCEPTED, "approve"), "approve")
    assert world.pipeline().change(world.allow(WIDE), ctx).state is OutcomeState.APPLIED
    assert len(asked) == 2


def test_nobody_holds_a_lock_while_a_person_thinks(world: Any) -> None:
    pipeline = world.pipeline()
    hurried = PlainContext("r-2", time_left=lambda: 5.0)

    def meanwhile() -> str:
        done = pipeline.change(world.allow("9.9.9.9/32"), hurried)
        assert done.state is OutcomeState.APPLIED
        return "approve"

    ctx, asked = asking(meanwhile)
    assert pipeline.change(world.allow(WIDE), ctx).state is OutcomeState.APPLIED
    assert len(asked) == 1


def test_a_plan_that_changed_while_a_person_thought_is_asked_again(world: Any) -> None:
    theirs = world.let_in()
    order = world.revoke(theirs, include_foreign=True)

    def meanwhile() -> str:
        world.redescribe(theirs, "now something else")
        return "approve"

    ctx, asked = asking(meanwhile, "approve")
    assert world.pipeline().change(order, ctx).state is OutcomeState.APPLIED
    assert len(asked) == 2
    assert theirs not in world.rules()


def test_a_plan_that_keeps_changing_is_given_up_after_three_questions(world: Any) -> None:
    theirs = world.let_in()
    texts = iter("abc")

    def meanwhile() -> str:
        world.redescribe(theirs, next(texts))
        return "approve"

    ctx, asked = asking(*[meanwhile] * 3)
    with pytest.raises(ConflictError):
        world.pipeline().change(world.revoke(theirs, include_foreign=True), ctx)
    assert len(asked) == 3
    assert theirs in world.rules()


def test_the_third_answer_still_counts(world: Any) -> None:
    theirs = world.let_in()
    texts = iter("ab")

    def meanwhile() -> str:
        world.redescribe(theirs, next(texts))
        return "approve"

    ctx, _ = asking(meanwhile, meanwhile, "approve")
    outcome = world.pipeline().change(world.revoke(theirs, include_foreign=True), ctx)
    assert outcome.state is OutcomeState.APPLIED


def test_a_plan_that_needs_no_approval_any_more_asks_no_further(world: Any) -> None:
    theirs = world.let_in()

    def meanwhile() -> str:
        world.remove(theirs)
        return "approve"

    ctx, asked = asking(meanwhile)
    order = world.revoke(theirs, include_foreign=True)
    outcome = world.pipeline().change(order, ctx)
    assert (outcome.state, outcome.plan.changes, len(asked)) == (OutcomeState.APPLIED, (), 1)


def test_a_call_may_be_given_up_while_a_person_thinks_and_be_made_again(world: Any) -> None:
    questions: list[Question] = []

    def suspend(question: Question) -> Answer:
        questions.append(question)
        raise Suspended(question)

    pipeline = world.pipeline()
    with pytest.raises(Suspended):
        pipeline.change(world.allow(WIDE), PlainContext("r-1", answer=suspend))
    state = questions[0].state
    resumed = PlainContext("r-1", answer=lambda _: Answer(AnswerKind.ACCEPTED, "approve", state))
    assert pipeline.change(world.allow(WIDE), resumed).state is OutcomeState.APPLIED


@pytest.mark.parametrize("reason", ["wider_than_host", "always"])
def test_policy_may_insist_on_a_person(world: Any, reason: str) -> None:
    before = world.rules()
    approval = {"when": ["wider_than_host", "always"], "without_elicitation": {reason: "deny"}}
    strict = world.pipeline(approval=approval)
    with pytest.raises((PolicyDeniedError, ApprovalUnavailableError)):
        strict.change(world.allow(WIDE), CTX)
    assert world.rules() == before
    ctx, _ = asking("approve")
    assert strict.change(world.allow(WIDE), ctx).state is OutcomeState.APPLIED


def test_a_fallback_for_another_reason_does_not_matter(world: Any) -> None:
    approval = {"without_elicitation": {"foreign_rules": "deny"}}
    outcome = world.pipeline(approval=approval).change(world.allow(WIDE), CTX)
    assert outcome.state is OutcomeState.APPROVAL_REQUIRED


def test_opening_to_the_world_is_always_approved_first(world: Any) -> None:
    policy = {"allow_public": True, "approval": {"when": []}}
    token = required(world, world.allow("0.0.0.0/0"), **policy)
    done = world.pipeline(**policy).change(world.allow("0.0.0.0/0", approval=token), CTX)
    assert done.state is OutcomeState.APPLIED


def test_a_token_from_before_does_not_stand_in_where_policy_wants_a_person(world: Any) -> None:
    before = world.rules()
    token = required(world, world.allow(WIDE))
    strict = world.pipeline(approval={"without_elicitation": {"wider_than_host": "deny"}})
    with pytest.raises(ApprovalUnavailableError):
        strict.change(world.allow(WIDE, approval=token), CTX)
    assert world.rules() == before


TERMINAL = {"approval": {"without_elicitation": {"wider_than_host": "terminal"}}}


def test_where_policy_wants_a_person_the_token_counts_after_the_terminals_word(world: Any) -> None:
    pipeline = world.pipeline(**TERMINAL)
    waiting = pipeline.change(world.allow(WIDE), CTX).approval
    order = world.allow(WIDE, approval=waiting.token)
    again = pipeline.change(order, CTX)
    assert (again.state, again.refusal) == (
        OutcomeState.APPROVAL_REQUIRED,
        Refusal.NOT_CONFIRMED,
    )
    assert again.approval.terminal_id == waiting.terminal_id
    desk = world.confirmations()
    assert "tcp 5000 from 8.8.8.0/24" in desk.pending(waiting.terminal_id).message
    desk.confirm(desk.pending(waiting.terminal_id))
    done = pipeline.change(order, CTX)
    assert done.state is OutcomeState.APPLIED and len(done.receipts) == 1


def test_a_terminals_word_is_for_one_plan_and_good_once(world: Any) -> None:
    pipeline = world.pipeline(**TERMINAL)
    waiting = pipeline.change(world.allow(WIDE), CTX).approval
    other = pipeline.change(world.allow("8.8.9.0/24"), CTX).approval
    desk = world.confirmations()
    desk.confirm(desk.pending(waiting.terminal_id))
    order = world.allow("8.8.9.0/24", approval=other.token)
    assert pipeline.change(order, CTX).refusal is Refusal.NOT_CONFIRMED
    done = pipeline.change(world.allow(WIDE, approval=waiting.token), CTX)
    world.remove(done.receipts[0].rule.rule_id)
    anew = pipeline.change(world.allow(WIDE), CTX).approval
    refused = pipeline.change(world.allow(WIDE, approval=anew.token), CTX)
    assert refused.refusal is Refusal.NOT_CONFIRMED


def test_who_can_be_asked_needs_no_terminal(world: Any) -> None:
    ctx, asked = asking("approve")
    done = world.pipeline(**TERMINAL).change(world.allow(WIDE), ctx)
    assert done.state is OutcomeState.APPLIED and len(asked) == 1


def test_an_approval_by_token_alone_names_no_terminal(world: Any) -> None:
    outcome = world.pipeline().change(world.allow(WIDE), CTX)
    assert outcome.approval.terminal_id is None
