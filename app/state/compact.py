"""A long text as an address holds it: compressed, in letters that are not percent-encoded.

A lecture of thirty stops takes half the room so, and it stands in each link of its pages. A short one stays as it is,
for people to read.
"""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote

# With this a compressed text begins; DEFLATE without a header, in letters, digits, - and _, follows.
_MARK = "~"
_PACKED = re.compile(r"~[A-Za-z0-9_-]+")
_WINDOW = -15
# A text that takes up to so many bytes stays as it is.
_SHORT = 300


def packed(text: str) -> str:
    """A text as an address holds it: itself, or where that is long, the same compressed."""
    if len(quote(text)) <= _SHORT:
        return text
    squeeze = zlib.compressobj(9, zlib.DEFLATED, _WINDOW)
    return _MARK + urlsafe_b64encode(squeeze.compress(text.encode()) + squeeze.flush()).decode().rstrip("=")


def unpacked(text: str, most: int) -> str | None:
    """The text that an address holds, of at most so many bytes where it was compressed; None where nothing can be made
    of it, as of one that was cut off."""
    if not _PACKED.fullmatch(text):
        return text
    expand = zlib.decompressobj(_WINDOW)
    try:
        found = expand.decompress(urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)), most)
        return found.decode() if expand.eof else None
    except (ValueError, zlib.error):
        return None
