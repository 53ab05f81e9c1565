"""A script that was written for 1.x learns from the answer what to write today."""

from __future__ import annotations

from typing import Any

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYMARKERMARKER"
OLD = {
    "credentials": {
        "access_key_id": "AKIAMARKERMARKER0000",
        "secret_access_key": SECRET,
        "region": "eu-west-1",
    },
    "security_group_id": "prod-bastion",
    "ip_address": "203.0.113.7",
    "port": 22,
}


def test_the_answer_to_a_former_method_is_a_request_that_works(home: Any, lines: Any) -> None:
    refused = home.run("serve", "--sandbox", lines=lines(("whitelist_add", OLD)))
    (answer,) = refused.answers
    assert answer["error"]["code"] == -32601
    today = answer["error"]["data"]["replacement"]
    (done,) = home.run(
        "serve", "--sandbox", lines=lines((today["method"], today["params"]))
    ).answers
    assert done["result"]["status"] == "added"


def test_keys_in_a_former_request_are_neither_answered_nor_logged(home: Any, lines: Any) -> None:
    loud = {"AWSWHITELIST_LOGGING__LEVEL": "DEBUG"}
    ended = home.run("serve", "--sandbox", lines=lines(("whitelist_add", OLD)), environ=loud)
    assert "MARKER" not in ended.out + ended.err + home.text_of_files()


def test_a_method_that_never_was_is_unknown_and_no_more(home: Any, lines: Any) -> None:
    (answer,) = home.run("serve", "--sandbox", lines=lines(("whitelist_all", OLD))).answers
    assert answer["error"] == {"code": -32601, "message": "Method not found: whitelist_all"}
