"""The limit of changing calls holds in a new process too, because it is kept in the state."""

from __future__ import annotations

from typing import Any

CALL = ("whitelist", {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh"})


def test_the_61st_changing_call_in_a_minute_is_limited_in_a_new_process_too(
    home: Any, lines: Any
) -> None:
    first = home.run("serve", "--sandbox", lines=lines(*[CALL] * 60))
    assert all("result" in answer for answer in first.answers)
    again = home.run(
        "serve", "--sandbox", lines=lines(CALL, ("list_rules", {"target": CALL[1]["target"]}))
    )
    limited, listed = sorted(again.answers, key=lambda answer: answer["id"])
    data = limited["error"]["data"]
    assert (data["code"], data["retryable"]) == ("rate_limited", True)
    assert 0 < data["retry_after_seconds"] <= 60
    assert f"{data['retry_after_seconds']} seconds" in data["remedy"]
    assert listed["result"]["total"] == 2
