"""A comment as text that can be matched, and what is unusual about it.

Belongs here: markup, length, and every note on a comment. Does not belong here: its language or its topics.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from typing import Final

#: Nobody writes more of their own; a longer text is read up to here, and noted.
LONGEST: Final = 20_000


class Note(StrEnum):
    """What is unusual about a comment. The first five say why it has no topic."""

    EMPTY = "nothing is written"
    NO_WORD = "no word: emoji, numbers or signs only"
    UNKNOWN_LANGUAGE = "in no language that can be told"
    NO_WORDS_IN_LANGUAGE = "in a language in which the taxonomy has no words"
    NO_TOPIC = "no word of any topic"
    CUT = f"longer than {LONGEST:,} characters: read up to there"
    MARKUP = "markup left out"
    INSTRUCTIONS = "reads like instructions to a program: its words count as anybody's"


@dataclass(frozen=True)
class Cleaned:
    """What is left of a comment to be matched."""

    text: str
    notes: tuple[Note, ...]


def cleaned(comment: str | None) -> Cleaned:
    """A comment without markup, addresses and what is beyond the longest."""
    if comment is None or not comment.strip():
        return Cleaned("", (Note.EMPTY,))
    notes = []
    if len(comment) > LONGEST:
        notes.append(Note.CUT)
        comment = comment[:LONGEST]
    if _MARKUP.search(comment):
        notes.append(Note.MARKUP)
        comment = without_markup(comment)
    text = _ADDRESSES.sub(" ", comment)
    if not _LETTER.search(text):
        notes.append(Note.NO_WORD)
    elif _INSTRUCTIONS.search(text):
        notes.append(Note.INSTRUCTIONS)
    return Cleaned(text, tuple(notes))


def without_markup(comment: str) -> str:
    """What a browser would show of a comment; the comment itself where there is no markup."""
    if not _MARKUP.search(comment):
        return comment
    parser = _Text()
    parser.feed(comment)
    parser.close()
    return "".join(parser.parts)


_LETTER = re.compile(r"[^\W\d_]")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|&(?:[a-zA-Z]{2,8}|#\d{1,6});|<!--")
# Bounded on both sides: a hostile text must not make the search quadratic.
_ADDRESSES = re.compile(r"https?://\S{1,2000}|www\.\S{1,2000}|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,190}")
_INSTRUCTIONS = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instructions?|prompts?|rules)\b"
    r"|\b(?:ignor|negeer|vergiss|vergeet|oubli|olvid|esque[cç])\w*\b.{0,40}"
    r"\b(?:instruct?ions?|instructies|anweisungen|instrucciones|instruç(?:ão|ões)|consignes)\b"
    r"|\bsystem prompt\b|\byou are now\b|\bas an ai\b|<\|im_start\|>|\[/?inst\]",
    re.IGNORECASE | re.DOTALL,
)


class _Text(HTMLParser):
    """Collects what a browser would show; a tag separates words."""

    _HIDDEN: Final = ("script", "style")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self._HIDDEN
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._HIDDEN and self._hidden > 0
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
