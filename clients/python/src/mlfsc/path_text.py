"""Paths in the JSON and the CSV of the `mlfsc` command, as paths again.

A path that is UTF-8 without control characters stands there as it is. Any other is `file:` and the path percent-encoded:
`file:gr%FCn.png`. What `path_from_text` gives can be opened on POSIX systems: it holds bytes that are no UTF-8 as
`os.fsdecode` does.
"""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

_SCHEME = "file:"


def path_from_text(text: str) -> str:
    """The path that the command wrote as `text`."""
    return os.fsdecode(unquote_to_bytes(text.removeprefix(_SCHEME))) if text.startswith(_SCHEME) else text


def printable(path: str) -> str:
    r"""For people and for a terminal: bytes that are no UTF-8 as \xFC, control characters as question marks."""
    return "".join(_shown(character) for character in path)


def _shown(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02X}"
    control = code < 0x20 or 0x7F <= code < 0xA0 or 0x2028 <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return "?" if control or 0xD800 <= code <= 0xDFFF else character
