"""Columns of files whose words have to be known: a row with another word is one that cannot be read.

Belongs here: which column of which table. Does not belong here: the words (`recount.billing_words`).
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from expectations.file_tables import FileTable
from expectations.recount import billing_words as words

#: A table's own id, and the column → the words it may hold.
_KNOWN: Mapping[tuple[str, str], Set[str]] = {
    ("invoice_id", "status"): words.INVOICE_BILLED | words.INVOICE_NOT_BILLED,
    ("subscription_id", "status"): words.SUBSCRIPTION_BILLED | words.SUBSCRIPTION_NOT_BILLED,
    ("movement_id", "kind"): words.MOVEMENT_RAISES | words.MOVEMENT_TAKES_AWAY,
}


def is_of_words(table: FileTable, column: str) -> bool:
    """Whether the column may hold known words only."""
    return (table.own_id, column) in _KNOWN


def is_known(table: FileTable, column: str, text: str) -> bool:
    """Whether the column may hold this text."""
    return words.word(text) in _KNOWN[table.own_id, column]
