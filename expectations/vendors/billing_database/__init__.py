"""A company's own billing database, declared to the second hand as docs/contracts/raw.md says.

Each payload is an object of texts under the database's names. A text is read as a file's cell is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from expectations.declaring import Field, Fields, Kind, Tables, Vendor

if TYPE_CHECKING:
    from expectations.recount.documents import Rates, Stated
    from expectations.recount.versions import RawRecords

_EACH: Final = " is_deleted deleted_at updated_at"
_NET: Final = " net_amount net_minor_amount"
_COLUMNS: Final[Mapping[str, str]] = {
    "customers": "customer_id account_id email name",
    "subscriptions": "subscription_id customer_id status plan currency started_at cancelled_at",
    "invoices": "invoice_id customer_id subscription_id status currency issued_at period_start_at"
    " period_end_at total_amount total_minor_amount" + _NET,
    "invoice_lines": "line_id invoice_id period_start_at period_end_at" + _NET,
    "credit_notes": "credit_note_id invoice_id status currency created_at customer_id" + _NET,
    "refunds": "refund_id status currency created_at invoice_id credit_note_id customer_id refunded_amount"
    " refunded_minor_amount",
}
#: What the loader adds to the last text of a record that is gone.
_ABSENT: Final = "@absent"


def _documents(records: RawRecords, rates: Rates, wanted: Collection[str] | None) -> Iterator[Stated]:
    from expectations.vendors.billing_database import documents

    return documents.documents(records, rates, wanted)


def _fields(table: str, said: Mapping[str, Any]) -> Fields:
    """The columns of a table under the company's names."""
    theirs: Mapping[str, str] = said.get("columns", {})
    zone, statuses = said.get("time_zone", "UTC"), said.get("statuses", {})
    found = {}
    for column in (_COLUMNS[table] + _EACH).split():
        kind = Kind.MOMENT if column.endswith("_at") else Kind.AS_IT_IS
        paths = (theirs.get(column, column), *([_ABSENT] if column == "is_deleted" else []))
        words = statuses if column == "status" else {}
        found[column] = Field(kind, paths, dots=0, read=_reader(column, zone, words))
    return found


def _reader(column: str, zone: str, statuses: Mapping[str, str]) -> Callable[[str | None], Any]:
    """What a text of the column means; nothing where it is blank."""

    @cache
    def parse() -> Callable[[str], Any]:
        from expectations.rereading.mapping import Mapping as Written
        from expectations.rereading.values import Values

        return Values(Written(timezone=zone)).reader(column)

    def read(text: str | None) -> Any:
        from expectations.file_tables import Kind, kind_of
        from expectations.rereading.values import BLANKS

        if text is None or not (trimmed := text.strip(BLANKS)):
            return None
        is_text = kind_of(column) in (Kind.TEXT, Kind.ID)
        try:
            return parse()(statuses.get(trimmed, text) if is_text else trimmed)
        except (ValueError, ArithmeticError):
            return text  # which raw does not hold: a difference

    return read


def _renamed(_: Tables, names: Mapping[str, Any]) -> Tables:
    """The tables under the names of `[sources.billing_database.tables]`."""
    return {table: _fields(table, names.get("tables", {}).get(table, {})) for table in _COLUMNS}


VENDOR: Final = Vendor(
    tables={table: _fields(table, {}) for table in _COLUMNS}, renamed=_renamed, documents=_documents
)
