"""The branch of the simulated company that lets invitations bounce is named, and nobody else.

The company is too small for signals in answers: `tests/expectations/test_signals_of_the_demo.py` has them.
"""

from __future__ import annotations

import duckdb
import pytest

from demo import truth
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")


def named(lived_in: Company) -> set[tuple[str, str, str]]:
    with lived_in.published() as connection:
        return {
            *connection.execute(
                "select signal, branch, survey from integrity_signals where verdict = 'signal'"
            ).fetchall()
        }


def test_the_branch_that_lets_invitations_bounce_is_named_and_nobody_else(refreshed: Company) -> None:
    planted = refreshed.world.truth["bouncing_branch"]
    assert named(refreshed) == {("bounced_invitations", planted, "(all)")}


def test_bounces_are_the_companys_own(refreshed: Company) -> None:
    expected = {
        (row["survey_type"], row["branch"]): (row["observed"], row["exposure"])
        for row in truth.expected_bounces(refreshed.world, refreshed.today).to_pylist()
    }
    with duckdb.connect(str(refreshed.home / "warehouse.duckdb"), read_only=True) as connection:
        counted = connection.execute(
            "select survey_type, subject, observed, exposure from marts.fct_integrity_counts"
            " where signal = 'bounced_invitations' and subject_kind = 'branch'"
        ).fetchall()
    assert len(counted) > 20
    for survey_type, branch, *tally in counted:
        assert expected[survey_type, branch] == tuple(tally)
