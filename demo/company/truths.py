"""`truth.json`: what was planted, to whom, and how big the company came out.

Belongs here: writing the truth down. Does not belong here: the expected scores (`demo.truth`).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from demo.company.answers import Story
from demo.company.crm import Names
from demo.company.effects import Effects
from demo.company.erasures import counts
from demo.company.people import People
from demo.company.responses import Surveyed
from demo.company.size import DAYS_AHEAD, NEVER, Size


def planted(
    size: Size,
    effects: Effects,
    people: People,
    story: Story,
    names: Names,
    surveyed: Surveyed,
    forgotten: pa.Table,
) -> dict[str, Any]:
    """Everything planted as plain data: parameters, and the identifiers of those concerned."""
    opinion = effects.opinion
    return {
        "size": asdict(size),
        "history_end": "2026-01-01T00:00:00Z",
        "days_ahead": DAYS_AHEAD,
        "effects": effects.as_json(),
        "worst_branch": names.branch[opinion.worst_branch % size.branches].as_py(),
        "best_branch": names.branch[opinion.best_branch % size.branches].as_py(),
        "branch_effects": dict(
            zip(names.branch.to_pylist(), np.round(people.branch_opinion, 6).tolist(), strict=True)
        ),
        "overselling_employee": names.user[effects.overselling.employee % size.employees].as_py(),
        "bouncing_branch": names.branch[effects.manipulation.bouncing_branch % size.branches].as_py(),
        "counter_branch": names.branch[effects.manipulation.counter_branch % size.branches].as_py(),
        "onboarding_failed": int(people.accounts.onboarding_failed.sum()),
        "persuaded_answers": int(story.given.persuaded.sum()),
        "churned_accounts": int((story.churned_at != NEVER).sum()),
        "referred_accounts": int(story.referred.sum()),
        "merged_accounts": int((people.accounts.merged_into >= 0).sum()),
        "merged_contacts": int((people.contacts.merged_into >= 0).sum()),
        "erasure_requests": counts(forgotten),
        "flaws": {name: ids.to_pylist() for name, ids in surveyed.flaws.items()},
    }
