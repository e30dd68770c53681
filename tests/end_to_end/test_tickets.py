"""A company with a support tool: answers know the tickets before them, and what is published is the same."""

from collections import Counter, defaultdict
from datetime import UTC
from pathlib import Path

import duckdb
import pytest

from demo.truth.tickets import Tickets
from demo.vendors import zendesk
from tests.end_to_end.simulated import HISTORY_END, Company, company, midnight

ANSWERS = """
    select
        facts.answer_key, facts.account_key, facts.responded_at,
        facts.disposition = 'counted', facts.nps_band,
        tickets.tickets_open, tickets.tickets_90d, tickets.tickets_90d_band
    from marts.fct_survey_responses as facts
    left join marts.fct_answer_tickets as tickets using (answer_key)
"""


@pytest.mark.long
def test_answers_know_their_tickets_and_no_figure_changes(refreshed: Company, tmp_path: Path) -> None:
    with company(tmp_path) as of_support:
        of_support.environment = zendesk.settings(of_support.servers.base_url)
        done = of_support.nps("refresh")
        assert done.returncode == 0, done.stdout + done.stderr
        truth = Tickets(of_support.world, midnight(HISTORY_END))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as built:
        answers = built.execute(ANSWERS).fetchall()
        [(tickets, owned)] = built.execute(
            "select count(*), count(account_key) from marts.fct_support_tickets"
        ).fetchall()
    assert owned > 0.95 * tickets
    true_figures: dict[str, Counter[str]] = defaultdict(Counter)
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    for key, account, responded_at, is_counted, band, *found in answers:
        if account is None:
            assert found == [None, None, None]
            continue
        told = truth.before(account, responded_at.replace(tzinfo=UTC))
        assert tuple(found) == told, key
        if is_counted:
            true_figures[told[2]][band] += 1
            figures[found[2]][band] += 1
    assert figures == true_figures
    assert set(figures) == {"none", "1-2", "3 or more"}

    with (
        refreshed.published() as before,
        duckdb.connect(str(tmp_path / "published" / "current" / "nps.duckdb"), read_only=True) as after,
    ):
        tables = sorted(name for (name,) in before.execute("show tables").fetchall())
        assert tables == sorted(name for (name,) in after.execute("show tables").fetchall())
        for table in tables:
            rows = f"select * from {table}"
            theirs, ours = (Counter(each.execute(rows).fetchall()) for each in (before, after))
            assert ours == theirs, table
