"""Approvals against arbitrary tokens: nothing that we did not issue is ever good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.approval.approvals import Approvals, Binding, Refusal, Spent
from awswhitelist.access.files.state import StateDirectory

BINDING = Binding("whitelist", "arguments", "plan", "arn:alice", "alice")
BASE64URL = st.text("ABCXYZabcxyz0189-_", max_size=60)


@pytest.fixture(scope="module")
def approvals() -> Iterator[Approvals]:
    with TemporaryDirectory() as directory:
        state = StateDirectory(Path(directory) / "state", now=lambda: 0.0)
        yield Approvals(state, now=lambda: 0.0)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_refused_and_none_breaks_anything(approvals: Approvals, token: str) -> None:
    assert approvals.spend(token, BINDING) is Refusal.MALFORMED


@given(st.tuples(BASE64URL, BASE64URL))
def test_anything_in_the_shape_of_a_token_is_refused(
    approvals: Approvals, parts: tuple[str, str]
) -> None:
    assert approvals.spend(".".join(parts), BINDING) is Refusal.MALFORMED


@given(
    st.builds(Binding, *[st.text(max_size=5)] * 5), st.builds(Binding, *[st.text(max_size=5)] * 5)
)
def test_a_token_is_good_for_its_own_binding_alone(
    approvals: Approvals, own: Binding, other: Binding
) -> None:
    token = approvals.issue(own).token
    if own != other:
        assert approvals.spend(token, other) in (Refusal.OTHER_PLAN, Refusal.OTHER_CALL)
    assert isinstance(approvals.spend(token, own), Spent)
