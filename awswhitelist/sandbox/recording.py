"""The estate, as AWS's describe calls list it: recorded in ``recording.json``.

moto made it once from the tables in :mod:`awswhitelist.sandbox.estate` (``scripts/estate``).
The file has two places: the region of the estate, and one without anything in it, which stands
for every other region.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from awswhitelist.sandbox.answers import Answer
from awswhitelist.sandbox.offline_session import REGION

ACCOUNT = "111122223333"
"""An account id of AWS's own examples."""

ELSEWHERE = "us-east-1"
"""The region that was recorded for all that are not the estate's."""

RECORDING = Path(__file__).with_name("recording.json")

Listed = Mapping[str, list[Answer]]
"""What an action such as ``ec2:DescribeVpcs`` lists when nothing narrows it down."""

_TIME = "$time"
_IDS = re.compile(r"\b(vpc-cidr-assoc|vpc|sg|sgr|subnet|dopt|pl)-([0-9a-f]{8,17})\b")


def recorded(region: str) -> Listed:
    """A copy of one's own of what there is in a region."""
    places = _places()
    text = places[REGION] if region == REGION else _moved(places[ELSEWHERE], region)
    return dict(json.loads(text, object_hook=_with_times))


def as_text(places: Mapping[str, Listed]) -> str:
    """What is recorded, region by region, as the file has it."""
    return json.dumps(places, indent=1, sort_keys=True, default=_without_times) + "\n"


@functools.cache
def _places() -> Mapping[str, str]:
    places = json.loads(RECORDING.read_text("utf-8"))
    return {region: json.dumps(listed) for region, listed in places.items()}


def _moved(text: str, region: str) -> str:
    """The same in another region, where everything has an id of its own."""

    def other(match: re.Match[str]) -> str:
        drawn = hashlib.sha256(f"{region}/{match[2]}".encode()).hexdigest()
        return f"{match[1]}-{drawn[:len(match[2])]}"

    return _IDS.sub(other, text.replace(ELSEWHERE, region)) if region != ELSEWHERE else text


def _without_times(value: object) -> object:
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    raise TypeError(f"{value!r} cannot be recorded")


def _with_times(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value[_TIME]) if _TIME in value else value
