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
whose choices are numbers, or a slider. The score is the exported value, never the choice's place.
"""

import time
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any, BinaryIO, Final, cast

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.ahead import PAGES, ahead
from ingestion.arrow import convert_batch, dig
from ingestion.http import CursorGuard, VendorClient, parsed
from ingestion.landing import BLOCK_ROWS, Landing, latest_of, raw_resource, read_through
from ingestion.lanes import Converted, by_lane, signs_of
from ingestion.native import native_rows
from ingestion.ndjson import json_lines, read_lines
from ingestion.pages import Page, member_text, split_page, whole_text
from ingestion.records import Block
from ingestion.surveys.qualtrics_tables import (
    INVITATIONS,
    QUESTIONS,
    RESPONSES,
    SURVEYS,
    Question,
    comment_keys,
    embedded_keys,
    reading_under,
    responses_table,
    scored_questions,
)
from ingestion.tables import TableSpec

NAME: Final = "qualtrics"
_FIRST_POLL_SECONDS: Final = 0.05
_LAST_POLL_SECONDS: Final = 5.0
#: An export that has been complete for long is noticed late by a quarter of its making at the most.
_LONGER_EACH_TIME: Final = 1.25
#: While one row group is written, the next is on its way.
_BLOCKS_AHEAD: Final = 4


@dataclass(frozen=True)
class _Definition:
    """A survey's definition: its modification time, its questions parsed and as text."""

    modified: Any
    questions: Mapping[str, Any]
    texts: Mapping[str, str]


@dataclass(frozen=True)
class _Wanted:
    """A survey read from the last modification seen (`cursor` in the state); a table for each question."""

    survey_id: str
    cursor: str
    seen_through: str | None
    tables: tuple[tuple[Question, TableSpec], ...]

    def since(self, overlap: timedelta) -> datetime | None:
        """The modification time from which answers are asked for; `None` for all."""
        return datetime.fromisoformat(self.seen_through) - overlap if self.seen_through else None


class _Qualtrics:
    """The API: its pages, definitions and exports."""

    def __init__(self) -> None:
        token = warehouse.required_setting(NAME, "api_token")
        base_url = warehouse.required_setting(NAME, "base_url")
        self.client = VendorClient(NAME, base_url, lambda: {"X-API-TOKEN": token})
        self.embedded = embedded_keys(warehouse.setting(NAME, "embedded_data", {}))
        self.overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 60)))
        self.reread = timedelta(days=float(warehouse.setting(NAME, "reread_days", 60)))
        self._page_size = int(warehouse.setting(NAME, "page_size", 500))
        self._patience = float(warehouse.setting(NAME, "export_timeout_seconds", 3600))
        self._definitions: dict[str, _Definition] = {}

    def elements(self, path: str, **params: str) -> Iterator[Page]:
        """The pages of a list (`result.elements`), following `result.nextPage`."""
        guard = CursorGuard(self.client)
        following: str = path
        query: dict[str, Any] | None = {**params, "pageSize": self._page_size}
        while following:
            page = self.client.get(following, query, lambda body: split_page(body, "result", "elements"))
            if page is None:
                raise self.client.error(path, "gave an answer without `result.elements`", "check `base_url`")
            yield page
            following, query = page.envelope.get("nextPage") or "", None
            if following:
                guard.follow(path, following)

    def listed(self, path: str, **params: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """A list's records by their ids. What hangs on one without an id would be missing unnoticed."""
        for record in (record for page in self.elements(path, **params) for record in page.records):
            if type(record_id := dig(record, "id")) is not str:
                raise self.client.error(path, f"lists something without an id: {record!r:.100}")
            yield record_id, record

    @cached_property
    def survey_ids(self) -> list[str]:
        """Of all surveys that the token may read."""
        return [survey_id for survey_id, _ in self.listed("/API/v3/surveys")]

    def definition(self, survey_id: str) -> _Definition:
        """A survey's definition, asked for once a load."""
        if survey_id not in self._definitions:
            path = f"/API/v3/survey-definitions/{survey_id}"
            text = member_text(self.client.get(path, read=whole_text), "result") or "{}"
            questions = member_text(text, "Questions")
            held = parsed(questions) if questions else None
            if questions is None or type(held) is not dict:
                raise self.client.error(
                    path, "gave a definition without `Questions`", "check the token's rights"
                )
            texts = {name: member_text(questions, name) or "" for name in held}
            self._definitions[survey_id] = _Definition(parsed(text).get("LastModified"), held, texts)
        return self._definitions[survey_id]

    def export(self, survey_id: str, since: datetime | None) -> BinaryIO:
        """The responses modified since then, as a zip file on disk; deleted when it is closed."""
        path = export_path(survey_id)
        body: dict[str, Any] = {"format": "ndjson", "sortByLastModifiedDate": True}
        if since is not None:
            body["startDate"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        job = self._result(path, self.client.post(path, body))
        file_id = self._finished(f"{path}/{job.get('progressId')}")
        return self.client.archive(f"{path}/{file_id}/file")

    def exported_lines(self, survey_id: str, export: BinaryIO) -> Iterator[list[bytes]]:
        """The lines of an export, some thousands at a time."""
        try:
            with zipfile.ZipFile(export) as archive:
                for member in archive.namelist():
                    with archive.open(member) as stream:
                        yield from json_lines(cast(BinaryIO, stream), BLOCK_ROWS)
        except (zipfile.BadZipFile, zlib.error, EOFError) as failure:
            path = export_path(survey_id)
            raise self.client.error(path, f"gave a damaged zip file ({failure})") from failure

    def _finished(self, path: str) -> str:
        """The file's id, once the export is complete."""
        delay, until = _FIRST_POLL_SECONDS, time.monotonic() + self._patience
        while time.monotonic() < until:
            progress = self._result(path, self.client.get(path))
            if progress.get("status") == "complete" and type(progress.get("fileId")) is str:
                return str(progress["fileId"])
            if progress.get("status") == "failed":
                raise self.client.error(path, "says that the export has failed")
            time.sleep(delay)
            delay = min(_LONGER_EACH_TIME * delay, _LAST_POLL_SECONDS)
        raise self.client.error(path, f"was not complete after {self._patience:g} seconds")

    def _result(self, path: str, answer: Any) -> dict[str, Any]:
        result = answer.get("result") if type(answer) is dict else None
        if type(result) is not dict:
            raise self.client.error(path, "gave an answer without `result`", "check `base_url`")
        return result


@dlt.source(name=NAME)
def qualtrics_source() -> DltSource:
    """All Qualtrics tables. Settings: `base_url`, `api_token`; optional `embedded_data` (column → key),
    `overlap_minutes` (60), `reread_days` (60), `page_size` (500), `export_timeout_seconds` (3600)."""
    api = _Qualtrics()
    resources: list[DltResource] = [
        raw_resource(SURVEYS, partial(_surveys, api)),
        raw_resource(QUESTIONS, partial(_questions, api)),
        raw_resource(RESPONSES, partial(_responses, api)),
        raw_resource(INVITATIONS, partial(_invitations, api)),
    ]
    return resources  # type: ignore[return-value]


def export_path(survey_id: str) -> str:
    """The path of a survey's exports; also what its quarantined responses name as their origin."""
    return f"/API/v3/surveys/{survey_id}/export-responses"


def _surveys(api: _Qualtrics, landing: Landing) -> Iterator[Any]:
    for page in api.elements("/API/v3/surveys"):
        yield from landing.land_page(page, "/API/v3/surveys")


def _questions(api: _Qualtrics, landing: Landing) -> Iterator[Any]:
    for survey_id in api.survey_ids:
        definition = api.definition(survey_id)
        wanted = [question.question_id for question in scored_questions(definition.questions)]
        records = [definition.questions[question_id] for question_id in wanted]
        texts = [definition.texts[question_id] for question_id in wanted]
        batch = landing.batch(records, texts, f"/API/v3/survey-definitions/{survey_id}")
        yield from landing.land(batch, survey_id=survey_id, version_at=definition.modified)


def _responses(api: _Qualtrics, landing: Landing) -> Iterator[Any]:
    """Answers, in three hands: one has a survey exported while the last one's export is taken apart by the
    next, which hands on blocks to be converted while earlier ones are written here."""
    state = dlt.current.resource_state()
    cursors: dict[str, str] = state.setdefault("seen_through", {})
    reading = reading_under(api.embedded, state)
    surveys = [_wanted(api, survey_id, cursors, reading) for survey_id in api.survey_ids]
    wanted = [survey for survey in surveys if survey.tables]
    latest: dict[str, datetime | None] = {}
    with (
        closing(ahead(_blocks(api, landing, wanted), _BLOCKS_AHEAD)) as blocks,
        closing(
            ahead(((survey, _answers(block, survey)) for survey, block in blocks), _BLOCKS_AHEAD)
        ) as answers,
    ):
        for survey, made in answers:
            latest[survey.survey_id] = latest_of(made.rows, latest.get(survey.survey_id))
            yield from landing.land_tables(*made)
    for survey in wanted:
        through = read_through(latest.get(survey.survey_id), survey.seen_through)
        if through is not None:
            cursors[survey.cursor] = through


def _wanted(api: _Qualtrics, survey_id: str, cursors: Mapping[str, str], reading: int) -> _Wanted:
    """A survey's scored questions, where in a response their answers are, and what was read of them.

    A cursor is the questions' as well as the survey's, and that of one reading: earlier answers to a question
    that is scored only now were never loaded, so the survey is read from its beginning.
    """
    questions = api.definition(survey_id).questions
    scored = scored_questions(questions)
    asked = [survey_id, *(question.question_id for question in scored)]
    cursor = " ".join([*asked, f"@{reading}"] if reading else asked)
    texts = comment_keys(questions)
    tables = [(each, responses_table(each, texts, api.embedded, reading)) for each in scored]
    return _Wanted(survey_id, cursor, cursors.get(cursor), tuple(tables))


def _blocks(
    api: _Qualtrics, landing: Landing, wanted: Sequence[_Wanted]
) -> Generator[tuple[_Wanted, Block], None, None]:
    """The lines of all exports in order, each with the survey it belongs to."""
    exports = ((survey, api.export(survey.survey_id, survey.since(api.overlap))) for survey in wanted)
    with closing(ahead(exports)) as ready:
        for survey, export in ready:
            with export:
                for lines in api.exported_lines(survey.survey_id, export):
                    yield survey, landing.block(lines, read_lines, export_path(survey.survey_id))


def _answers(block: Block, survey: _Wanted) -> Converted:
    """A row of each response for each question; what is no response is rejected once, not for each."""
    readings = [
        (table, {"survey_id": survey.survey_id, "question_id": question.question_id})
        for question, table in survey.tables
    ]

    def fast(part: Block) -> pa.Table | None:
        rows = [native_rows(table, part, constants) for table, constants in readings]
        read = [each for each in rows if each is not None]
        return pa.concat_tables(read) if len(read) == len(rows) else None

    def ordinary(part: Block) -> Converted:
        batch = part.parsed()
        answers = batch.part(objects=True)
        made = [convert_batch(readings[0][0], batch.part(objects=False), readings[0][1])]
        for table, constants in readings:
            named = answers.renamed(f"{part.origin}#{constants['question_id']}")
            made.append(convert_batch(table, named, constants))
        rows, rejects = zip(*made, strict=True)
        return Converted(pa.concat_tables(rows), pa.concat_tables(rejects))

    return by_lane(block, fast, ordinary, signs_of(*(table for table, _ in readings)))


def _invitations(api: _Qualtrics, landing: Landing) -> Iterator[Any]:
    state: dict[str, str] = dlt.current.resource_state()
    seen = state.get("sent_through")
    settled = datetime.fromisoformat(seen) - api.reread if seen else None
    latest: datetime | None = None
    with closing(ahead(_histories(api, api.survey_ids, settled), PAGES)) as histories:
        for sent, survey_id, path, page in histories:
            latest = max(filter(None, (latest, sent)), default=None)
            yield from landing.land_page(page, path, survey_id=survey_id)
    if (through := read_through(latest, seen)) is not None:
        state["sent_through"] = through


def _histories(
    api: _Qualtrics, survey_ids: Sequence[str], settled: datetime | None
) -> Generator[tuple[datetime | None, str, str, Page], None, None]:
    """The pages of the histories of distributions sent since `settled`, each with send date, survey, path."""
    for survey_id in survey_ids:
        for distribution_id, distribution in api.listed("/API/v3/distributions", surveyId=survey_id):
            sent = _moment(distribution.get("sendDate"))
            if settled is None or sent is None or sent >= settled:
                path = f"/API/v3/distributions/{distribution_id}/history"
                for history in api.elements(path):
                    yield sent, survey_id, path, history


def _moment(text: Any) -> datetime | None:
    """A distribution's send date; one that cannot be read counts as recent."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
