"""The words of billing systems for the status of an invoice or a subscription and the kind of a movement,
entered independently for the guard.

A word in none of these lists is an error: nothing may guess whether it is revenue.

Belongs here: words. Does not belong here: what they earn (`billing`, `movements`).
"""

from __future__ import annotations

from expectations.recount.ids import identity


def _words(text: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in text.split(","))


INVOICE_BILLED = _words(
    """
    approved, authorised, authorized, auto paid, awaiting payment, billed, closed, collected, complete,
    completed, deposited, disputed, due, emailed, final, finalised, finalized, fully paid, in
    collection, in collections, in dispute, invoiced, issued, late, not paid, open, outstanding,
    overdue, paid, part paid, partial, partial paid, partially paid, past due, payment due, payment
    pending, pending payment, posted, processed, processing, reminded, sent, settled, uncollectible,
    unpaid, viewed
    """
)
INVOICE_NOT_BILLED = _words(
    """
    abandoned, awaiting approval, canceled, cancelled, concept, declined, deleted, draft, error,
    expired, generating, incomplete, not sent, pending, pending approval, pro forma, proforma, quote,
    rejected, removed, reversed, scheduled, submitted, submitted for approval, void, voided, write off,
    writeoff, written off
    """
)
#: Revenue while they last; `ENDED` do not any more.
SUBSCRIPTION_BILLED = _words(
    """
    active, canceled, cancelled, churned, closed, completed, current, ended, expired, finished, grace
    period, in grace period, inactive, lapsed, live, non renewing, overdue, past due, pending
    cancelation, pending cancellation, set to cancel, terminated, unpaid, will cancel
    """
)
SUBSCRIPTION_NOT_BILLED = _words(
    """
    deleted, draft, error, failed, free trial, future, in trial, incomplete, incomplete expired, not
    started, on hold, paused, pending, pending acceptance, pending activation, rejected, suspended,
    transferred, trial, trial expired, trialing, void, voided
    """
)
ENDED = _words(
    """
    canceled, cancelled, churned, closed, completed, ended, expired, finished, inactive, lapsed,
    terminated
    """
)

MOVEMENT_RAISES = _words("expansion, new, reactivation")
MOVEMENT_TAKES_AWAY = _words("churn, contraction")


def word(status: object) -> str:
    """A status as it is compared: trimmed, lower-case, with spaces for underscores and hyphens."""
    return (identity(status) or "").replace("_", " ").replace("-", " ")


def is_billed_invoice(status: object, record: str) -> bool:
    """Whether an invoice in this state is revenue. ValueError for a word nobody has entered."""
    return _is_billed(status, record, "invoice", INVOICE_BILLED, INVOICE_NOT_BILLED)


def is_billed_subscription(status: object, record: str) -> bool:
    """Whether a subscription in this state is revenue while it lasts. ValueError for an unknown word."""
    return _is_billed(status, record, "subscription", SUBSCRIPTION_BILLED, SUBSCRIPTION_NOT_BILLED)


def is_taken_away(kind: object, record: str) -> bool:
    """Whether a movement takes its amount away, in whichever sign; without a kind its sign says it.

    ValueError for an unknown word.
    """
    given = word(kind)
    if given not in MOVEMENT_RAISES | MOVEMENT_TAKES_AWAY | {""}:
        raise ValueError(
            f'movement {record} has the unknown kind "{kind}": map it under [statuses] to "new", "expansion",'
            ' "contraction", "churn" or "reactivation", and load the file again'
        )
    return given in MOVEMENT_TAKES_AWAY


def _is_billed(
    status: object, record: str, kind: str, billed: frozenset[str], not_billed: frozenset[str]
) -> bool:
    given = word(status)
    if given not in billed | not_billed:
        raise ValueError(
            f'{kind} {record} has the unknown status "{status}": enter it in dbt_project/seeds/'
            "billing_statuses.csv and expectations/recount/billing_words.py"
        )
    return given in billed
