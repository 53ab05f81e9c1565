"""Redacting a record quickly hides whatever redacting it slowly hides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.redaction import BLANK, Redactor

KNOWN = "tr0ub4dor&3"
SECRETS = (
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "Authorization: AWS4-HMAC-SHA256 x",
    "Bearer abcdefgh12345",
    "paSSword=hunter2",
    "pa\u017f\u017fword=hunter2",
    '"toKen": "x"',
    "postgres://u:p@host/db",
    "eyJhbGciOiJIUzI1NiJ9.e30.x",
    "-----BEGIN RSA PRIVATE KEY-----\nMII",
    "x" * 100,
    "0123456789abcdef" * 7,
    KNOWN,
)
NAMES = ("approval", "Approval", "api_key", "cookie", "session_token", "plan", "rule", "n")

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(SECRETS),
    st.builds("{}{}{}".format, st.text(max_size=3), st.sampled_from(SECRETS), st.text(max_size=3)),
    st.text("0123456789abcdef", min_size=30, max_size=110),
    st.text("ABCabc019+/=_-", min_size=35, max_size=60),
)
values = st.recursive(
    texts | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_a_quick_look_lets_nothing_through_that_a_slow_one_blanks(value: Any) -> None:
    redactor = Redactor([KNOWN])
    assert json.dumps(redactor.record(value)) == json.dumps(redactor.value(value))


@pytest.mark.parametrize("secret", SECRETS)
def test_each_shape_of_a_secret_is_blanked_in_a_record(secret: str) -> None:
    assert BLANK in str(Redactor([KNOWN]).record({"plan": [{"reason": f"see {secret}"}]}))


def test_an_ordinary_record_is_given_back_as_it_is() -> None:
    record = {"plan_digest": "0123456789abcdef" * 4, "approval_nonce_hash": None, "n": [1, "db"]}
    assert Redactor([KNOWN]).record(record) is record


def test_what_is_no_json_is_redacted_slowly() -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    redactor = Redactor()
    assert redactor.record({"path": Path("/x"), "bad": float("nan")}) == {
        "path": "/x",
        "bad": "nan",
    }
    assert BLANK in str(redactor.record(endless))
