"""Whether an invitation arrived, by the sender's word for its status.

Belongs here: the words. Does not belong here: where a vendor writes them (`raw`). Written from
docs/contracts/answers.md.
"""

from __future__ import annotations

import re

#: What is written, in whatever way, of an invitation that reached somebody.
_ARRIVED = frozenset(
    (
        *("sent", "success", "successful", "succeeded", "delivered", "accepted", "emailed", "invited", "ok"),
        *("complaint", "unopened", "notopened", "notstarted", "notresponded", "noresponse", "unanswered"),
        *("opened", "open", "read", "viewed", "clicked", "started", "surveystarted", "partial", "inprogress"),
        *("partiallycompleted", "surveypartiallyfinished", "sessionexpired", "surveysessionexpired"),
        *("finished", "surveyfinished", "completed", "complete", "answered", "responded", "submitted"),
        *("screenedout", "surveyscreenedout"),
    )
)


def never_arrived(status: str | None) -> bool:
    """Whether a status says anything else than that somebody got the invitation; an unknown word does."""
    word = re.sub("[ _-]", "", (status or "").lower())
    return word != "" and word not in _ARRIVED
