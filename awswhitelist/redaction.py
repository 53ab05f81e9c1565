"""Secrets taken out of anything that is about to be logged. Pure.

Three nets, because each alone has holes: names of fields that hold secrets, shapes of secrets
anywhere in a text, and the exact secrets that this process was given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

BLANK = "[redacted]"
DEEPEST = 12
"""Levels of nesting that are looked into; what lies deeper is blanked."""

SHORTEST_KNOWN = 8
"""A known secret shorter than this is left alone: blanking it would shred ordinary words."""

SECRET_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

_SECRET_NAME = re.compile(
    r"secret|token|passw|passphrase|authorization|credential|signature|cookie"
    r"|api[_-]?key|private[_-]?key|access[_-]?key|^approval$",
    re.IGNORECASE,
)
"""Names of fields whose values are blanked whatever they look like."""

_KEY = (
    r"(?:secret|token|passw(?:or)?d|passphrase|signature|(?:api|private|access)[_-]?key)"
    r"[\w-]{0,40}"
)
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s,;&"'})]+)"""
_BASE64 = r"[A-Za-z0-9+/]"

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Access key ids. IAM user guide, "Unique identifiers".
    (re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}"), BLANK),
    # Authorization headers: Basic, Bearer, AWS Signature Version 4.
    (re.compile(r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+"), rf"\1{BLANK}"),
    (re.compile(r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}"), rf"\1{BLANK}"),
    # name=value and "name": "value", where the name says that it is secret.
    (re.compile(rf"(?i)({_KEY}[\"']?\s*[:=]\s*){_VALUE}"), rf"\1{BLANK}"),
    # User and password in a URL; a password may have been left unquoted, with / and @ in it.
    (
        re.compile(
            r"(://)[^\s/@:]*:" r"(?:[^\s/@]+|(?!\d+/)[^\s@\"'<>]{1,256})@(?:[^\s/@\"'<>]{1,256}@)*"
        ),
        rf"\1{BLANK}@",
    ),
    # JSON Web Tokens; then session tokens and other runs that no word or id is as long as.
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*"), BLANK),
    (re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/=_-]{100,}"), BLANK),
    # A secret access key: forty characters with all three kinds in them, as random ones have.
    (
        re.compile(
            rf"(?<![A-Za-z0-9+/])(?={_BASE64}{{0,39}}[A-Z])(?={_BASE64}{{0,39}}[a-z])"
            rf"(?={_BASE64}{{0,39}}[0-9]){_BASE64}{{40}}(?![A-Za-z0-9+/=])"
        ),
        BLANK,
    ),
    (re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)"), BLANK),
)
"""Shapes of secrets in a text, and what stands there instead."""


_HINTS = (
    *("secret", "token", "passw", "passphrase", "authorization", "credential", "signature"),
    *("cookie", "key", '"approval"', "akia", "asia", "bearer", "basic", "://", "eyj", "-----begin"),
    "\\",
)
"""JSON of ASCII in which none of these is, in lower case, holds nothing that the names and shapes
above are about, but for long runs of characters. A backslash may hide anything."""

_RUN = re.compile(r"[A-Za-z0-9+/=_-]{40,}")
_HARMLESS = 99
"""Characters of a run that is no secret, where it has no capital letters: a hash in hex."""


class Redactor:
    """Blanks secrets in values of any shape, ``known_secrets`` wherever they stand.

    Its repr shows none of them.
    """

    def __init__(self, known_secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in known_secrets if len(secret) >= SHORTEST_KNOWN}
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None

    def text(self, text: str) -> str:
        """``text`` with everything that is or looks like a secret blanked."""
        if self._known is not None:
            text = self._known.sub(BLANK, text)
        for shape, replacement in _SHAPES:
            text = shape.sub(replacement, text)
        return text

    def record(self, value: Any) -> Any:
        """What :meth:`value` gives; ``value`` itself, at once, where nothing could be a secret."""
        try:
            text = _ENCODE(value)
        except (TypeError, ValueError, RecursionError):
            return self.value(value)
        return self.value(value) if self._may_hide(text) else value

    def _may_hide(self, text: str) -> bool:
        """Whether JSON may hold a secret. Quick; sure where it says no."""
        if self._known is not None and self._known.search(text):
            return True
        lowered = text.lower()
        if any(hint in lowered for hint in _HINTS):
            return True
        runs = _RUN.findall(text)
        return any(len(run) > _HARMLESS or run != run.lower() for run in runs)

    def value(self, value: Any, depth: int = 0) -> Any:
        """``value`` redacted, as plain data: objects that are not data become redacted text."""
        if (
            value is None
            or isinstance(value, int)
            or (isinstance(value, float) and isfinite(value))
        ):
            return value
        if isinstance(value, str):
            return self.text(value)
        if depth >= DEEPEST:
            return BLANK
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._field(name, value[name], depth) for name in value}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.value(inner, depth + 1) for inner in value]
        return self.text(str(value))

    def _field(self, name: object, value: Any, depth: int) -> Any:
        if isinstance(name, str) and _SECRET_NAME.search(name) and _can_hide(value):
            return BLANK
        return self.value(value, depth + 1)


def _can_hide(value: Any) -> bool:
    """Whether a value could be a secret at all: nothing and a switch cannot."""
    return value is not None and not isinstance(value, bool) and value != ""


_ENCODE = json.JSONEncoder(allow_nan=False).encode

_WITHOUT_KNOWN = Redactor()


def redact(value: Any) -> Any:
    """``value`` with everything that looks like a secret blanked, nested data included."""
    return _WITHOUT_KNOWN.value(value)


def known_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The AWS secrets that the environment holds, for :class:`Redactor`."""
    return tuple(environ[name] for name in SECRET_VARIABLES if environ.get(name))
