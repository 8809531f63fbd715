"""The line that tells what in an address a page did not read, and what may have been meant.

It is the one place where a page repeats what is no field's: so names are few, short, and without what does not print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from unicodedata import normalize

from app.state.codec import Reader

# So many names are told, and so many letters of each: twice as long as any of ours, and too short for a message.
_NAMED, _LETTERS = 3, 16
# What only the site writes: nobody who types an address means it.
_OURS = ("stops", "away", "was", "resume")


def told(query: Reader) -> Mapping[str, str]:
    """The line as a template sees it, under the name `unread`; nothing where all was read that should have been."""
    names = query.unread
    if not names:
        return {}
    left = [name for name in query.left if name not in _OURS]
    if len(names) == 1:
        meant = _meant(names[0], left)
        guess = f"; did you mean {meant}?" if meant else "."
        return {"unread": f"The name {_shown(names[0])} in the address was not read{guess}"}
    shown = [_with_guess(name, left) for name in names[:_NAMED]]
    more = len(names) - len(shown)
    shown += [f"{more} more"] if more else []
    return {"unread": f"These names in the address were not read: {', '.join(shown[:-1])} and {shown[-1]}."}


def _with_guess(name: str, known: Sequence[str]) -> str:
    meant = _meant(name, known)
    return f"{_shown(name)} (did you mean {meant}?)" if meant else _shown(name)


def _meant(name: str, known: Sequence[str]) -> str:
    """Which of the names that were not given it may stand for: in other letters, or with a slip; empty for none."""
    plain = {_plain(one): one for one in known}
    close = get_close_matches(_plain(name[:_LETTERS]), plain, n=1)
    return plain[close[0]] if close else ""


def _plain(name: str) -> str:
    """The name in small letters of the common kind, which bold, slanted and full-width ones are too."""
    return normalize("NFKC", name).casefold().strip()


def _shown(name: str) -> str:
    """The name in quotation marks, cut short; a text without a name is shown as it stood, behind an equals sign."""
    printed = "".join(letter if letter.isprintable() else "\ufffd" for letter in name[:_LETTERS])
    return f"“{printed or '='}{'…' if len(name) > _LETTERS else ''}”"
