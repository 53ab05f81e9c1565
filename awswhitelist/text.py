"""Text that is safe to show, to store and to send: cut, cleaned, in the alphabet that AWS takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from awswhitelist.constants import DESCRIPTION_LENGTH, TAG_VALUE_LENGTH

PRINTABLE_LIMIT = 80

_LETTERS_AND_DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
DESCRIPTION_ALPHABET = frozenset(_LETTERS_AND_DIGITS + " ._-:/()#,@[]+=&;{}!$*")
"""What a rule's description may hold. Source: EC2 API reference, IpRange, Description."""

_TAG_PUNCTUATION = frozenset(" _.:/=+-@")
"""Beside letters and digits of any script. Source: EC2 user guide, "Tag restrictions"."""

_FILLER = "_"

_TRANSLITERATION = str.maketrans(
    {
        **dict.fromkeys("'\"`´‘’‚‛“”„‟«»‹›", ""),
        **dict.fromkeys("‐‑‒–—―−~", "-"),
        "<": "(",
        ">": ")",
        "\\": "/",
        "|": "/",
        "?": ".",
        "%": _FILLER,
        "^": _FILLER,
        "ß": "ss",
        "Æ": "AE",
        "æ": "ae",
        "Œ": "OE",
        "œ": "oe",
        "Ø": "O",
        "ø": "o",
        "Ł": "L",
        "ł": "l",
        "Đ": "D",
        "đ": "d",
        "Þ": "Th",
        "þ": "th",
        "ı": "i",
        "€": "EUR",
        "£": "GBP",
    }
)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def printable(text: str, limit: int = PRINTABLE_LIMIT) -> str:
    """``text`` as one line of at most ``limit`` characters, fit to be shown to a person.

    Control, bidirectional and other invisible characters are taken out (Unicode categories C*,
    Zl, Zp): text from AWS or from a caller must not be able to forge what is shown around it.
    """
    visible = _one_line(text)
    if not visible.isprintable():
        visible = _one_line(
            "".join(char for char in visible if unicodedata.category(char)[0] != "C")
        )
    return visible if len(visible) <= limit else visible[: max(limit - 1, 0)].rstrip() + "…"


def _described(char: str) -> str:
    if char in DESCRIPTION_ALPHABET:
        return char
    return _FILLER if unicodedata.category(char)[0] in "LN" else ""


def clean_description(text: str) -> str:
    """``text`` as AWS takes it for a rule's description: legal, one line, at most 255 characters.

    Accents are taken off, common letters and signs transliterated; a letter that has no
    likeness becomes ``_``; emoji and other signs are left out. Cleaning twice changes nothing.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_TRANSLITERATION))
    legal = "".join(map(_described, _one_line(plain.translate(_TRANSLITERATION))))
    return _one_line(legal)[:DESCRIPTION_LENGTH].rstrip()


def _tagged(char: str) -> str:
    legal = char in _TAG_PUNCTUATION or unicodedata.category(char)[0] in "LN"
    return char if legal else _FILLER


def clean_tag_value(text: str) -> str:
    """``text`` as AWS takes it for the value of an EC2 tag: legal and at most 256 characters.

    Letters and digits of any script stay; every other character than ``_ . : / = + - @`` and
    the space becomes ``_``. Cleaning twice changes nothing.
    """
    composed = _one_line(unicodedata.normalize("NFC", text))
    return "".join(map(_tagged, composed))[:TAG_VALUE_LENGTH].rstrip()


def near_miss(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that ``word`` was most likely meant to be; None if none is near."""
    from difflib import get_close_matches  # only a mistake needs it: keep it out of start-up

    by_lower = {known.lower(): known for known in words}
    found = get_close_matches(word[:PRINTABLE_LIMIT].lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None
