"""The log of the real program: where it goes, what is on each line, what never is."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

SECRET = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"


def test_the_log_file_tells_of_each_call_by_its_request_id(home: Any, lines: Any) -> None:
    file: Path = home.path / "logs" / "log.jsonl"
    call = {"target": "prod-bastion", "source": "203.0.113.7", "port": 22, "reason": SECRET}
    environ = {
        "AWSWHITELIST_LOGGING__FILE": str(file),
        "AWSWHITELIST_LOGGING__LEVEL": "DEBUG",
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }
    wanted = lines(("whitelist", call), ("list_rules", {"target": "no-such"}))
    ended = home.run("serve", "--sandbox", lines=wanted, environ=environ)
    assert (ended.code, ended.err) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf-8")
    assert SECRET not in text and "prod-bastion" not in text
    logged = [json.loads(line) for line in text.splitlines()]
    assert all("request_id" in line for line in logged)
    answered = {line["operation"]: line for line in logged if line["event"] == "request.answered"}
    answers = {answer["id"]: answer for answer in ended.answers}
    assert answered["whitelist"]["outcome"] == "ok"
    assert answered["whitelist"]["request_id"] == answers[1]["result"]["request_id"]
    assert answered["list_rules"]["outcome"] == answers[2]["error"]["data"]["code"]
    sizes = [len(json.dumps(answers[number])) for number in (1, 2)]
    assert all(0 < line["received_bytes"] < 300 for line in answered.values())
    assert answered["list_rules"]["answered_bytes"] <= max(sizes)
    wired = [line for line in logged if line["event"] == "services.wired"]
    assert [line["outcome"] for line in wired] == ["ok"]
    assert wired[0]["request_id"] in {line["request_id"] for line in answered.values()}


def test_a_log_file_that_cannot_be_opened_ends_with_2(home: Any) -> None:
    environ = {"AWSWHITELIST_LOGGING__FILE": str(home.path)}
    ended = home.run("serve", environ=environ)
    assert (ended.code, ended.out) == (2, "")
    assert "The log file cannot be opened." in ended.err
    assert "Traceback" not in ended.err
