"""The vocabulary in which a vendor is declared to the second hand: fields of a payload, and its own rules.

Belongs here: what a declaration consists of. Does not belong here: any vendor (`vendors`), or how values are
read at their paths (`payloads`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:  # they read what is declared here
    from expectations.offending_rows import ExpectNoOffendingRows
    from expectations.recount.documents import Rates, Stated
    from expectations.recount.versions import RawRecords


class Kind(Enum):
    """How a value is written in the payload."""

    AS_IT_IS = auto()
    FLAG = auto()  # true and false, also as texts, or 1 and 0
    MOMENT = auto()  # ISO 8601; "" where there is none
    SECONDS = auto()  # since 1970
    DAY = auto()  # ISO 8601
    TEXT = auto()  # whatever it is, in JSON's words
    NUMBER = auto()  # 9 and 9.0 are the same
    ANY_BIT = auto()  # a number; true if any of the field's bits is set
    ANY_WORD = auto()  # a text; true if it is one of the field's words
    CONTRARY = auto()  # a flag that says the opposite
    WORDS = auto()  # the texts at all paths, with a space between them


class Field(NamedTuple):
    """A value at the first of the dotted `paths` that has one.

    `dots` is how many dots of a path divide it; those of flat records may belong to a key. A single place may
    be given by its `keys` instead, which may hold dots. What `read` makes of a value is what raw holds.
    """

    kind: Kind
    paths: tuple[str, ...]
    dots: int = -1
    bits: int = 0
    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    read: Callable[[Any], Any] | None = None

    @property
    def steps(self) -> list[tuple[str, ...]]:
        """The keys and list places of each path; `.` is the whole record."""
        if self.keys:
            return [self.keys]
        return [tuple(filter(None, path.split(".", self.dots))) for path in self.paths]


Fields: TypeAlias = Mapping[str, Field]
Tables: TypeAlias = Mapping[str, Fields]
VendorFields: TypeAlias = Mapping[str, Tables]
#: Vendor → setting → the company's own names, as the loaders are told them.
Names: TypeAlias = Mapping[str, Mapping[str, Any]]


class Question(Protocol):
    """What a question's own definition says of its answers."""

    @property
    def is_zero_to_ten(self) -> bool:
        """Whether people could choose from 0 to 10 and nothing else."""

    def score(self, record: str, values: Mapping[str, Any]) -> float | None:
        """The number that was shown where the person answered, from all values of a response."""


#: Survey, question and load → the question as it was known in that load.
Asked: TypeAlias = Callable[[str, str, str], Question]


@dataclass(frozen=True)
class Vendor:
    """A vendor as the guard knows it, written from the vendor's documentation and not from the loader.

    A table that is named `responses`, `invitations`, `accounts`, `account_history`, `contacts`, `users` or
    `branches` is read as such, by the column names that files have too.
    """

    #: Raw table → column → where it is in the payload; without what is worked out of several values.
    tables: Tables
    #: The same of what only the recount reads: columns that files have under another name or in another form,
    #: and whole parts of a record that mean something together.
    recounted: Tables = field(default_factory=dict)
    #: The tables where the company has its own names for fields, by the settings of the loader.
    renamed: Callable[[Tables, Mapping[str, Any]], Tables] | None = None
    #: Where the records of a table have what the company adds, if not beside their own fields.
    within: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Sentences about a raw table that hold of this vendor only.
    sentences: Callable[[str, Fields], Sequence[ExpectNoOffendingRows]] | None = None
    #: Questions whose definitions say what an exported score means. `score` is then a mapping of all values.
    questions: Callable[[RawRecords], Asked] | None = None
    #: What the billing documents state, of the accounts wanted or of all.
    documents: Callable[[RawRecords, Rates, Collection[str] | None], Iterator[Stated]] | None = None
    #: The short form in which the vendor's ids are written too: a pattern, and the short form's long one.
    short_ids: ShortIds | None = None


class ShortIds(NamedTuple):
    """Ids of `length` characters that match `pattern` are short forms, in Python and in DuckDB's SQL."""

    length: int
    pattern: str
    long: Callable[[str], str]
    long_in_sql: Callable[[str], str]


def fields(declared: str, moments: Kind = Kind.MOMENT, dots: int = -1) -> Fields:
    """`column=path|other.path …`; the column's name tells the kind, `moments` how a vendor writes them."""
    columns = (each.partition("=") for each in declared.split())
    return {name: Field(_kind(name, moments), tuple(paths.split("|")), dots) for name, _, paths in columns}


def _kind(column: str, moments: Kind) -> Kind:
    if column.endswith("_at"):
        return moments
    if column.startswith("is_"):
        return Kind.FLAG
    if column == "score":
        return Kind.NUMBER
    return Kind.DAY if column.endswith("_on") else Kind.AS_IT_IS
