"""What is read of a board: its words, its picture, and the figures in both."""

from __future__ import annotations

import re

from tests.browser.reading import Element


def said(page: Element) -> Element:
    """The words of a board, beside its picture."""
    (found,) = page.by_id("board").all("section", "said")
    return found


def picture(page: Element) -> Element:
    """The picture of a board."""
    (found,) = page.by_id("board").all("figure", "picture")
    return found


_PREFIXES = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24}


def is_figure_of(text: str, count: int) -> bool:
    """Whether a rounded quantity as it is shown, such as 67.1 MB or 2.2 T, is that of so many."""
    number, prefix = re.fullmatch(r"([\d.]+)\s?([kMGTPEZY]?)B?", text.replace("\u00a0", " ").strip()).groups()  # type: ignore[union-attr]
    decimals = len(number.partition(".")[2])
    unit = 10 ** _PREFIXES[prefix]
    off: float = abs(float(number) * unit - count)
    return bool(off <= 0.5000001 * unit / 10**decimals)
