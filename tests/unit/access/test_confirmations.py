"""What waits for a person at a terminal: named by its plan, sealed, used once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from awswhitelist.access.approval.confirmations import Confirmations, id_of
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.exceptions import ApprovalNotFoundError, StateUnavailableError

BOUND = {"call": "c" * 64, "plan": "p" * 64, "who": "w" * 64}
OTHER = BOUND | {"plan": "q" * 64}
ID = id_of(BOUND)


@dataclass
class Clock:
    """Unix time that tests set."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made(tmp_path: Path, clock: Clock) -> Callable[[str], Confirmations]:
    def make(name: str = "state") -> Confirmations:
        return Confirmations(StateDirectory(tmp_path / name, now=clock), now=clock)

    return make


Made = Callable[..., Confirmations]


def approve(desk: Confirmations, identity: str = ID) -> None:
    """A person looks at it, and approves what they see."""
    desk.confirm(desk.pending(identity))


def test_what_is_put_up_can_be_looked_at_under_its_id(made: Made) -> None:
    assert made().put_up(BOUND, "Change 1 rule?\nadd é", until=1_300) == ID
    found = made().pending(ID)
    assert (found.id, found.message, found.until) == (ID, "Change 1 rule?\nadd é", 1_300)


@pytest.mark.parametrize("typed", [ID.lower(), ID.replace("-", ""), f"  {ID} "])
def test_an_id_may_be_typed_in_any_way(made: Made, typed: str) -> None:
    made().put_up(BOUND, "?", until=1_300)
    assert made().pending(typed).id == ID


@pytest.mark.parametrize(
    "typed", ["", "AAAA-AAAA", "../../key", "K7QF-3MW", "ÄÄÄÄ-ÄÄÄÄ", "a/b/c/d/"]
)
def test_other_ids_find_nothing(made: Made, typed: str) -> None:
    made().put_up(BOUND, "?", until=1_300)
    with pytest.raises(ApprovalNotFoundError):
        made().pending(typed)
    with pytest.raises(ApprovalNotFoundError):
        approve(made(), typed)


def test_only_what_was_confirmed_counts_and_only_once(made: Made) -> None:
    made().put_up(BOUND, "?", until=1_300)
    assert not made().use(BOUND)
    approve(made())
    assert made().is_confirmed(BOUND) and not made().is_confirmed(OTHER)
    assert made().use(BOUND)
    assert not made().use(BOUND)
    with pytest.raises(ApprovalNotFoundError):
        made().pending(ID)


def test_of_two_calls_that_saw_the_confirmation_one_gets_it(made: Made, tmp_path: Path) -> None:
    made().put_up(BOUND, "?", until=1_300)
    approve(made())
    (tmp_path / "state" / "confirmed" / ID).unlink()  # the other call, between look and use
    assert not made().use(BOUND)


def test_repeating_the_call_keeps_the_id_and_what_was_confirmed(made: Made) -> None:
    made().put_up(BOUND, "?", until=1_300)
    approve(made())
    assert made().put_up(BOUND, "?", until=1_500) == ID
    assert made().use(BOUND)


def test_a_plan_that_took_the_place_of_the_one_shown_is_not_approved(made: Made) -> None:
    # Ids are short: somebody may find two plans of one id, and put the other up while a person
    # reads the first.
    made().put_up(BOUND, "?", until=1_300)
    shown = made().pending(ID)
    with pytest.raises(ApprovalNotFoundError):
        made().confirm(shown._replace(binding=OTHER))
    assert not made().is_confirmed(BOUND) and not made().is_confirmed(OTHER)


def test_what_has_had_its_time_is_gone(made: Made, clock: Clock, tmp_path: Path) -> None:
    made().put_up(BOUND, "?", until=1_300)
    approve(made())
    clock.now = 1_300
    assert not made().is_confirmed(BOUND)
    with pytest.raises(ApprovalNotFoundError):
        made().pending(ID)
    clock.now = 10**11
    made().put_up(OTHER, "?", until=10**12)
    assert [file.name for file in (tmp_path / "state" / "pending").iterdir()] == [id_of(OTHER)]


@pytest.mark.parametrize("text", ["", "x", "eyJ9.AAAA", "é", "{}", "A" * 300_000])
def test_what_somebody_else_put_there_counts_for_nothing(
    made: Made, tmp_path: Path, text: str
) -> None:
    made().put_up(BOUND, "?", until=1_300)
    folder = tmp_path / "state"
    (folder / "confirmed").mkdir(mode=0o700)
    (folder / "confirmed" / ID).write_text(text, encoding="utf-8")
    assert not made().use(BOUND)
    (folder / "pending" / ID).write_text(text, encoding="utf-8")
    with pytest.raises(ApprovalNotFoundError):
        made().pending(ID)


def test_what_was_put_up_is_no_confirmation_and_none_is_another_plans(
    made: Made, tmp_path: Path
) -> None:
    made().put_up(BOUND, "?", until=1_300)
    folder = tmp_path / "state"
    sealed = (folder / "pending" / ID).read_bytes()
    (folder / "confirmed").mkdir(mode=0o700)
    (folder / "confirmed" / ID).write_bytes(sealed)
    assert not made().is_confirmed(BOUND)
    (folder / "confirmed" / ID).unlink()
    approve(made())
    (folder / "confirmed" / ID).rename(folder / "confirmed" / id_of(OTHER))
    assert not made().is_confirmed(OTHER)
    (folder / "pending" / id_of(OTHER)).write_bytes(sealed)
    with pytest.raises(ApprovalNotFoundError):
        approve(made(), id_of(OTHER))


def test_another_users_key_confirms_nothing_here(made: Made, tmp_path: Path) -> None:
    made("theirs").put_up(BOUND, "?", until=1_300)
    approve(made("theirs"))
    made().put_up(BOUND, "?", until=1_300)
    (tmp_path / "theirs" / "confirmed").rename(tmp_path / "state" / "confirmed")
    assert not made().is_confirmed(BOUND)


def test_files_are_this_users_alone_and_an_unusable_directory_is_said(
    made: Made, tmp_path: Path
) -> None:
    made().put_up(BOUND, "?", until=1_300)
    approve(made())
    for folder in ("pending", "confirmed"):
        assert (tmp_path / "state" / folder / ID).stat().st_mode & 0o777 == 0o600
    (tmp_path / "state" / "confirmed").chmod(0o755)
    with pytest.raises(StateUnavailableError):
        made().use(BOUND)
    (tmp_path / "file").write_text("")
    with pytest.raises(StateUnavailableError):
        made("file").put_up(BOUND, "?", until=1_300)
