"""AWS's clock in the hands of a test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any


@dataclass
class Clock:
    """Every answer is dated so much ``ahead``."""

    ahead: timedelta = timedelta()

    def listen(self, session: Any) -> Any:
        """The botocore session, with this clock."""
        session.get_component("event_emitter").register("after-call", self._date)
        return session

    def _date(self, parsed: dict[str, Any], **_: Any) -> None:
        headers = parsed["ResponseMetadata"]["HTTPHeaders"]
        at = parsedate_to_datetime(headers["date"]).astimezone(UTC) + self.ahead
        headers["date"] = format_datetime(at, usegmt=True)
