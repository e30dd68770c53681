"""What accounts pay by the movements of MRR in files, one movement after the other, as a bookkeeper would.

Belongs here: movements. Does not belong here: invoices and subscriptions (`billing`), which come first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from expectations.recount.billing_words import is_taken_away
from expectations.recount.documents import DAY, Stated
from expectations.recount.ids import as_customer, customer, trimmed
from expectations.recount.versions import Among, RawRecords

_MOVEMENT = ("account_id", "kind", "currency", "mrr_amount", "moved_at")
#: Files give amounts to four places.
_PLACES = 10_000


def movements(
    records: RawRecords,
    survivors: Mapping[str, str],
    wanted: Collection[str] | None,
    billed: Collection[str | None],
    as_of: int,
) -> Iterator[Stated]:
    """The levels between movements, of accounts that are not `billed`: 12 / 365 of each for each day.

    What is taken away beyond what there was is left out, so that nobody pays less than nothing.
    """
    among = None if wanted is None else Among("account_id", wanted, as_customer)
    changes: dict[tuple[str | None, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    names: dict[tuple[str | None, str, int], tuple[str, str | None]] = {}
    found = records.histories("files", "billing_movements", _MOVEMENT, among=among)
    for record, versions in sorted(found.items()):
        account, kind, currency, amount, moved_at = versions[-1][4:]
        given = customer(account)
        payer, code = survivors.get(given or "", given), trimmed(currency).upper()
        change = round(amount * _PLACES)
        changes[payer, code][moved_at] += -abs(change) if is_taken_away(kind, record) else change
        names.setdefault((payer, code, moved_at), (record, given))
    for (payer, code), moves in changes.items():
        if payer in billed:
            continue
        level = 0
        for moment, until in pairwise([*sorted(moves), as_of]):
            level = max(0, level + moves[moment])
            record, given = names[payer, code, moment]
            end = min(until, as_of)
            if level and moment < end:
                monthly = level / _PLACES
                earned = monthly * 12 / 365 * (end - moment) / DAY
                document = f"movement {record}"
                yield Stated(
                    document, given, code, earned, moment, moment, end, is_invoiced=False, monthly=monthly
                )
