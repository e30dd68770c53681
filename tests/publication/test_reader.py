"""What a reader sees: one whole version, typed rows, and clear words when there is nothing to see."""

from __future__ import annotations

import multiprocessing
from datetime import date
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from publication import content, reader
from publication.publish import publish
from tests.publication.conftest import fill

AS_OF = date(2026, 4, 1)


def test_show_gives_typed_rows_oldest_first(warehouse: Path, published: Path) -> None:
    publish(warehouse, published, AS_OF)
    scores = reader.show(published, by="company", period="month")
    assert [score.period_start for score in scores] == [date(2026, month, 1) for month in (1, 2, 3)]
    first = scores[0]
    assert (first.promoters, first.passives, first.detractors, first.responses) == (60, 30, 10, 100)
    assert (first.nps, first.members, first.reportability) == (50.0, ("company",), "reportable")


def test_show_names_branches_and_takes_the_last_periods(warehouse: Path, published: Path) -> None:
    publish(warehouse, published, AS_OF)
    scores = reader.show(published, by="branch", period="month", last=1)
    assert [score.members for score in scores] == [("B2",), ("Lyon",)]
    assert {score.period_start for score in scores} == {date(2026, 3, 1)}
    assert reader.show(published, by="branch", period="month", survey_type="transactional") == []


def test_short_names_of_dimensions_are_understood(warehouse: Path, published: Path) -> None:
    publish(warehouse, published, AS_OF)
    assert reader.show(published, by="value*stage", period="month") == []


@pytest.mark.parametrize(
    ("by", "period", "said"), [("colour", "month", "customer_value_tier"), ("branch", "week", "quarter")]
)
def test_an_unknown_choice_names_the_choices(published: Path, by: str, period: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"choose one of .*{said}"):
        reader.show(published, by=by, period=period)


def test_nothing_published_is_a_clear_error(published: Path) -> None:
    with pytest.raises(reader.NothingPublishedError, match="nps refresh"), reader.open_current(published):
        pass
    with pytest.raises(reader.NothingPublishedError):
        reader.manifest(published)


def test_an_open_version_survives_its_removal(warehouse: Path, published: Path) -> None:
    publish(warehouse, published, AS_OF, keep=1)
    with reader.open_current(published) as connection:
        publish(fill(warehouse, revision=1), published, AS_OF, keep=1)
        row = connection.execute("select max(responses) from nps_scores").fetchone()
    assert row == (100,)


def _poll(
    published: Path, started: Event, stop: Event, seen: multiprocessing.Queue[tuple[str, list[str]]]
) -> None:
    """Open the published link again and again; report each version once, and every inconsistency."""
    versions_seen: set[str] = set()
    wrong: list[str] = []
    while not stop.is_set():
        with reader.read_current(published) as (said, connection):
            for name, entry in said.tables.items():
                found = content.measure(connection, name, name)
                if (found.rows, found.content_hash) != (entry.rows, entry.content_hash):
                    wrong.append(f"{said.version}: {name} has {found}, the manifest says {entry}")
            responses = connection.execute("select distinct responses from nps_scores").fetchall()
            if len(responses) != 1:
                wrong.append(f"{said.version}: rows of several publications: {responses}")
        versions_seen.add(said.version)
        started.set()
    seen.put((",".join(sorted(versions_seen)), wrong))


@pytest.mark.long
def test_a_polling_reader_sees_only_whole_versions(warehouse: Path, published: Path) -> None:
    made = [publish(warehouse, published, AS_OF).version]
    context = multiprocessing.get_context("spawn")
    started, stop, seen = context.Event(), context.Event(), context.Queue()
    process = context.Process(target=_poll, args=(published, started, stop, seen))
    process.start()
    try:
        assert started.wait(timeout=60)
        for revision in range(1, 16):
            made.append(publish(fill(warehouse, revision), published, AS_OF).version)
    finally:
        stop.set()
    versions_seen, wrong = seen.get(timeout=60)
    process.join(timeout=60)
    assert wrong == []
    assert set(versions_seen.split(",")) <= set(made)
    assert len(versions_seen.split(",")) > 1
