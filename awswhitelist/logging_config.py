"""The log: one line per event on standard error, JSON or plain, with secrets taken out.

An event is logged as ``log.info("rule.added", extra={"rule_id": …})``: the message is the
event's name, everything else a field.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from awswhitelist.config import LogFormat, LoggingConfig
from awswhitelist.redaction import Redactor, known_secrets, redact
from awswhitelist.text import printable

__all__ = ["Redactor", "configure_logging", "known_secrets", "redact"]

QUIET_LOGGERS = ("boto3", "botocore", "urllib3", "s3transfer", "moto")
"""Libraries that log payloads below WARNING."""

LONGEST_LINE = 4000
"""Characters of a plain line; a JSON line is not cut, for it must stay JSON."""

_RESERVED = frozenset(RESERVED_ATTRS) | {"taskName", "request_id"}


def _fields(record: logging.LogRecord, redactor: Redactor) -> dict[str, Any]:
    """The fields of a record that are not logging's own, redacted by name and by shape."""
    extra = {name: value for name, value in vars(record).items() if name not in _RESERVED}
    head = {
        "timestamp": datetime.fromtimestamp(record.created, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "level": record.levelname,
        "logger": record.name,
        "event": redactor.text(record.getMessage()),
    }
    request_id = getattr(record, "request_id", None)
    if request_id is not None:
        head["request_id"] = redactor.text(str(request_id))
    fields: dict[str, Any] = redactor.value(extra)
    return head | {name: value for name, value in fields.items() if name not in head}


class _JsonLines(JsonFormatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """The fields of one line; a traceback, which the base class has formatted, comes last."""
        log_data.update(_fields(record, self._redactor))
        if "exc_info" in message_dict:
            log_data["exception"] = self._redactor.text(str(message_dict["exc_info"]))


class _PlainLines(logging.Formatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The same fields for people: ``time LEVEL logger event name=value …``."""
        fields = _fields(record, self._redactor)
        head = [str(fields.pop(name)) for name in ("timestamp", "level", "logger", "event")]
        pairs = [f"{name}={value!r}" for name, value in fields.items()]
        line = printable(" ".join([*head, *pairs]), LONGEST_LINE)
        if not record.exc_info:
            return line
        return f"{line}\n{self._redactor.text(self.formatException(record.exc_info))}"


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: the base class would print the record, secrets and all, to standard error."""


_FORMATTERS: dict[LogFormat, type[_JsonLines] | type[_PlainLines]] = {
    LogFormat.JSON: _JsonLines,
    LogFormat.TEXT: _PlainLines,
}


def configure_logging(
    settings: LoggingConfig, stream: TextIO, *, secrets: Iterable[str] = ()
) -> None:
    """Log to ``stream`` alone, from ``settings.level`` up; ``secrets`` are blanked as they stand.

    Replaces the handlers of the root logger, so calling it again is safe. Libraries that log
    payloads are kept at WARNING at least.
    """
    handler = _Handler(stream)
    handler.setFormatter(_FORMATTERS[settings.format](Redactor(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.value)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
