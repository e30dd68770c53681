"""Puts tokens in the place of personal data before a record is converted, and seals what they stand for.

Columns and payload are both read from the text that leaves here, so they agree. In a JSON text each string is
judged by its key: those of personal columns and of `TableSpec.personal` become tokens of their kind, those
that other columns read stay. Of the rest goes what looks personal: by its key (a phone number, a birthday),
or by itself (an address, four words or more, sixty characters). Numbers stay, and what is between the
strings, byte by byte.

A record that was sealed and never loaded, because the load was killed, only repeats an entry of the vault.

Belongs here: which strings, and when they are sealed. Does not belong here: tokens and sealing (`vault`), the
cells of files (`files/hiding.py`).
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

import orjson
import pyarrow as pa

from ingestion import folders
from ingestion.arrow import steps
from ingestion.quick import Keys, replaced
from ingestion.records import Batch, md5
from ingestion.tables import PERSONAL, TableSpec
from vault import keys
from vault.keys import WritingKeys
from vault.store import REST, Entry, Vault
from vault.tokens import Kind, Tokens, is_token

#: A string, and if it is a key what follows it: its string, if it has one. Or where something begins or ends.
_PARTS: Final = re.compile(
    rb'"((?:[^"\\]++|\\.)*+)"(\s*+:\s*+(?:"((?:[^"\\]++|\\.)*+)")?)?|[\[{\]}]', re.DOTALL
)
#: Keys between a field and its value.
_BETWEEN: Final = frozenset({"values", "value"})
_PERSONAL_KEY: Final = re.compile(
    r"(?i)mail|phone|mobile|fax|(first|last|full|given|family|sur|middle|nick|display)[ _-]?name|birth"
    r"|^(recipient|respondent|customer|contact|requester|sender|author|user|billing|shipping)[ _-]?name$"
    r"|address|^line[12]$|street|postal|zip|latitude|longitude|^ip$|ip[_-]?addr|device[_-]?id|user[_-]?agent"
    r"|comment|message|note|feedback|verbatim|remark|signature|twitter|linkedin|facebook"
)
_PERSONAL_TEXT: Final = re.compile(r"@|^.{60}|^\s*\S+\s+\S+\s+\S+\s+\S|^\d{1,3}(\.\d{1,3}){3}$", re.DOTALL)
#: In a token, what no column can hold either, so that the record is rejected as it would be.
_HALF_A_CHARACTER: Final = "\ud800"
#: What the detail of a rejected record says of a value, at its end or before what is wrong with it.
_SAID: Final = re.compile(r"""(?<= is )(['"]).*\1…?$|(?<= is )(['"]).*…$|(?<=: )".*"(?= )""", re.DOTALL)
#: A number, a date or a short word is nobody's, and tells what to correct.
_NOBODYS: Final = re.compile(r"""['"]([^\s@]{0,12}|(?:(?![^\W\d_]{2})[^@]){0,40})['"]""")
#: Columns that tell the day of a record, the first that is filled.
_MOMENTS: Final = ("version_at", "updated_at", "responded_at", "recorded_at")
HIDDEN: Final = "a text that is in the vault"


@dataclass(frozen=True)
class Fields:
    """What a table says of the keys of its records."""

    personal: Mapping[str, Kind]
    harmless: frozenset[str]

    @classmethod
    def of(cls, spec: TableSpec) -> "Fields":
        """Those of a table."""
        personal, harmless = dict(spec.personal), {*spec.reads}
        for column in (*spec.columns, *filter(None, [spec.version_at])):
            if column.source and not callable(column.source):
                named = [step for step in steps(column.source) if type(step) is str]
                key = next((step for step in reversed(named) if step not in _BETWEEN), named[-1])
                if column.name in PERSONAL:
                    personal[key] = PERSONAL[column.name]
                else:
                    harmless.add(key)
        return cls(personal, frozenset(harmless - personal.keys()))

    def and_harmless(self, further: Iterable[str]) -> "Fields":
        """With more keys whose texts stay."""
        return Fields(self.personal, self.harmless | (frozenset(further) - self.personal.keys()))

    def judge(self, key: str) -> bool | None:
        """Whether the strings of a key are hidden; None where it depends on the text."""
        if key in self.personal:
            return True
        return False if key in self.harmless else is_personal_key(key) or None

    def kind(self, key: str, text: str) -> Kind | None:
        """What a string is; None where it stays."""
        if key in self.personal:
            return self.personal[key]
        if key in self.harmless or not text or not (is_personal_key(key) or _PERSONAL_TEXT.search(text)):
            return None
        return Kind.TEXT


@lru_cache(4096)
def is_personal_key(key: str) -> bool:
    """Whether a field's name says that it holds personal data."""
    return _PERSONAL_KEY.search(key) is not None


class Hiding:
    """Hides the records of one raw table during one load, and seals those of them that are new."""

    def __init__(self, written: WritingKeys, source: str, table: str) -> None:
        self.tokens: Tokens = written.tokens
        self._public = written.public
        self._vault = Vault(folders.home() / "vault")
        self._place = source, table
        self._declared = declared_fields(source)
        self._meant: dict[str, list[tuple[str, str]]] = {}

    def hidden(self, spec: TableSpec, batch: Batch) -> Batch:
        """The records with tokens; what these mean waits until it is known which records are new."""
        if spec.is_of_the_company:
            return batch
        fields = Fields.of(spec).and_harmless(self._declared)
        judged, lines, records, hashes = Keys(fields.judge), list[bytes](), list[Any](), list[str]()
        for line, record in zip(batch.lines, batch.records, strict=True):
            found, hidden = _Found(fields, self.tokens), None
            if batch.given is None:  # records that were given may be parts of each other
                hidden = replaced(line, record, judged, _BETWEEN, found.hide)
            if hidden is None:
                found, hidden = _Found(fields, self.tokens), line
                if type(record) is dict:  # what is no record is rejected as a whole
                    hidden, record = found.line(line), found.value("", record)
            lines.append(hidden)
            records.append(record)
            hashes.append(hashlib.md5(hidden, usedforsecurity=False).hexdigest())
            if found.meant:
                self._meant[hashes[-1]] = found.entries()
        made = replace(batch, lines=lines, given=records)
        made.__dict__["hashes"] = hashes
        return made

    def text(self, fields: Fields, line: str, kept: Container[str]) -> tuple[str, list[tuple[str, str]]]:
        """A JSON text with tokens, and what they mean. What is `kept` stays."""
        found = _Found(fields, self.tokens, kept)
        hidden = found.line(line.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        return hidden, found.entries()

    def rejects(self, rejects: pa.Table) -> pa.Table:
        """Rejected rows without what was rejected: their text is a token, and is sealed."""
        rows, sealed = rejects.to_pylist(), list[Entry]()
        for row in rows:
            text = str(row["original_text"])
            row["original_text"] = token = self.tokens.text(text)
            row["detail"] = without_values(str(row["detail"]))
            if token != text:
                place = (
                    f"{row.get('origin') or row.get('file_name')}#{row.get('position') or row['row_number']}"
                )
                sealed.append(Entry(row["record_id"] or place, token, text))
                if "original_hash" in row:
                    row["original_hash"] = self._digest(row["original_hash"], text, token)
        self.seal(sealed)
        return pa.Table.from_pylist(rows, rejects.schema)

    @staticmethod
    def _digest(before: str, text: str, token: str) -> str:
        """The hash of a token in the place of its text's; one that counts copies is hashed again."""
        return md5(token) if before == md5(text) else md5(f"{token}#{before}")

    def seal(self, entries: Iterable[Entry]) -> None:
        """Seal what tokens mean, before the rows that hold them are loaded."""
        self._vault.seal(*self._place, entries, self._public)

    def destroy(self, records: Iterable[str], tokens: Iterable[str]) -> None:
        """Destroy what was sealed of records, and of texts in quarantine, that were erased and came again."""
        self._vault.destroy([(*self._place, record) for record in records], [*tokens])

    def seal_new(self, gathered: pa.Table, new: pa.Table) -> None:
        """Seal what the tokens of new rows mean; those of all that were gathered no longer wait."""
        hashes: list[Any] = gathered["content_hash"].to_pylist()
        meant = {each: self._meant.pop(each) for each in hashes if each in self._meant}
        ids: list[Any] = new["record_id"].to_pylist()
        kept: list[Any] = new["content_hash"].to_pylist()
        rows = zip(ids, kept, days(new), strict=True) if meant else ()
        self.seal(Entry(record, *each, day) for record, name, day in rows for each in meant.get(name, ()))


def days(rows: pa.Table) -> list[date | None]:
    """Each row's own day, from which on it is kept: of its version, else of its answer, where it has one."""
    moments = [rows[name].to_pylist() for name in _MOMENTS if name in rows.column_names]
    return [
        next((moment.astimezone(UTC).date() for moment in each if isinstance(moment, datetime)), None)
        for each in zip(*moments, strict=True)
    ] or [None] * rows.num_rows


class _Found:
    """The strings of one record that were hidden."""

    def __init__(self, fields: Fields, tokens: Tokens, kept: Container[str] = ()) -> None:
        self._fields, self._tokens, self._kept = fields, tokens, kept
        self._key, self._within = "", [""]
        self.meant: dict[str, str] = {}
        self._rest: dict[str, str] = {}

    def entries(self) -> list[tuple[str, str]]:
        """Tokens and what they mean, those that no column reads as one."""
        read = [(token, text) for token, text in self.meant.items() if token not in self._rest]
        return [*read, (REST, _json(self._rest))] if self._rest else read

    def line(self, line: bytes) -> bytes:
        """A JSON text with tokens in it."""
        return _PARTS.sub(self._replaced, line)

    def value(self, key: str, value: Any) -> Any:
        """The same of a parsed value."""
        if type(value) is str:
            return self.hide(key, value)
        if type(value) is list:
            return [self.value(key, each) for each in value]
        if type(value) is dict:
            return {own: self.value(key if own in _BETWEEN else own, each) for own, each in value.items()}
        return value

    def _replaced(self, match: re.Match[bytes]) -> bytes:
        name, between, written = match.groups()
        if name is None:
            if match[0] in b"[{":
                self._within.append(self._key)
            elif len(self._within) > 1:
                self._key = self._within.pop()
        elif between is None:
            if (token := self._token(self._within[-1], name)) is not None:
                return b'"%b"' % token
        else:
            key = _text(name)
            key = self._within[-1] if key in _BETWEEN else key
            if written is None:
                self._key = key
            elif (token := self._token(key, written)) is not None:
                return b'"%b"%b"%b"' % (name, between[: between.index(b'"')], token)
        return match[0]

    def _token(self, key: str, written: bytes) -> bytes | None:
        text = _text(written)
        hidden = self.hide(key, text)
        if hidden is text:
            return None
        return hidden.encode("ascii", "backslashreplace")

    def hide(self, key: str, text: str) -> str:
        """A string, or its token."""
        kind = self._fields.kind(key, text)
        if kind is None or not text.strip() or text.strip() in self._kept or is_token(text):
            return text
        token, is_personal = self._tokens.of(kind, text), key in self._fields.personal
        if is_personal and not _is_storable(text):
            token += _HALF_A_CHARACTER
        self.meant[token] = text
        if not is_personal or token.endswith(_HALF_A_CHARACTER):
            self._rest[token] = text
        return token


def hiding(source: str, table: str) -> Hiding | None:
    """What hides the records of a table of a load into this state folder; only tests put nothing in its
    place. Raises `VaultKeyError`."""
    return Hiding(keys.writing(folders.home()), source, table)


def declared_fields(source: str) -> frozenset[str]:
    """The fields of a source in which the company's declared dimensions are: categories, and no one's."""
    company = folders.company()
    path = company / "definition" / "dimensions.toml" if company else None
    if path is None or not path.exists():
        return frozenset()
    said = tomllib.loads(path.read_text("utf-8-sig"))
    fields = [
        each["source"].get(source) for each in said.values() if isinstance(each, dict) and "source" in each
    ]
    return frozenset(field for field in fields if isinstance(field, str))


def without_values(detail: str) -> str:
    """What is said of a rejected record, without the text that it has."""
    return _SAID.sub(lambda said: said[0] if _NOBODYS.fullmatch(said[0]) else HIDDEN, detail)


def _text(written: bytes) -> str:
    """A JSON string without its marks as text, be it half a character."""
    if b"\\" not in written:
        return written.decode("utf-8", "surrogateescape")
    return (
        str(json.loads(b'"%b"' % written, strict=False)) if _is_sound(written) else written.decode("latin-1")
    )


def _json(texts: dict[str, str]) -> str:
    try:
        return orjson.dumps(texts).decode()
    except TypeError:  # half a character is in one of them
        return json.dumps(texts)


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_sound(written: bytes) -> bool:
    try:
        json.loads(b'"%b"' % written, strict=False)
    except ValueError:
        return False
    return True
