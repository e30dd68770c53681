"""Checks that the parts of an explained change add up to it.

Belongs here: sums within `nps_changes_explained`, and the change that `nps_scores` shows. Does not belong
here: the parts themselves, which the recount works out again.
"""

from __future__ import annotations

from expectations.offending_rows import ExpectNoOffendingRows, offending

_CHANGE = "survey_type, period_grain, period_start, period_end, against, split_by, definition_version"
_PARTS = ("contribution", "movement", "mix", "invited_mix", "answered_mix", "arrivals", "departures")
_SUMS = ", ".join(f"sum({part}) filter (segment <> 'company') as cells_{part}" for part in _PARTS)
_TOLD = ", ".join(f"any_value({part}) filter (segment = 'company') as {part}" for part in _PARTS)
_APART = " or ".join(f"abs({part} - cells_{part}) > 1e-9" for part in _PARTS)


class ExpectChangesToAddUp(ExpectNoOffendingRows):
    """Parts and cells of an explanation are the whole change, and no other one: no rest is left."""

    description: str = "Parts and cells of every change add up to it, and it is the change of nps_scores"
    unexpected_rows_query: str = offending(f"""
        select changes.*, scores.nps_change
        from (select {_CHANGE}, {_TOLD}, {_SUMS} from checked group by {_CHANGE}) as changes
        left join publication.nps_scores as scores
            using (survey_type, period_grain, period_start, period_end, definition_version)
        where coalesce(scores.segment = 'company' and scores.measure = 'in_period', true)
            and (
                coalesce(abs(contribution - movement - mix - arrivals - departures) > 1e-9, true)
                or coalesce(abs(mix - invited_mix - answered_mix) > 1e-9, invited_mix is not null)
                or {_APART}
                or (against = 'previous' and coalesce(abs(contribution - scores.nps_change) > 1e-9, true))
            )
    """)
