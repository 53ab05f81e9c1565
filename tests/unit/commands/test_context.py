"""Asking at the terminal: approval is typed, choices are numbers, thinking costs no time."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from awswhitelist.access.wording import APPROVAL, APPROVE, CHOICES
from awswhitelist.calls import UNAVAILABLE, AnswerKind, Choice, Question
from awswhitelist.commands.context import CLIENT_NAME, Asker, TerminalContext
from awswhitelist.commands.host import UNMISTAKABLE, new_code
from awswhitelist.commands.interrupts import Interruption

CODE = "W4KE"
PLAN = Question(APPROVAL, "Change 1 rule?\nadd \x1b[2Jthis", CHOICES, state="token")
WHICH = Question("target", "Which?", (Choice("none", "None"), Choice("i-1", "One")))


def asker(person: Any) -> Asker:
    return Asker(person.open, lambda: CODE)


def context(asker: Asker, clock: Callable[[], float] = lambda: 0.0) -> TerminalContext:
    return TerminalContext(
        "ours-1", asker=asker, interruption=Interruption(gently=True), timeout=10.0, clock=clock
    )


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), f"  {CODE} "])
def test_typing_the_code_approves(person: Any, typed: str) -> None:
    answer = asker(person(typed)).ask(PLAN)
    assert (answer.kind, answer.value, answer.state) == (AnswerKind.ACCEPTED, APPROVE, "token")


@pytest.mark.parametrize("typed", [[], [""], ["y"], ["yes"], ["approve"], ["W4KF"], [f"{CODE}!"]])
def test_anything_else_declines(person: Any, typed: list[str]) -> None:
    answer = asker(person(*typed)).ask(PLAN)
    assert (answer.kind, answer.state) == (AnswerKind.DECLINED, "token")


def test_the_plan_and_the_code_are_shown_and_nothing_can_move_the_cursor(person: Any) -> None:
    somebody = person(CODE)
    asker(somebody).ask(PLAN)
    assert "Change 1 rule?" in somebody.seen
    assert f"type {CODE}" in somebody.seen
    assert "\x1b" not in somebody.seen


def test_an_approval_is_asked_for_each_time(person: Any) -> None:
    somebody = person(CODE, "no")
    desk = asker(somebody)
    assert desk.ask(PLAN).kind is AnswerKind.ACCEPTED
    assert desk.ask(PLAN).kind is AnswerKind.DECLINED


def test_without_a_terminal_nobody_can_be_asked() -> None:
    assert Asker(lambda: None, lambda: CODE).ask(PLAN) == UNAVAILABLE


def test_a_choice_is_made_by_its_number_and_holds_for_the_whole_command(person: Any) -> None:
    somebody = person("1")
    desk = asker(somebody)
    assert [desk.ask(WHICH).value for _ in range(2)] == ["i-1", "i-1"]
    assert somebody.seen.count("Which?") == 1


@pytest.mark.parametrize("typed", [[], [""], ["2"], ["-1"], ["one"], ["¹"]])
def test_what_is_no_number_of_a_choice_declines(person: Any, typed: list[str]) -> None:
    assert asker(person(*typed)).ask(WHICH).kind is AnswerKind.DECLINED


def test_the_first_choice_is_the_safe_one(person: Any) -> None:
    assert asker(person("0")).ask(WHICH).value == "none"


def test_codes_are_short_and_cannot_be_misread() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) > 40
    assert {len(code) for code in codes} == {4}
    assert set("".join(codes)) <= set(UNMISTAKABLE)
    assert set(UNMISTAKABLE).isdisjoint("O0I1L5S2Z8B6G")


def test_the_time_that_a_person_thinks_is_not_the_calls(person: Any) -> None:
    ticks: Iterator[int] = count()
    call = context(asker(person(CODE)), clock=lambda: float(next(ticks)))  # ends at 10
    assert call.remaining() == 9.0
    call.ask(PLAN)  # from 2 to 3
    assert call.remaining() == 11.0 - 4.0


def test_a_call_says_who_it_is() -> None:
    call = context(Asker(lambda: None, lambda: CODE))
    assert (call.request_id, call.client_name, call.trace_id) == ("ours-1", CLIENT_NAME, "")
    assert call.cancelled() is False


def test_progress_goes_nowhere_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    call = context(Asker(lambda: None, lambda: CODE))
    call.progress(1, 2, "half")
    call.close()
    assert capsys.readouterr() == ("", "")


def test_progress_is_a_bar_on_standard_error_that_vanishes(on_a_terminal: Any) -> None:
    out, err = on_a_terminal()
    call = context(Asker(lambda: None, lambda: CODE))
    call.progress(1, 3, "first\x1b[2J")
    call.progress(2, 3, "second")
    call.close()
    assert out.getvalue() == ""
    assert "second" in err.getvalue()
    assert "2/3" in err.getvalue()


def test_a_single_step_is_no_progress(on_a_terminal: Any) -> None:
    _, err = on_a_terminal()
    call = context(Asker(lambda: None, lambda: CODE))
    call.progress(0, 1, "only")
    call.close()
    assert err.getvalue() == ""


# -- Ctrl-C ---------------------------------------------------------------------------------------


def test_the_first_interrupt_of_a_change_only_sets_a_mark_and_the_second_ends_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before, left = signal.getsignal(signal.SIGINT), list[int]()
    with Interruption(gently=True, leave=left.append) as interruption:
        signal.raise_signal(signal.SIGINT)
        assert (interruption.is_set(), left) == (True, [])
        signal.raise_signal(signal.SIGINT)
    assert left == [130]
    assert signal.getsignal(signal.SIGINT) is before
    assert "Press Ctrl-C again" in capfd.readouterr().err


def test_a_read_ends_at_once() -> None:
    left = list[int]()
    with Interruption(gently=False, leave=left.append):
        signal.raise_signal(signal.SIGINT)
    assert left == [130]


def test_a_cursor_that_a_progress_bar_hid_is_shown_again(
    on_a_terminal: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    on_a_terminal()
    with Interruption(gently=False, leave=lambda _code: None):
        signal.raise_signal(signal.SIGINT)
    assert capfd.readouterr().err == "\x1b[?25h\n"


def test_at_a_question_an_interrupt_ends_the_command_and_not_the_process() -> None:
    left = list[int]()
    with Interruption(gently=True, leave=left.append) as interruption:
        with interruption.asking(), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert (interruption.is_set(), left) == (False, [])
