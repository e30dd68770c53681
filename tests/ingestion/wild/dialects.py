"""The ways in which a file may be written, and the mapping that says so."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

FORMATS = ("csv", "csv", "csv", "tsv", "csv.gz", "jsonl", "xlsx", "parquet")
#: Ours → headers that tools and people write for it.
HEADERS = {
    "response_id": ("response_id", "ID", "Response #", "n° de réponse", "#"),
    "score": ("score", "NPS", "How likely are you to recommend us, 0-10?", 'the "score"', "Note; 0 à 10"),
    "responded_at": ("responded_at", "Date", "Submitted|at", "Zeitpunkt"),
    "respondent_email": ("respondent_email", "E-mail", "Adresse"),
    "account_id": ("account_id", "Customer no.", "Kunde"),
    "comment": ("comment", "Why?", "Begründung, bitte"),
}
ZONES = ("UTC", "Europe/Paris", "America/Los_Angeles", "Asia/Kolkata", "Australia/Sydney")
#: What a zone may look like in a row's own text; abbreviations are declared in the mapping.
SUFFIXES = ("", "", "Z", " +02:00", "+0530", "-08", " America/New_York", " BST", " GMT+2", " UTC")
DECLARED = {"BST": "Europe/London"}
NULLS = ('["", "NA", "N/A", "NULL", "null", "-"]', '["", "k.A."]')


@dataclass(frozen=True)
class Dialect:
    """One way to write a file. `headers` are theirs by ours; `clock` is 24, 12 or 0 (days only)."""

    format: str
    encoding: str
    delimiter: str
    quotes: bool
    quote_all: bool
    line_end: str
    rows_above: int
    headers: dict[str, str]
    noise: bool
    trailing: bool
    date_order: str
    separator: str
    two_digits: bool
    clock: int
    seconds: bool
    zone: str
    own_zones: bool
    ids: str
    decimal: str
    score_form: str
    nulls: str

    @property
    def mapping(self) -> str:
        """The TOML that says how to read it."""
        lines = [f"encoding = {json.dumps(self.encoding)}", f"timezone = {json.dumps(self.zone)}"]
        lines += [f"date_order = {json.dumps(self.date_order)}", f"decimal = {json.dumps(self.decimal)}"]
        lines += [f"null_tokens = {self.nulls}"]
        if self.is_text:
            lines += [f"delimiter = {json.dumps(self.delimiter)}", f"header_row = {self.rows_above + 1}"]
            lines += [] if self.quotes else ["quotes = false"]
        elif self.format == "xlsx":
            lines += [f"header_row = {self.rows_above + 1}"]
        if self.two_digits:
            lines += ["century = 1950"]
        lines += ["[columns]", *(f"{ours} = {json.dumps(theirs)}" for ours, theirs in self._columns.items())]
        if self.own_zones:
            lines += ["[zones]", *(f"{short} = {json.dumps(name)}" for short, name in DECLARED.items())]
        if self.score_form == "words":
            lines += ["[scores]", *(f"{json.dumps(words(score))} = {score}" for score in range(11))]
        return "\n".join(lines) + "\n"

    @property
    def is_text(self) -> bool:
        return self.format in ("csv", "tsv", "csv.gz")

    @property
    def _columns(self) -> dict[str, Any]:
        composite = {"response_id": ["Shop", "Ticket"]}
        return (
            self.headers
            | (composite if self.ids == "composite" else {})
            | ({"response_id": "@row"} if self.ids == "row" else {})
        )


def words(score: int) -> str:
    """A score as a tool that exports labels writes it."""
    return f"{score} - " + ("sure" if score > 8 else "maybe" if score > 6 else "no")


@st.composite
def dialects(draw: st.DrawFn) -> Dialect:
    """Any way that is consistent in itself."""

    def one(*of: Any) -> Any:
        return draw(st.sampled_from(of))

    kind = one(*FORMATS)
    is_text = kind in ("csv", "tsv", "csv.gz")
    quotes = one(True, True, True, False) if is_text else True
    clock = one(24, 24, 12, 0)
    date_order = one("iso", "dmy", "mdy")
    delimiter = "\t" if kind == "tsv" else one(",", ";", "|", "\t")
    headers = {ours: one(*theirs) for ours, theirs in HEADERS.items()}
    if not quotes:
        headers = {ours: theirs.replace(delimiter, " ") for ours, theirs in headers.items()}
    return Dialect(
        format=kind,
        encoding=one("utf-8", "utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16") if is_text else "utf-8",
        delimiter=delimiter,
        quotes=quotes,
        quote_all=quotes and one(True, False),
        line_end=one("\n", "\r\n"),
        rows_above=one(0, 0, 1, 3) if is_text or kind == "xlsx" else 0,
        headers=headers,
        noise=one(True, False),
        trailing=is_text and quotes and one(False, False, True),
        date_order=date_order,
        separator=one("/", ".", "-"),
        two_digits=date_order != "iso" and is_text and one(True, False, False),
        clock=clock,
        seconds=one(True, False),
        zone=one(*ZONES),
        own_zones=clock == 24 and kind not in ("xlsx", "parquet") and one(True, False),
        ids=one("text", "digits", "float", "composite", "row")
        if kind != "parquet"
        else one("text", "digits"),
        # Without quotes a cell cannot hold the delimiter.
        decimal="." if delimiter == "," and not quotes else one(".", ","),
        score_form=one("whole", "fraction", "spaced", "words") if is_text else "whole",
        nulls=one(*NULLS),
    )
