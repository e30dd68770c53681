"""How much of the invitations, and of the revenue, stands behind a score.

Belongs here: response rate and revenue coverage. Does not belong here: who is a customer (`facts.py`).
"""

from __future__ import annotations

import numpy as np

from demo.truth.cells import Cut
from demo.truth.definition import ACCOUNT_DIMENSIONS
from demo.truth.known import Floats, Ints


def response_rate(cut: Cut) -> dict[str, Ints | Floats]:
    """Answered and delivered invitations of each cell, and their ratio; none where none was delivered."""
    of = cut.grid.cells(cut.names, cut.company.sent.codes, cut.sent_rows)
    size = cut.grid.size(cut.names)
    delivered = np.bincount(of, minlength=size)[cut.cells]
    answered = np.bincount(of, weights=cut.company.sent.answered[cut.sent_rows], minlength=size)[cut.cells]
    with np.errstate(invalid="ignore"):
        rate = answered / delivered
    return {
        "answered_invitations": answered.astype(np.int64),
        "delivered_invitations": delivered,
        "response_rate": rate,
    }


def revenue_coverage(cut: Cut) -> Floats:
    """Share of the customers' revenue whose account has an answer behind the cell; none without revenue.

    The account decides which revenue a cell is about, the answers decide whether it is heard: in a row split
    by stage or channel, answers of that stage or channel.
    """
    of_account = [name for name in cut.names if name in ACCOUNT_DIMENSIONS]
    of_answer = [name for name in cut.names if name not in ACCOUNT_DIMENSIONS]
    place = cut.grid.cells(of_account, cut.customers.codes, slice(None))
    size = cut.grid.size(of_account)
    total = np.bincount(place, weights=cut.customers.revenue, minlength=size)
    heard = np.zeros((cut.grid.size(of_answer), cut.company.accounts), dtype=bool)
    account = cut.given.account[cut.rows]
    voice = cut.grid.cells(of_answer, cut.given.codes, cut.rows)
    heard[voice[account >= 0], account[account >= 0]] = True
    voice, customer = np.nonzero(heard[:, cut.customers.account])
    covered = np.bincount(
        voice * size + place[customer],
        weights=cut.customers.revenue[customer],
        minlength=heard.shape[0] * size,
    )
    about = cut.grid.onto(cut.names, cut.cells, of_account)
    voice = cut.grid.onto(cut.names, cut.cells, of_answer)
    with np.errstate(invalid="ignore"):
        share: Floats = covered[voice * size + about] / total[about]
    return share
