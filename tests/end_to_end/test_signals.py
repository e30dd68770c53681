"""Whoever works on a score in the simulated company is named, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from demo import truth
from demo.company import Size
from tests.end_to_end.simulated import Company, company

pytestmark = pytest.mark.xdist_group("end_to_end")
#: Enough answers that branches show their scores, which the usual company is too small for.
LARGER = Size(accounts=900, branches=20, employees=30, invitations=20_000, answers=9_000)


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


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("larger"), LARGER) as lived_in:
        done = lived_in.nps("refresh")
        assert done.returncode == 0, done.stdout + done.stderr
        yield lived_in


@pytest.mark.long
def test_both_branches_that_cheat_are_named_where_there_is_enough_and_nobody_else(larger: Company) -> None:
    """Employees are published of nowhere; in the working file there is who asks for a nine or ten."""
    planted = larger.world.truth
    assert named(larger) == {
        ("bounced_invitations", planted["bouncing_branch"], "(all)"),
        ("flagged_answers", planted["counter_branch"], "(all)"),
    }
    with larger.published() as connection:
        kinds = {
            kind for (kind,) in connection.execute("select subject_kind from integrity_signals").fetchall()
        }
        sides = connection.execute(
            "select flagged_responses, nps_without_flagged from nps_without_flagged"
        ).fetchall()
    assert kinds == {"branch", "survey"}
    assert all(flagged > 30 and nps is not None for flagged, nps in sides)
