"""Whoever cheats in the simulated company of the demo is named, and nobody else.

Judged by the recount over what the company says of itself; that the models judge alike is proved by every
refresh. Who is skipped and what comments say is left out: nobody is planted there among branches.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pytest

from demo import truth
from demo.company import Size, World, simulate
from demo.truth.erased import Erasures
from demo.truth.facts import BAND_ORDER, Facts
from demo.truth.judged import answers_received, judge
from demo.truth.known import Known
from expectations import definition
from expectations.recount import integrity
from expectations.recount.integrity import Integrity

AS_OF = date(2026, 1, 1)


def judged(world: World) -> Integrity:
    [version] = [each.version for each in definition.versions()]
    connection = duckdb.connect()
    connection.register("answers", _answers(world))
    connection.register("bounces", truth.expected_bounces(world, AS_OF))
    connection.execute(f"""
        create schema marts;
        create table marts.fct_survey_responses as
        select * exclude (started, responded), 'qualtrics' as source, '{version}' as definition_version,
            'counted' as disposition, false as is_staff,
            to_timestamp(started) at time zone 'UTC' as started_at,
            to_timestamp(responded) at time zone 'UTC' as responded_at,
            cast(to_timestamp(responded) at time zone 'UTC' as date) as response_date
        from answers;
        create table marts.fct_survey_invitations as
        select survey_type, '{version}' as definition_version, branch, 'somebody' as person_key,
            if(number < observed, 'bounced', 'sent') as status, date '2025-06-01' as sent_date
        from (select *, unnest(range(exposure)) as number from bounces)
    """)
    cards = truth.expected_scorecards(world, AS_OF).to_pylist()
    shown = {
        (card["survey_type"], card["definition_version"], card["branch"])
        for card in cards
        if card["nps"] is not None
    }
    return integrity.judged(connection, shown, {}, definition.versions(), AS_OF)


def _answers(world: World) -> pa.Table:
    """The counted answers, with the device of each as it was last recorded."""
    known = Known(world, int(datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=UTC).timestamp()))
    received, _ = answers_received(world, known)
    verdicts = judge(received, known, Erasures(world, known))
    facts = Facts(world, known, received, verdicts)
    counted = [one for one, verdict in zip(received, verdicts, strict=True) if verdict == "counted"]
    kept = sorted(counted, key=lambda answer: (answer.responded, answer.answer_key))
    recorded = world.responses.select(["response_id", "device_id"]).to_pylist()
    devices = {row["response_id"].lower(): row["device_id"] for row in recorded}
    return pa.table(
        {
            "answer_key": [answer.answer_key for answer in kept],
            "survey_id": [answer.survey_id for answer in kept],
            "person_key": [answer.person for answer in kept],
            "device_id": [devices[answer.response_id] for answer in kept],
            "started": [answer.started for answer in kept],
            "responded": [answer.responded for answer in kept],
            "likelihood_score": [int(answer.score or 0) for answer in kept],
            "nps_band": [BAND_ORDER[place] for place in facts.answers.band.tolist()],
            "survey_type": facts.answers.members["survey_type"].tolist(),
            "branch": facts.answers.members["branch"].tolist(),
        }
    )


@pytest.mark.long
def test_both_branches_that_cheat_are_named_and_nobody_else() -> None:
    """But for the best branch by far: of its many promoters nobody can tell whether they were asked for."""
    world = simulate(Size())
    told = judged(world)
    assert {(row.signal, row.branch) for row in told.signals if row.verdict == "signal"} == {
        ("bounced_invitations", world.truth["bouncing_branch"]),
        ("flagged_answers", world.truth["counter_branch"]),
        ("promoters", world.truth["best_branch"]),
    }
    tested = {(row.signal, row.subject_kind) for row in told.signals}
    # No branch has thirty answers in the days before bonuses.
    assert {("promoters", "survey"), ("score_spike", "survey")} <= tested
