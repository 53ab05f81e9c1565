"""The result of ``health`` as OpenMetrics text, for a scraper or a textfile collector.

Source: OpenMetrics 1.0, "Text format": ``# TYPE`` before the samples of a family, a unit is the end
of its name, label values escaped, ``# EOF`` last.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.text import printable

PREFIX = "awswhitelist_"
EVERYBODY_READS = 0o644

STATUS_VALUES: Mapping[str, int] = {"ok": 0, "degraded": 1, "down": 2}
BREAKER_VALUES: Mapping[str, int] = {"closed": 0, "half_open": 1, "open": 2}

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A family of samples: labels and value each."""

    name: str
    help: str
    samples: tuple[tuple[Labels, float], ...]
    unit: str = ""


def gauges_of(health: Mapping[str, Any]) -> tuple[Gauge, ...]:
    """The gauges of a structured ``health`` result; what it does not know is left out."""
    place = tuple((key, str(health[key])) for key in ("account", "region") if health.get(key))
    found = (
        Gauge(
            "health_status",
            "The worst of the checks: 0 ok, 1 degraded, 2 down.",
            ((place, STATUS_VALUES[health["status"]]),),
        ),
        Gauge(
            "check_status",
            "One check: 0 ok, 1 degraded, 2 down.",
            tuple(
                ((("check", each["name"]), *place), STATUS_VALUES[each["status"]])
                for each in health["checks"]
            ),
        ),
        _alone("overdue_rules", "Rules of ours that are past their end.", health, place),
        Gauge(
            "breaker_state",
            "A circuit breaker: 0 closed, 1 half open, 2 open.",
            tuple(
                (
                    (
                        ("service", each["service"]),
                        ("region", each["region"]),
                        ("whose", each["whose"]),
                    ),
                    BREAKER_VALUES[each["state"]],
                )
                for each in health.get("breakers") or ()
            ),
        ),
        _latency(health, place),
    )
    return tuple(gauge for gauge in found if gauge.samples)


def _alone(name: str, help_text: str, health: Mapping[str, Any], place: Labels) -> Gauge:
    value = health.get(name)
    return Gauge(name, help_text, () if value is None else ((place, value),))


def _latency(health: Mapping[str, Any], place: Labels) -> Gauge:
    milliseconds = health.get("aws_latency_ms")
    samples = () if milliseconds is None else ((place, round(milliseconds / 1000, 6)),)
    return Gauge("aws_latency_seconds", "How long one read of rules took.", samples, "seconds")


def to_text(gauges: tuple[Gauge, ...]) -> str:
    """The exposition."""
    return "\n".join([*(line for gauge in gauges for line in _lines(gauge)), "# EOF", ""])


def _lines(gauge: Gauge) -> Iterator[str]:
    name = PREFIX + gauge.name
    yield f"# TYPE {name} gauge"
    if gauge.unit:
        yield f"# UNIT {name} {gauge.unit}"
    yield f"# HELP {name} {gauge.help}"
    for labels, value in gauge.samples:
        pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        yield f"{name}{{{pairs}}} {value}" if pairs else f"{name} {value}"


def _escaped(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')


def write_metrics(health: Mapping[str, Any], to: str) -> None:
    """Write the metrics to a file, which is replaced in one step, or to standard output (``-``).

    Raises InvalidArgumentError where the file cannot be written.
    """
    text = to_text(gauges_of(health))
    if to == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        _replace(Path(to), text)
    except OSError as problem:
        raise InvalidArgumentError(
            f"The metrics cannot be written to {printable(to)}.",
            field="metrics",
            remedy="Name a file in a directory that this user may write to.",
        ) from problem


def _replace(path: Path, text: str) -> None:
    """A collector that reads meanwhile sees the old file or the new one, never a part."""
    fd, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, EVERYBODY_READS)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
