"""Pausing the garbage collector: blocks may overlap, and nobody else's choice is undone."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from awswhitelist.collecting import leave_behind, uncollected


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Whatever a test does to the collector ends with it."""
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_until_the_last_block_ends() -> None:
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_switches_it_on_again() -> None:
    with pytest.raises(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()


def test_only_what_is_loaded_for_good_is_set_apart() -> None:
    gc.unfreeze()
    with uncollected():
        pass
    assert gc.get_freeze_count() == 0
    with uncollected(for_good=True):
        pass
    assert gc.get_freeze_count() > 0


def test_what_is_left_behind_is_never_looked_through_again() -> None:
    gc.unfreeze()
    leave_behind()
    assert gc.get_freeze_count() > 1000
    assert gc.isenabled()
