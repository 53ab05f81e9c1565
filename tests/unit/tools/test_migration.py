"""``tools/migration.py``: requests of 1.x come back in today's form, without their keys."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.model_parsing import parse_model
from awswhitelist.tools.migration import FORMER, GUIDE, replacement
from awswhitelist.tools.table import OPERATIONS

KEYS = {
    "access_key_id": "AKIAMARKERMARKER0000",
    "secret_access_key": "secretMARKERsecretMARKERsecretMARKER0000",
    "session_token": "tokenMARKER",
    "region": "eu-west-1",
}
GROUP = "sg-0123456789abcdef0"
OLD = {
    "credentials": KEYS,
    "security_group_id": GROUP,
    "ip_address": "203.0.113.7",
    "port": 443,
    "protocol": "tcp",
}
DOOR = {"source": "203.0.113.7", "port": 443, "protocol": "tcp"}
PLACE = {"target": GROUP, "region": "eu-west-1"}
MODELS = {operation.name: operation for operation in OPERATIONS}

TODAY: dict[str, dict[str, Any]] = {
    "whitelist_add": {"method": "whitelist", "params": {**PLACE, **DOOR}},
    "whitelist_remove": {"method": "revoke", "params": {**PLACE, **DOOR, "include_foreign": True}},
    "whitelist_list": {"method": "list_rules", "params": PLACE},
    "whitelist_check": {"method": "check_access", "params": {**PLACE, **DOOR}},
}


def answer(method: str, **params: Any) -> dict[str, Any]:
    found = replacement(method, params)
    assert found is not None
    return found


def door(**params: Any) -> dict[str, Any]:
    """The params of today for an old request to add, without what all of them have."""
    told: dict[str, Any] = answer("whitelist_add", security_group_id=GROUP, **params)
    return {name: value for name, value in told["replacement"]["params"].items() if name in DOOR}


@pytest.mark.parametrize("method", FORMER)
def test_each_former_method_is_the_same_request_today(method: str) -> None:
    assert answer(method, **OLD)["replacement"] == TODAY[method]


def test_a_method_that_never_was_has_no_replacement() -> None:
    assert replacement("whitelist_everything", OLD) is None


def test_what_was_left_out_is_what_1_x_took() -> None:
    assert door(ip_address="203.0.113.7") == {**DOOR, "port": 22}


def test_the_current_address_is_called_me_today() -> None:
    assert door(ip_address=" Current ", port="443") == {**DOOR, "source": "me"}


@pytest.mark.parametrize(("old", "new"), [("ssh", "ssh"), (" 443 ", 443), ("", 22), (True, 22)])
def test_ports_are_read_as_1_x_read_them(old: Any, new: Any) -> None:
    assert door(port=old)["port"] == new


@pytest.mark.parametrize(("old", "new"), [("icmp", "icmp"), ("-1", "all")])
def test_a_protocol_without_ports_gets_none(old: str, new: str) -> None:
    assert door(protocol=old, port=443) == {"protocol": new}


@pytest.mark.parametrize("old", ["gre", 6, None])
def test_a_protocol_that_1_x_did_not_know_is_not_repeated(old: Any) -> None:
    assert door(protocol=old)["protocol"] == "tcp"


def test_words_about_a_rule_keep_their_meaning() -> None:
    told = answer("whitelist_add", **OLD, description="Mara's laptop", user="mara", reason="fix")
    params = told["replacement"]["params"]
    assert (params["description"], params["owner"], params["reason"]) == (
        *("Mara's laptop", "mara"),
        "fix",
    )


@pytest.mark.parametrize("region", ["eu-west-1/../x", 7, None, KEYS["secret_access_key"]])
def test_a_region_that_is_none_is_not_repeated(region: Any) -> None:
    told = answer("whitelist_list", security_group_id=GROUP, credentials={"region": region})
    assert told["replacement"]["params"] == {"target": GROUP}


NOTES: dict[str, tuple[str, dict[str, Any], str]] = {
    "keys": ("whitelist_list", {"credentials": KEYS}, "use a profile"),
    "no port": ("whitelist_check", {}, "1.x took 22"),
    "no ports": ("whitelist_add", {"protocol": "icmp"}, "has no ports"),
    "it ends": ("whitelist_add", {}, "policy.default_ttl"),
    "foreign": ("whitelist_remove", {}, "include_foreign"),
    "wider": ("whitelist_check", {}, "Any rule that lets"),
    "pages": ("whitelist_list", {}, "next_cursor"),
}


@pytest.mark.parametrize(("method", "params", "words"), NOTES.values(), ids=NOTES)
def test_what_is_different_today_is_said(method: str, params: dict[str, Any], words: str) -> None:
    told = answer(method, **params)
    assert [note for note in told["notes"] if words in note]
    assert told["see"] == GUIDE


def test_nothing_is_said_of_ports_where_one_was_given() -> None:
    assert not [note for note in answer("whitelist_check", port=443)["notes"] if "port" in note]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)
NAMES = ("security_group_id", "ip_address", "port", "protocol", "description", "user", "reason")


@given(
    method=st.sampled_from([*FORMER]),
    params=st.dictionaries(st.sampled_from(NAMES), ANYTHING),
    credentials=st.just(KEYS) | ANYTHING,
)
def test_whatever_was_sent_todays_request_is_read_and_no_key_is_in_it(
    method: str, params: dict[str, Any], credentials: Any
) -> None:
    told = answer(method, **{"security_group_id": GROUP} | params, credentials=credentials)
    today = told["replacement"]
    today["params"].setdefault("target", GROUP)
    parse_model(MODELS[today["method"]].request_model, today["params"])
    assert "MARKER" not in json.dumps(told)
