"""Carries a plan out: the only code that writes to AWS.

Groups go side by side, each in order. Changes of one kind to one group go in one call; a call that
fails over one rule is made again for its halves, so that a bad one never sinks its neighbours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from awswhitelist.access import receipts
from awswhitelist.access.drafting import Key, key_of
from awswhitelist.access.job import Job, Record, Settling, Shaping
from awswhitelist.access.opening import Opening
from awswhitelist.access.rewriting import Rewriting
from awswhitelist.access.undoing import inverse, leaves_place, takes_place
from awswhitelist.aws import writes
from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    CallCancelledError,
    CallTimeoutError,
    InvalidArgumentError,
    PermissionMissingError,
    QuotaExceededError,
    RuleNotFoundError,
    SkippedError,
    UnavailableError,
)
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Move,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
    Reset,
    Restore,
)
from awswhitelist.parallel import run_each

__all__ = ["Executor", "Job", "Record", "Shaping"]

IN_TURN: tuple[type[Change], ...] = (Move, Add, Restore, Extend, Reset, Release, Remove)
"""What is opened goes before what is closed: nobody is locked out in between."""

ABOUT_ONE = (QuotaExceededError, InvalidArgumentError, RuleNotFoundError)
"""Refusals that some rules of a call may escape without the others."""

Batch = Sequence[Change]

Room = tuple[object, ...]
"""What AWS counts against one limit: the rules of a group for one kind of source."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What a plan has come to so far, group by group."""

    job: Job
    stops: bool
    receipts: dict[Key, Receipt] = field(default_factory=dict)
    failed: threading.Event = field(default_factory=threading.Event)
    full: dict[Room, QuotaExceededError] = field(default_factory=dict)

    def keep(self, done: Sequence[Receipt]) -> None:
        """Record receipts as soon as they are known."""
        self.job.record(done)
        for receipt in done:
            self.receipts[key_of(receipt.change)] = receipt
            if receipt.status is not ReceiptStatus.DONE:
                self.failed.set()

    def note(self, batch: Batch, problem: AwsWhitelistError) -> None:
        """A group that has no room for a rule has none for another like it."""
        if isinstance(problem, QuotaExceededError):
            self.full.update((_room(change), problem) for change in batch)

    def no_room_for(self, batch: Batch) -> QuotaExceededError | None:
        """Why none of a batch can succeed, where that is known already."""
        full = [self.full.get(_room(change)) for change in batch]
        return full[0] if all(full) else None


class Executor:
    """Applies changes batch by batch and says what became of each."""

    def __init__(
        self,
        shaping: Shaping,
        *,
        sleep: Callable[[float], None],
        new_change_id: Callable[[], str],
        width: int = 1,
    ) -> None:
        """``width`` is how many groups are worked on at once."""
        self._width = width
        settling = Settling(sleep)
        opening = Opening(shaping, settling, new_change_id)
        self._untagged_write = opening.untagged_write
        rewriting = Rewriting(shaping, settling, new_change_id)
        self._apply_batch: dict[type[Change], Callable[[Batch, Job], list[Receipt]]] = {
            Add: opening.add,
            Restore: opening.restore,
            Remove: opening.remove,
            Extend: rewriting.apply,
            Move: rewriting.apply,
            Release: rewriting.apply,
            Reset: rewriting.apply,
        }
        self._writes_of: dict[type[Change], Callable[[Batch, Job], list[writes.Write]]] = {
            Add: opening.writes_of_add,
            Restore: opening.writes_of_restore,
            Remove: opening.writes_of_remove,
            Extend: rewriting.writes_of,
            Move: rewriting.writes_of,
            Release: rewriting.writes_of,
            Reset: rewriting.writes_of,
        }

    def apply(
        self, changes: Sequence[Change], job: Job, *, stops: bool = False
    ) -> tuple[Receipt, ...]:
        """Carry the changes out; one receipt each, in their order, recorded as soon as it is known.

        A failing batch does not stop the next, unless ``stops``: then what was not begun is
        skipped. So it is once the call has no time left. A cancelled call raises
        CallCancelledError; what was done has been recorded.
        """
        run = _Run(job, stops)
        run_each(lambda lane: self._run_lane(lane, run), _lanes(changes), self._width)
        return tuple(run.receipts[key_of(change)] for change in changes)

    def roll_back(self, done: Sequence[Receipt], job: Job) -> tuple[Receipt, ...]:
        """Take back what was done of a plan that must hold as a whole, the last first.

        The receipts in their order, each ``rolled_back`` or, with the reason, as it was;
        ``unknown`` where nobody can see whether the change still stands.
        """
        undone = {
            key_of(each.change): inverse(each) for each in done if _is_done(each) or _in_part(each)
        }
        # Two changes of one rule are taken back as one: both were made to what it was before.
        backwards = (change for change in reversed(undone.values()) if change is not None)
        wanted: dict[Key, Change] = {}
        for change in backwards:
            wanted.setdefault(key_of(change), change)
        taken = {key_of(each.change): each for each in self.apply([*wanted.values()], job)}
        return tuple(_rolled_back(each, undone, taken) for each in done)

    def rehearse(self, changes: Sequence[Change], job: Job) -> None:
        """Ask EC2 whether the caller may make the changes; nothing is changed.

        Raises PermissionMissingError for the first change that the caller may not make.
        """
        batches = [batch for lane in _lanes(changes) for batch in lane]
        run_each(lambda batch: self._rehearse_batch(batch, job), batches, self._width)

    def _rehearse_batch(self, batch: Batch, job: Job) -> None:
        for write in self._writes_of[type(batch[0])](batch, job):
            try:
                job.service.check_allowed(write)
            except PermissionMissingError:
                instead = self._untagged_write(batch, job)
                if instead is None:
                    raise
                job.service.check_allowed(instead)

    def _run_lane(self, lane: Sequence[Batch], run: _Run) -> None:
        for batch in lane:
            self._run_batch(batch, run)

    def _run_batch(self, batch: Batch, run: _Run) -> None:
        """What became of each half is recorded before the next one is begun."""
        done = self._try(batch, run)
        if done is not None:
            run.keep(done)
            return
        half = len(batch) // 2
        self._run_batch(batch[:half], run)
        self._run_batch(batch[half:], run)

    def _try(self, batch: Batch, run: _Run) -> list[Receipt] | None:
        """The receipts of a batch; None where its halves are to be tried."""
        if run.job.ctx.cancelled():
            raise CallCancelledError()
        if run.job.ctx.remaining() <= 0:
            late = CallTimeoutError("The call took too long.")
            return receipts.same_for_all(batch, ReceiptStatus.SKIPPED, late)
        if run.stops and run.failed.is_set():
            return receipts.same_for_all(batch, ReceiptStatus.SKIPPED, SkippedError())
        full = run.no_room_for(batch)
        if full is not None:
            return receipts.same_for_all(batch, ReceiptStatus.FAILED, full)
        try:
            return self._apply_batch[type(batch[0])](batch, run.job)
        except AwsWhitelistError as exc:
            if len(batch) > 1 and _is_about_one(exc) and not run.stops:
                return None
            run.note(batch, exc)
            return receipts.same_for_all(batch, ReceiptStatus.FAILED, exc)


def _lanes(changes: Sequence[Change]) -> list[list[Batch]]:
    """The changes of each group, in turn, in batches that one AWS call can make."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.group_id, []).append(change)
    return [list(_batches(of_group)) for of_group in groups.values()]


def _batches(changes: Sequence[Change]) -> Iterator[Batch]:
    """What takes the place that another change leaves goes after that, each in a call of its own,
    in the order of the plan: AWS does not say that a call may swap places."""
    left = {change.rule.spec for change in changes if leaves_place(change)}
    late = [change for change in changes if takes_place(change) and change.spec in left]
    firsts: dict[tuple[object, ...], int] = {}
    for index, change in enumerate(changes):
        firsts.setdefault(_batch_key(change), index)

    def turn(change: Change) -> tuple[int, int]:
        return IN_TURN.index(type(change)), firsts[_batch_key(change)]

    soon = [change for change in changes if change not in late] if late else changes
    for _, batch in groupby(sorted(soon, key=turn), key=_batch_key):
        yield list(batch)
    yield from ([change] for change in late)


def _batch_key(change: Change) -> tuple[object, ...]:
    """Equal for changes that go together: those that set the same tags, as a rule.

    What is set back has tags of its own, and takes calls of its own.
    """
    match change:
        case Add():
            return (Add, change.grant)
        case Restore():
            return (Restore, frozenset(change.rule.tags.items()))
        case Extend():
            return (Extend, change.grant)
        case Release():
            return (Release, change.owner)
        case Reset():
            return key_of(change)
        case _:
            return (type(change),)


def _room(change: Change) -> Room:
    return type(change), change.group_id, change.spec.source_kind


def _is_about_one(exc: AwsWhitelistError) -> bool:
    """Whether the rest of a call that was refused may do better without one of its rules.

    AWS's plain refusals (``aws_rejected``) too: they may be about any part of the request.
    """
    return isinstance(exc, ABOUT_ONE) or type(exc) is AwsError


def _is_done(receipt: Receipt) -> bool:
    return receipt.status is ReceiptStatus.DONE


def _in_part(receipt: Receipt) -> bool:
    return receipts.in_part(receipt.status, receipt.change, receipt.rule)


def _rolled_back(
    receipt: Receipt, undone: dict[Key, Change | None], taken: dict[Key, Receipt]
) -> Receipt:
    change = undone.get(key_of(receipt.change))
    if change is None:
        return receipt
    back = taken[key_of(change)]
    if _is_done(back):
        status = ReceiptStatus.ROLLED_BACK if _is_done(receipt) else receipt.status
        return receipt.model_copy(update={"status": status, "rule": back.rule})
    if back.status in (ReceiptStatus.UNVERIFIED, ReceiptStatus.UNKNOWN):
        problem = back.error or UnavailableError(
            "AWS accepted to take the change back, but that could not be seen.",
            remedy="List the rules of the group.",
        )
        return receipt.model_copy(update={"status": ReceiptStatus.UNKNOWN, "error": problem})
    rule = back.rule if _in_part(back) else receipt.rule
    return receipt.model_copy(update={"rule": rule, "error": back.error})
