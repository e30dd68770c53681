"""The known words for the status of an invoice or subscription and the kind of a movement of MRR; a row with
another word is refused.

Does not belong here: which of them are revenue (dbt_project/seeds/billing_statuses.csv).
"""

from pathlib import Path
from typing import Any, Final

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.tables import FileTable

_SHOWN: Final = 120


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(","))


_EXAMPLES: Final = {
    "billing_invoices": ("paid", "void"),
    "billing_subscriptions": ("active", "cancelled"),
    "billing_movements": ("expansion", "churn"),
    "invoices": ("paid", "void"),
    "subscriptions": ("active", "cancelled"),
    "credit_notes": ("issued", "void"),
    "refunds": ("succeeded", "failed"),
}
_OF_FILES: Final = {
    "billing_invoices": _words(
        """
        abandoned, approved, authorised, authorized, auto paid, awaiting approval, awaiting payment, billed,
        canceled, cancelled, closed, collected, complete, completed, concept, declined, deleted, deposited,
        disputed, draft, due, emailed, error, expired, final, finalised, finalized, fully paid, generating,
        in collection, in collections, in dispute, incomplete, invoiced, issued, late, not paid, not sent,
        open, outstanding, overdue, paid, part paid, partial, partial paid, partially paid, past due,
        payment due, payment pending, pending, pending approval, pending payment, posted, pro forma,
        processed, processing, proforma, quote, rejected, reminded, removed, reversed, scheduled, sent,
        settled, submitted, submitted for approval, uncollectible, unpaid, viewed, void, voided, write off,
        writeoff, written off
        """
    ),
    "billing_subscriptions": _words(
        """
        active, canceled, cancelled, churned, closed, completed, current, deleted, draft, ended, error,
        expired, failed, finished, free trial, future, grace period, in grace period, in trial, inactive,
        incomplete, incomplete expired, lapsed, live, non renewing, not started, on hold, overdue, past due,
        paused, pending, pending acceptance, pending activation, pending cancelation, pending cancellation,
        rejected, set to cancel, suspended, terminated, transferred, trial, trial expired, trialing, unpaid,
        void, voided, will cancel
        """
    ),
    "billing_movements": _words("churn, contraction, expansion, new, reactivation"),
}
#: Raw table → words, in lower case and with spaces for underscores and hyphens. Tables without a family in
#: their name are those of a company's own database.
KNOWN_STATUSES: Final = {
    **_OF_FILES,
    "invoices": _OF_FILES["billing_invoices"],
    "subscriptions": _OF_FILES["billing_subscriptions"],
    "credit_notes": _words("draft, issued, void"),
    "refunds": _words("canceled, failed, pending, requires action, succeeded"),
}


def status_column(table: str) -> str | None:
    """The column of a raw table that holds such a word; none where no column does."""
    return ("kind" if table == "billing_movements" else "status") if table in KNOWN_STATUSES else None


def unknown_status(table: str, column: str, header: str) -> tuple[str, str]:
    """For a billing table, whose word is in that column: the test of a row whose word is unknown, and the
    sentence about it, both as SQL."""
    word = f"replace(replace(lower(trim({column}, ' \t\n\r\u00a0\u3000')), '_', ' '), '-', ' ')"
    known = ", ".join(f"'{each}'" for each in KNOWN_STATUSES[table])
    one, other = _EXAMPLES[table]
    named = f'column "{header}": "'.replace("'", "''")
    remedy = f'" is not a known {column}; map it under [statuses] to a known word, such as "{one}"'
    sentence = f"'{named}' || left({column}, {_SHOWN}) || '{remedy} or \"{other}\"'"
    return f"{column} is not null and {word} not in ({known})", sentence


def statuses(path: Path, section: Any, table: FileTable) -> dict[str, str]:
    """The lines of `[statuses]`: words of theirs and the known word that each stands for."""
    known = KNOWN_STATUSES.get(table.name, ())
    if not isinstance(section, dict) or not all(meant in known for meant in section.values()):
        raise FileNotUnderstoodError(
            path,
            '"statuses" must map words to known statuses',
            'write it as [statuses] with lines such as "Bezahlt" = "paid" or "Storniert" = "void"'
            if known
            else f"{table.family}/{table.folder} has none",
        )
    return {words.strip(): meant for words, meant in section.items()}
