"""URI templates with plain ``{name}`` expressions, expanded and read back. Pure.

Source: RFC 6570, level 1 ("Simple String Expansion"); RFC 3986, section 2.1 (percent-encoding).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

_EXPRESSION = re.compile(r"\{([a-z_]+)\}")
_VALUE = r"((?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)"


class UriTemplate:
    """A template; ``names`` are its variables in order, each of which it names once."""

    def __init__(self, template: str) -> None:
        self.template = template
        self._literals = _EXPRESSION.split(template)[::2]
        self.names = tuple(_EXPRESSION.findall(template))
        self._pattern = re.compile(_VALUE.join(map(re.escape, self._literals)))

    def expand(self, values: Mapping[str, str]) -> str:
        """The URI for these values. KeyError for a variable without one."""
        encoded = (quote(values[name], safe="") for name in self.names)
        first, *rest = self._literals
        return first + "".join(value + text for value, text in zip(encoded, rest, strict=True))

    def match(self, uri: str) -> dict[str, str] | None:
        """The values that lead to this URI, none of them empty; None if it is not one of these."""
        found = self._pattern.fullmatch(uri)
        if found is None:
            return None
        try:
            decoded = [unquote_to_bytes(value).decode("utf-8") for value in found.groups()]
        except UnicodeDecodeError:
            return None
        return dict(zip(self.names, decoded, strict=True))
