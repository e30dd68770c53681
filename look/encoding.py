"""Infers the encoding of a text file from its byte-order mark, zero bytes, valid UTF-8 or likely letters."""

import codecs
import re
from collections.abc import Sequence
from itertools import islice

from look.findings import Findings

#: Single-byte encodings, in the order that breaks ties; exports in the ten languages use these.
_CANDIDATES = ("cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp850", "mac_roman")
_LETTERS = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœßúùûüąćęłńśźżÿ")
_SIGNS = frozenset("’‘“”„…€£§°«»–—¿¡\u00a0´")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_WORDS = 400  # of each part of the file
_NAMES = {"iso8859-15": "iso-8859-15", "iso8859-2": "iso-8859-2", "mac_roman": "mac-roman"}


def find_encoding(probes: Sequence[bytes], findings: Findings) -> str:
    """The encoding of the file that these bytes come from; the first probe is its beginning."""
    head = probes[0]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        findings.sure("encoding", "utf-16, by its byte-order mark")
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        findings.sure("encoding", "utf-8, by its byte-order mark")
        return "utf-8"
    if head.count(0) * 4 > len(head):
        wide = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        findings.sure("encoding", f"{wide}, by its zero bytes; there is no byte-order mark")
        return wide
    if all(_is_utf8(probe) for probe in probes):
        plain = all(probe.isascii() for probe in probes)
        findings.sure(
            "encoding", "utf-8 (only ASCII was seen)" if plain else "utf-8: accented letters decode"
        )
        return "utf-8"
    return _single_byte([word for probe in probes for word in _words_of(probe)], findings)


def _is_utf8(probe: bytes) -> bool:
    """Whether it is UTF-8, apart from a character cut in two at either end."""
    start = 0
    while start < min(3, len(probe)) and 0x80 <= probe[start] < 0xC0:
        start += 1
    try:
        codecs.getincrementaldecoder("utf-8")().decode(probe[start:], final=False)
    except UnicodeDecodeError:
        return False
    return True


def _words_of(probe: bytes) -> list[bytes]:
    return list(dict.fromkeys(found[0] for found in islice(_WORD.finditer(probe), _WORDS)))


def _single_byte(words: Sequence[bytes], findings: Findings) -> str:
    scores = {name: sum(_likely(word, name) for word in words) for name in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda name: scores[name])
    readings = {name: [word.decode(name, "replace") for word in words] for name in _CANDIDATES}
    rivals = [
        name for name in _CANDIDATES if readings[name] != readings[best] and scores[name] >= scores[best]
    ]
    accents = sum(sum(byte >= 0x80 for byte in word) for word in words)
    if best == "cp1252" and any("\ufffd" in text for text in readings[best]):
        best = "latin-1"  # it reads every byte: a damaged comment does not lose a row
    example = next((word.decode(best, "replace") for word in words if len(word) > 3), "")
    name = _NAMES.get(best, best)
    if rivals or scores[_CANDIDATES[0] if best == "latin-1" else best] < 0.8 * accents:
        findings.unsure(
            "encoding",
            f'{name} fits best, but not well: it reads "{example}"',
            f'look at the comments; correct encoding = "{name}" in the mapping if they are damaged',
        )
    else:
        findings.sure("encoding", f'{name}: not UTF-8, and it reads words such as "{example}"')
    return name


def _likely(word: bytes, encoding: str) -> float:
    """How much a word looks like one of the ten languages: letters score for it, odd signs against it."""
    text = word.decode(encoding, "replace")
    score = 0.0
    for at, letter in enumerate(text):
        if letter.isascii():
            continue
        if letter.lower() in _LETTERS:
            odd = letter.isupper() and at > 0 and text[at - 1].islower()
            score += -1.0 if odd else 1.0
        else:
            score += 0.5 if letter in _SIGNS and not 0 < at < len(text) - 1 else -1.0
    return score
