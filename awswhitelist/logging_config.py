"""The log: one line per event, JSON or plain, with secrets taken out.

It goes to standard error, or to ``logging.file``. An event is logged as
``log.info("rule.added", extra={"rule_id": …})``: the message is the event's name, everything else
a field. Every line has the ``request_id`` of the call that its thread serves.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from awswhitelist.config import LogFormat, LoggingConfig
from awswhitelist.log_context import request_in_service
from awswhitelist.redaction import Redactor, known_secrets, redact
from awswhitelist.text import printable

if TYPE_CHECKING:
    from awswhitelist.log_file import LogFile
    from awswhitelist.log_stream import LogStream

__all__ = ["Redactor", "configure_logging", "known_secrets", "log_uncaught", "redact"]

log = logging.getLogger("awswhitelist")

QUIET_LOGGERS = ("botocore", "urllib3")
"""Libraries that log payloads below WARNING."""

LONGEST_LINE = 4000
"""Characters of a plain line; a JSON line is not cut, for it must stay JSON."""

_RESERVED = frozenset(RESERVED_ATTRS) | {"taskName", "request_id"}


def _fields(record: logging.LogRecord, redactor: Redactor) -> dict[str, Any]:
    """The fields of a record that are not logging's own, redacted by name and by shape."""
    extra = {name: value for name, value in vars(record).items() if name not in _RESERVED}
    head: dict[str, Any] = {
        "timestamp": datetime.fromtimestamp(record.created, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "level": record.levelname,
        "logger": record.name,
        "event": redactor.text(record.getMessage()),
    }
    request_id = str(getattr(record, "request_id", "") or request_in_service())
    head["request_id"] = redactor.text(request_id) or None
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


def _visible(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


class _PlainLines(logging.Formatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The same fields for people: ``time LEVEL logger event name=value …``."""
        fields = _fields(record, self._redactor)
        fields["request_id"] = fields["request_id"] or "-"
        head = [str(fields.pop(name)) for name in ("timestamp", "level", "logger", "event")]
        pairs = [f"{name}={value!r}" for name, value in fields.items()]
        line = printable(" ".join([*head, *pairs]), LONGEST_LINE)
        if not record.exc_info:
            return line
        # Set in, so that no message of an exception can pass for a line of the log.
        trace = self._redactor.text(self.formatException(record.exc_info)).splitlines()
        return "\n".join([line, *(f"    {_visible(each)}" for each in trace)])


class _Handler(logging.StreamHandler[Any]):
    def __init__(
        self, stream: TextIO | LogStream | LogFile, let_go: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(stream)
        self._let_go = let_go

    def close(self) -> None:
        """Close what was opened for this handler alone."""
        self._let_go()
        super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: the base class would print the record, secrets and all, to standard error."""


_FORMATTERS: dict[LogFormat, type[_JsonLines] | type[_PlainLines]] = {
    LogFormat.JSON: _JsonLines,
    LogFormat.TEXT: _PlainLines,
}


def configure_logging(
    settings: LoggingConfig, stream: TextIO | LogStream, *, secrets: Iterable[str] = ()
) -> None:
    """Log to ``settings.file``, or else to ``stream``, from ``settings.level`` up.

    ``secrets`` are blanked as they stand. Replaces the handlers of the root logger, so calling it
    again is safe. Libraries that log payloads are kept at WARNING at least. Raises
    ConfigurationError where the file cannot be opened; nothing has changed then.
    """
    handler = _handler(settings, stream)
    handler.setFormatter(_FORMATTERS[settings.format](Redactor(secrets)))
    root = logging.getLogger()
    for replaced in root.handlers:
        if isinstance(replaced, _Handler):
            replaced.close()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.value)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _handler(settings: LoggingConfig, stream: TextIO | LogStream) -> _Handler:
    if settings.file is None:
        return _Handler(stream)
    from awswhitelist.log_file import LogFile  # Most servers log to standard error.

    file = LogFile(settings.file, max_bytes=settings.max_bytes, backups=settings.backups)
    return _Handler(file, file.close)


def log_uncaught() -> None:
    """Log what ends a thread or the program, redacted, instead of Python's own raw traceback.

    An interrupt from the keyboard is left to Python.
    """
    sys.excepthook = _program_crashed
    threading.excepthook = _thread_crashed


def _program_crashed(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("program.crashed", exc_info=(kind, error, trace))


def _thread_crashed(crashed: threading.ExceptHookArgs) -> None:
    error = crashed.exc_value
    if error is not None and not isinstance(error, SystemExit):
        log.critical("thread.crashed", exc_info=(type(error), error, crashed.exc_traceback))
