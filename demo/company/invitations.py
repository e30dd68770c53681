"""The survey vendor's distribution history: every invitation and what came of it.

Belongs here: the states of an invitation. Does not belong here: who is asked (`surveys.py`) and what they
answer (`answers.py`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from demo.company.columns import Column, moments, picked
from demo.company.crm import Names
from demo.company.ids import token_ids
from demo.company.size import DAY, END, HOUR, MISSING, START, Bools, Ints
from demo.company.surveys import CHANNELS, SURVEYS, Asked

STATUSES = (
    "sent",
    "bounced",
    "opened",
    "started",
    "finished",
    "failed",
    "blocked",
    "skipped",
    "duplicate",
    "lost",
)
_FIRST_OTHER_FAILURE = 5


def invitation_table(
    rng: np.random.Generator,
    asked: Asked,
    answer_of: Ints,
    answer_visible: Ints,
    sent_out: Bools,
    names: Names,
    invitation: Column,
    response: Column,
    bounced: Bools,
) -> pa.Table:
    """Sent, then whatever came of it: opened, started, finished, or one of the ways not to arrive.

    `answer_of` is the response number of each entry of `asked` (-1: none), `answer_visible` when the vendor
    shows each response, `sent_out` which entries were invitations at all, `bounced` which a branch lets
    bounce if nobody answers them.
    """
    which = np.flatnonzero(sent_out)
    sent, answer = asked.sent[which], answer_of[which]
    n = len(which)
    done = answer >= 0
    # An answer recorded with an impossible date was still given soon after the invitation.
    lag = np.maximum(answer_visible[answer] - sent, HOUR)
    finished = np.where(done, sent + lag, MISSING)
    fate = np.where(done, 4, rng.choice(4, n, p=(0.48, 0.05, 0.38, 0.09)))
    # Most of what does not arrive bounces.
    other = np.flatnonzero(fate == 1)[::3]
    fate = np.where(bounced[which] & ~done, 1, fate)
    failure = fate.copy()
    failure[other] = _FIRST_OTHER_FAILURE + np.arange(len(other)) % (len(STATUSES) - _FIRST_OTHER_FAILURE)
    reached = sent + np.where(done, lag // 2, rng.integers(HOUR, 4 * DAY, n))
    opened = np.where(fate >= 2, reached, MISSING)
    started = np.where(fate >= 3, np.where(done, finished - 300, reached + 60), MISSING)
    last = np.select([fate == 4, fate == 3, fate == 2], [finished, started, opened], sent + 600)
    later = np.flatnonzero(fate > 0)
    row = np.concatenate([np.arange(n), later])
    new = np.zeros(len(row), dtype=bool)
    new[:n] = True
    contact = asked.contact[which][row]

    def known(values: Ints) -> Ints:
        return np.where(new, MISSING, values[row])

    # A survey's invitations of a week are one distribution.
    week = (sent - START) // (7 * DAY)
    distribution = token_ids("EMD_3", ((END - START) // (7 * DAY) + 1) * len(SURVEYS))
    batch = week * len(SURVEYS) + asked.survey[which]
    table = pa.table(
        {
            "invitation_id": picked(invitation, which[row]),
            "distribution_id": picked(distribution, batch[row]),
            "survey_id": picked([survey.survey_id for survey in SURVEYS], asked.survey[which][row]),
            "contact_id": picked(names.contact, contact),
            "email": picked(names.contact_email, contact),
            "status": picked(STATUSES, np.where(new, 0, failure[row])),
            "sent_at": moments(sent[row]),
            "opened_at": moments(known(opened)),
            "started_at": moments(known(started)),
            "finished_at": moments(known(finished)),
            "response_id": picked(response, np.where(new, -1, answer[row])),
            "channel": picked(CHANNELS, asked.channel[which][row]),
            "visible_at": moments(np.where(new, sent[row], last[row])),
        }
    )
    return table.sort_by([("visible_at", "ascending"), ("invitation_id", "ascending")])
