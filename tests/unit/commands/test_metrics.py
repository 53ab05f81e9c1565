"""The health as OpenMetrics text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.metrics import gauges_of, to_text, write_metrics
from awswhitelist.exceptions import InvalidArgumentError

HEALTH: dict[str, Any] = {
    "summary": "…",
    "status": "degraded",
    "account": "111122223333",
    "region": "eu-west-1",
    "aws_latency_ms": 23.4,
    "overdue_rules": 2,
    "breakers": [
        {"service": "ec2", "region": "eu-west-1", "whose": 'a "b"\\c', "state": "half_open"}
    ],
    "checks": [
        {"name": "policy", "status": "ok", "detail": "…"},
        {"name": "expiry", "status": "degraded", "detail": "…"},
    ],
}
PLACE = 'account="111122223333",region="eu-west-1"'
SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="(\\.|[^"\\])*"(,[a-z]+="(\\.|[^"\\])*")*\})? [0-9.]+')


def text_of(**changes: Any) -> str:
    return to_text(gauges_of(HEALTH | changes))


def test_the_whole_health_is_told() -> None:
    samples = [line for line in text_of().splitlines() if not line.startswith("#")]
    assert samples == [
        f"awswhitelist_health_status{{{PLACE}}} 1",
        f'awswhitelist_check_status{{check="policy",{PLACE}}} 0',
        f'awswhitelist_check_status{{check="expiry",{PLACE}}} 1',
        f"awswhitelist_overdue_rules{{{PLACE}}} 2",
        'awswhitelist_breaker_state{service="ec2",region="eu-west-1",whose="a \\"b\\"\\\\c"} 1',
        f"awswhitelist_aws_latency_seconds{{{PLACE}}} 0.0234",
    ]


def test_the_form_is_that_of_openmetrics() -> None:
    lines = text_of().split("\n")
    assert lines[-2:] == ["# EOF", ""]
    family = ""
    for line in lines[:-2]:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split()
            assert kind == "gauge"
        elif line.startswith("# UNIT "):
            assert line.split()[2] == family and family.endswith(f"_{line.split()[3]}")
        elif line.startswith("# HELP "):
            assert line.split()[2] == family
        else:
            assert SAMPLE.fullmatch(line), line
            assert re.split(r"[{ ]", line)[0] == family


def test_what_is_not_known_is_left_out() -> None:
    unknown = {"account": None, "region": None, "aws_latency_ms": None, "overdue_rules": None}
    text = text_of(**unknown, breakers=None)
    assert "awswhitelist_health_status 1\n" in text
    assert "latency" not in text and "overdue" not in text and "breaker" not in text


@pytest.mark.parametrize(("status", "value"), [("ok", 0), ("degraded", 1), ("down", 2)])
def test_a_status_is_a_number(status: str, value: int) -> None:
    assert f"awswhitelist_health_status{{{PLACE}}} {value}\n" in text_of(status=status)


def test_a_file_is_replaced_in_one_step_and_can_be_read_by_a_collector(tmp_path: Path) -> None:
    file = tmp_path / "awswhitelist.prom"
    file.write_text("old")
    write_metrics(HEALTH, str(file))
    assert file.read_text() == text_of()
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_standard_output_may_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    write_metrics(HEALTH, "-")
    assert capsys.readouterr().out == text_of()


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError) as told:
        write_metrics(HEALTH, str(tmp_path / "absent" / "x.prom"))
    assert told.value.field == "metrics"


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    directory = tmp_path / "x.prom"
    directory.mkdir()
    with pytest.raises(InvalidArgumentError):
        write_metrics(HEALTH, str(directory))
    assert list(tmp_path.iterdir()) == [directory]
