"""Qualtrics: surveys, their scored questions, responses and invitations over the API v3.

Endpoints: `GET /API/v3/surveys` and `/survey-definitions/{id}`; `POST /surveys/{id}/export-responses`,
polled until it is complete, then its zip of ndjson, read line by line from a spool file; `GET
/distributions?surveyId=` and each one's `/history`.

Cursor: an export is sorted and filtered by `lastModifiedDate`, from the last one seen in that survey less
an overlap, so edited and retaken answers come again. (A continuation token would bring only responses
that are new.) Histories have no cursor: those of distributions sent in the 60 days before the newest one
known at the last load are read again; by then invitations have come to rest.

Deletes: Qualtrics does not report a deleted response; it stays in raw.

Limits: 15 exports a minute (429, `Retry-After`), a file of up to 1.8 GB.

Disposition: insert-only, because Qualtrics shows only the last version of an edited answer.

A response is a row for each scored question of its survey's definition: `Selector` NPS, a single-answer one
whose choices are numbers, or a slider; and for each round of a loop. The score is the number that people saw.

A survey that the token may not read, or that asks nothing, is left out and named in quarantine.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, BinaryIO, Final

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource

from ingestion.ahead import PAGES, ahead
from ingestion.arrow import Converted, Rejects, convert_batch, together
from ingestion.errors import SourceError
from ingestion.landing import Landing, latest_of, raw_resource, read_through
from ingestion.lossless import Held
from ingestion.ndjson import read_line
from ingestion.pages import Page, encoded
from ingestion.records import Batch
from ingestion.surveys.configured import reading_under
from ingestion.surveys.qualtrics_api import NAME, Definition, Qualtrics, export_path, sent_at
from ingestion.surveys.qualtrics_loops import answers_in_rounds, with_rounds
from ingestion.surveys.qualtrics_scales import is_unreadable
from ingestion.surveys.qualtrics_tables import (
    EMBEDDED_DATA,
    INVITATIONS,
    QUESTIONS,
    RESPONSES,
    SURVEYS,
    Question,
    comment_keys,
    reading_of,
    responses_table,
    scored_questions,
)
from ingestion.surveys.unreadable import Unreadable
from ingestion.tables import Reason, TableSpec
from ingestion.windows import Window

#: While one row group is written, the next is on its way.
_BATCHES_AHEAD: Final = 4


@dataclass(frozen=True)
class _Wanted:
    """A survey read from the last modification seen (`cursor` in the state), and what it asks for a score."""

    survey_id: str
    cursor: str
    seen_through: str | None
    questions: tuple[Question, ...]
    table_of: Callable[[Question], TableSpec]
    window: Window | None

    @cached_property
    def tables(self) -> tuple[TableSpec, ...]:
        """One table for each question, in their order."""
        return tuple(map(self.table_of, self.questions))

    def constants(self, question: Question) -> dict[str, str]:
        """What a response does not say itself."""
        return {"survey_id": self.survey_id, "question_id": question.question_id}

    def bounds(self, overlap: timedelta) -> tuple[datetime | None, datetime | None]:
        """Between which modification times answers are asked for; `None`: without that bound."""
        if self.window is not None:
            return self.window.start, self.window.end
        return datetime.fromisoformat(self.seen_through) - overlap if self.seen_through else None, None


@dlt.source(name=NAME)
def qualtrics_source() -> DltSource:
    """All Qualtrics tables. Settings: `base_url`, `api_token`; optional `embedded_data` (column → key),
    `overlap_minutes` (60), `reread_days` (60), `page_size` (500), `export_timeout_seconds` (3600)."""
    api = Qualtrics()
    resources: list[DltResource] = [
        raw_resource(SURVEYS, partial(_surveys, api)),
        raw_resource(QUESTIONS, partial(_questions, api)),
        raw_resource(RESPONSES, partial(_responses, api)),
        raw_resource(INVITATIONS, partial(_invitations, api)),
    ]
    return resources  # type: ignore[return-value]


def qualtrics_held() -> Iterator[Held]:
    """The responses that Qualtrics counts in each survey that is read, and the ids in an export of it."""
    api = Qualtrics()
    for survey_id in api.survey_ids:
        if scored_questions(api.definition(survey_id).questions):
            told = api.counted(survey_id), api.exported_ids(survey_id)
            yield Held(survey_id, *told, f"{export_path(survey_id)}#")


@dlt.source(name=NAME)
def qualtrics_within(window: Window) -> DltSource:
    """The responses that were last modified in a window."""
    read = partial(_responses, Qualtrics(is_whole=True), window=window)
    return [raw_resource(RESPONSES, read, window=window)]  # type: ignore[return-value]


def _surveys(api: Qualtrics, landing: Landing) -> Iterator[Any]:
    for page in api.elements("/API/v3/surveys"):
        yield from landing.land_page(page, "/API/v3/surveys")
    cursors = dlt.current.resource_state(RESPONSES.name).get("seen_through", {})
    _ = api.survey_ids
    yield from api.unreadable.land(landing, "questions", cursors, api.surveys)
    yield from api.unreadable.without_questions(landing, api.empty, cursors, api.surveys)
    yield from api.unreadable.no_longer_listed(landing, api.surveys, cursors)


def _questions(api: Qualtrics, landing: Landing) -> Iterator[Any]:
    for survey_id in api.survey_ids:
        definition = api.definition(survey_id)
        wanted = [question.question_id for question in scored_questions(definition.questions)]
        records = [definition.questions[question_id] for question_id in wanted]
        lines = [encoded(definition.texts[question_id]) for question_id in wanted]
        batch = landing.batch(lines, f"/API/v3/survey-definitions/{survey_id}", given=records)
        yield from landing.land(batch, survey_id=survey_id, version_at=definition.modified)
        yield from landing.land_tables(QUESTIONS.schema.empty_table(), _unread(survey_id, definition))


def _unread(survey_id: str, definition: Definition) -> pa.Table:
    """A quarantine row for each question on a scale whose choices show no numbers."""
    rejects = Rejects()
    for position, (question_id, question) in enumerate(definition.questions.items(), start=1):
        if is_unreadable(question):
            rejects.add(
                QUESTIONS.name,
                Reason.UNREADABLE,
                f"questions: {question_id} of {survey_id} is a scale whose choices do not each show one "
                "whole number, so no answer to it is read: label them `10` or `10 - Very likely`",
                position,
                f"/API/v3/survey-definitions/{survey_id}",
                definition.texts[question_id],
                f"{survey_id}:{question_id}",
            )
    return rejects.table()


def _responses(api: Qualtrics, landing: Landing, window: Window | None = None) -> Iterator[Any]:
    """Answers, in three hands: one has a survey exported while the last one's export is taken apart by the
    next, which hands on batches to be converted while earlier ones are written here."""
    state = dlt.current.resource_state()
    cursors: dict[str, str] = state.setdefault("seen_through", {})
    reading = reading_under(api.embedded, EMBEDDED_DATA, state, "embedded_data")
    readings: dict[str, list[Any]] = state.setdefault("scales", {})
    surveys = [_wanted(api, survey_id, cursors, reading, readings, window) for survey_id in api.survey_ids]
    wanted = [survey for survey in surveys if survey.questions]
    refused = api.passing_over()
    latest: dict[str, datetime | None] = {}
    with (
        closing(ahead(_batches(api, landing, wanted, refused), _BATCHES_AHEAD)) as batches,
        closing(
            ahead(((survey, _answers(batch, survey)) for survey, batch in batches), _BATCHES_AHEAD)
        ) as answers,
    ):
        for survey, made in answers:
            latest[survey.survey_id] = latest_of(made.rows, latest.get(survey.survey_id))
            yield from landing.land_tables(*made)
    refused.unless_all(len(wanted))
    yield from refused.land(landing, "responses", cursors, api.surveys)
    for survey in wanted if window is None else ():
        through = read_through(latest.get(survey.survey_id), survey.seen_through)
        if through is not None:
            cursors[survey.cursor] = through


def _wanted(
    api: Qualtrics,
    survey_id: str,
    cursors: Mapping[str, str],
    reading: int,
    scales: dict[str, list[Any]],
    window: Window | None,
) -> _Wanted:
    """A survey's scored questions, where in a response their answers are, and what was read of them.

    A cursor is the questions' as well as the survey's, and that of one reading: earlier answers to a question
    that is scored only now were never loaded, so the survey is read from its beginning. So it is where the
    exported values have come to stand for other numbers (`scales` has all that each question ever had).
    """
    questions = api.definition(survey_id).questions
    scored = scored_questions(questions)
    read_as = {
        each.question_id: reading + reading_of(each.shown, scales, f"{survey_id}:{each.question_id}")
        for each in scored
    }
    asked = [survey_id, *read_as, *(f"@{which}" for which in [sum(read_as.values())] if which)]
    texts = comment_keys(questions)

    def table_of(question: Question) -> TableSpec:
        own = [question.loop + text for text in texts if question.loop]
        return responses_table(question, [*own, *texts], api.embedded, read_as[question.question_id])

    cursor = " ".join(asked)
    return _Wanted(survey_id, cursor, cursors.get(cursor), tuple(scored), table_of, window)


def _exports(
    api: Qualtrics, wanted: Sequence[_Wanted], refused: Unreadable
) -> Generator[tuple[_Wanted, BinaryIO], None, None]:
    for survey in wanted:
        try:
            export = api.export(survey.survey_id, *survey.bounds(api.overlap))
        except SourceError as error:
            refused.refused(survey.survey_id, error)
        else:
            yield survey, export


def _batches(
    api: Qualtrics, landing: Landing, wanted: Sequence[_Wanted], refused: Unreadable
) -> Generator[tuple[_Wanted, Batch], None, None]:
    """The lines of all exports in order, each with the survey it belongs to."""
    with closing(ahead(_exports(api, wanted, refused))) as ready:
        for survey, export in ready:
            with export:
                for lines in api.exported_lines(survey.survey_id, export):
                    yield survey, landing.batch(lines, export_path(survey.survey_id), read_line)


def _answers(batch: Batch, survey: _Wanted) -> Converted:
    """A row of each response for each question; what is no response is rejected once, not for each."""
    made = _answers_to_each(batch, survey)
    rejected = set(made.rejects["position"].to_pylist())
    suspect = [at for at, position in enumerate(batch.positions) if position in rejected]
    others = [at for at in suspect if type(batch.parse(batch.lines[at])) is not dict]
    if not others:
        return made
    responses = batch.chosen(sorted(set(range(len(batch))) - set(others)))
    none = convert_batch(survey.tables[0], batch.chosen(others), survey.constants(survey.questions[0]))
    return together([none, _answers_to_each(responses, survey)])


def _answers_to_each(batch: Batch, survey: _Wanted) -> Converted:
    made = []
    if looped := with_rounds(batch, survey.questions):
        in_rounds = batch.chosen(looped)
        made.append(answers_in_rounds(in_rounds, survey.questions, survey.table_of, survey.constants))
        batch = batch.chosen(sorted(set(range(len(batch))) - set(looped)))
    for question, table in zip(survey.questions, survey.tables, strict=True):
        named = batch.renamed(f"{export_path(survey.survey_id)}#{question.question_id}")
        made.append(convert_batch(table, named, survey.constants(question)))
    return together(made)


def _invitations(api: Qualtrics, landing: Landing) -> Iterator[Any]:
    state: dict[str, str] = dlt.current.resource_state()
    seen = state.get("sent_through")
    settled = datetime.fromisoformat(seen) - api.reread if seen else None
    latest: datetime | None = None
    refused = api.passing_over()
    with closing(ahead(_histories(api, settled, refused), PAGES)) as histories:
        for sent, survey_id, path, page in histories:
            latest = max(filter(None, (latest, sent)), default=None)
            yield from landing.land_page(page, path, survey_id=survey_id)
    refused.unless_all(len(api.survey_ids))
    yield from refused.land(landing, "invitations", {}, api.surveys, is_gap=False)
    if (through := read_through(latest, seen)) is not None:
        state["sent_through"] = through


def _histories(
    api: Qualtrics, settled: datetime | None, refused: Unreadable
) -> Generator[tuple[datetime | None, str, str, Page], None, None]:
    """The pages of the histories of distributions sent since `settled`, each with send date, survey, path."""
    for survey_id in api.survey_ids:
        try:
            for distribution_id, distribution in api.listed("/API/v3/distributions", surveyId=survey_id):
                sent = sent_at(distribution)
                if settled is None or sent is None or sent >= settled:
                    path = f"/API/v3/distributions/{distribution_id}/history"
                    for history in api.elements(path):
                        yield sent, survey_id, path, history
        except SourceError as error:
            refused.refused(survey_id, error)
