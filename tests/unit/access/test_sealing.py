"""What is sealed comes back unchanged, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.approval.sealing import Seal
from awswhitelist.access.files.state import StateDirectory


def seal(path: Path, purpose: bytes = b"a\n") -> Seal:
    return Seal(StateDirectory(path, now=lambda: 0.0), purpose)


@given(payload=st.binary(max_size=200))
def test_a_payload_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, payload: bytes
) -> None:
    sealed = seal(tmp_path_factory.getbasetemp() / "sealing")
    assert sealed.unseal(sealed.seal(payload)) == payload


def test_nothing_is_touched_before_something_is_sealed(tmp_path: Path) -> None:
    made = seal(tmp_path / "state")
    assert not (tmp_path / "state").exists()
    made.seal(b"payload")
    assert (tmp_path / "state" / "key").exists()


def test_another_purpose_is_another_seal(tmp_path: Path) -> None:
    text = seal(tmp_path, b"a\n").seal(b"payload")
    assert seal(tmp_path, b"b\n").unseal(text) is None


def test_another_key_is_another_seal(tmp_path: Path) -> None:
    text = seal(tmp_path / "one").seal(b"payload")
    assert seal(tmp_path / "other").unseal(text) is None


@pytest.mark.parametrize("text", ["", ".", "a.b.c", "é.é", "cGF5bG9hZA.", "cGF5bG9hZA", "\ud800"])
def test_what_is_no_seal_is_worth_nothing(tmp_path: Path, text: str) -> None:
    assert seal(tmp_path).unseal(text) is None
