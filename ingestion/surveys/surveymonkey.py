"""SurveyMonkey: the scored questions of the surveys a company names, and their responses, over the API v3.

Endpoints: `GET /v3/surveys/{id}/details` and `GET /v3/surveys/{id}/responses/bulk`, up to 100 on a page, then
`links.next`. Pages are numbered, so they are read from the last change backwards: an edit meanwhile shifts
others to a later page, where they are read twice, and comes itself with the next load. A deletion meanwhile
shifts others to a page that was read already, but then `total` falls, and the list is read again.

Cursor: `start_modified_at`, the last `date_modified` seen in the survey less an overlap: edits come again.

Deletes: a deleted response leaves the list and is not reported; it stays in raw.

Limits: 120 requests a minute (a 429 says in `X-Ratelimit-App-Global-Minute-Reset` how many seconds are
left), and 500 a day for drafts of apps. Where the day's are used up, the load says until when and fails at
once; the next one begins where it did. Years of answers that need more than a day's requests come month by
month with `nps backfill`, which keeps each month that is done.

Disposition: insert-only, because only the last version of an edited response is shown. A response is a row
for each scored question that the settings name for its survey. It dates from when it was begun
(`date_created`), which no edit moves. Responses that are not complete are no answers: they have a table of
their own, which nothing counts.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, Final

import dlt
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.arrow import Rejects, convert_batch, dig, together
from ingestion.errors import SourceError
from ingestion.http import VendorClient, parsed
from ingestion.landing import Landing, latest_of, raw_resource, read_through
from ingestion.lossless import Held
from ingestion.pages import Page, encoded, split_page, whole_text
from ingestion.paging import Following, pages
from ingestion.surveys.configured import CARRIED, own_names, reading_under, scored
from ingestion.surveys.surveymonkey_tables import PARTIAL, QUESTIONS, Question, choices, responses_table
from ingestion.surveys.unreadable import Unreadable
from ingestion.tables import Reason
from ingestion.windows import Window

NAME: Final = "surveymonkey"
_API: Final = "https://api.surveymonkey.com"
_INCOMPLETE: Final = ("partial", "overquota", "disqualified")
_READINGS: Final = 5
_REFUSED: Final = (400, 403, 404)


class _ShrinkingError(SourceError):
    """A list that loses responses each time it is read, so that others may have been passed over."""


class _SurveyMonkey:
    """The API: details of surveys and the pages of their responses."""

    def __init__(self, is_whole: bool = False) -> None:
        self._is_whole = is_whole
        headers = {"Authorization": f"bearer {warehouse.required_setting(NAME, 'access_token')}"}
        self.client = VendorClient(
            NAME,
            warehouse.setting(NAME, "base_url", _API),
            lambda: headers,
            reset="X-Ratelimit-App-Global-Minute-Reset",
            quota=("X-Ratelimit-App-Global-Day-Remaining", "X-Ratelimit-App-Global-Day-Reset"),
        )
        self._wanted = scored(NAME, "surveys")
        self.unreadable = self.passing_over()
        names = warehouse.setting(NAME, "custom_variables", {})
        self.variables = own_names("sources.surveymonkey.custom_variables", CARRIED, names)
        self.overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 60)))
        self._page_size = int(warehouse.setting(NAME, "page_size", 100))
        self._details: dict[str, tuple[Any, dict[str, bytes]]] = {}

    def passing_over(self) -> Unreadable:
        """For what is read of each survey; a month of a backfill passes over none."""
        return Unreadable(NAME, "/v3/surveys/{}", self._is_whole)

    @cached_property
    def surveys(self) -> dict[str, tuple[str, ...]]:
        """The surveys whose details can be read, and their scored questions."""
        for survey_id in self._wanted:
            with self.unreadable.reading(survey_id):
                self.details(survey_id)
        self.unreadable.unless_all(len(self._wanted))
        return {survey: asked for survey, asked in self._wanted.items() if survey not in self.unreadable}

    def details(self, survey_id: str) -> tuple[Any, dict[str, bytes]]:
        """When a survey was modified, and its questions by their ids; asked for once a load."""
        if survey_id not in self._details:
            path = f"/v3/surveys/{survey_id}/details"
            text = self.client.get(path, read=whole_text)
            listed = split_page(encoded(text), "pages")
            if listed is None:
                raise self.client.error(path, "sent a survey without `pages`", "check `base_url`")
            found = [split_page(line, "questions") for line in listed.lines]
            questions = {
                dig(question, "id"): line
                for page in found
                if page is not None
                for line, question in zip(page.lines, page.records, strict=True)
            }
            self._details[survey_id] = listed.envelope.get("date_modified"), questions
        return self._details[survey_id]

    def question(self, survey_id: str, question_id: str) -> Question | None:
        """A question whose choices are numbers; None for any other."""
        line = self.details(survey_id)[1].get(question_id)
        try:
            return None if line is None else Question(question_id, choices(parsed(line)))
        except (ValueError, TypeError, LookupError):
            return None

    def responses(self, survey_id: str, **params: Any) -> Iterator[Page]:
        """The pages of a survey's responses, the last change first."""
        path, last_first = _bulk(survey_id), {"sort_by": "date_modified", "sort_order": "DESC"}
        asked = {"per_page": self._page_size, **last_first, **params}
        for _ in range(_READINGS):
            total = 0
            for page in pages(self.client, path, asked, "data", _next):
                yield page
                left = page.envelope.get("total")
                if type(left) is int and left < total:
                    break
                total = left if type(left) is int else total
            else:
                return
        problem = f"lists fewer responses than before, {_READINGS} times while it was read"
        raise self.client.error(path, problem, kind=_ShrinkingError)


def _bulk(survey_id: str) -> str:
    return f"/v3/surveys/{survey_id}/responses/bulk"


def _next(page: Page) -> Following | None:
    return Following.at(dig(page.envelope, "links", "next"))


@dlt.source(name=NAME)
def surveymonkey_source() -> DltSource:
    """All SurveyMonkey tables. Settings: `access_token`, `surveys` (survey → its scored question or
    questions, by id); optional `base_url` (of the EU: https://api.eu.surveymonkey.com), `custom_variables`
    (column → variable), `overlap_minutes` (60), `page_size` (100)."""
    api = _SurveyMonkey()
    resources: list[DltResource] = [
        raw_resource(QUESTIONS, partial(_questions, api)),
        raw_resource(responses_table(Question("", {}), CARRIED), partial(_responses, api)),
        raw_resource(PARTIAL, partial(_partial, api)),
    ]
    return resources  # type: ignore[return-value]


@dlt.source(name=NAME)
def surveymonkey_within(window: Window) -> DltSource:
    """The responses that were last modified in a window."""
    read = partial(_responses, _SurveyMonkey(is_whole=True), window=window)
    table = responses_table(Question("", {}), CARRIED)
    return [raw_resource(table, read, window=window)]  # type: ignore[return-value]


def surveymonkey_held() -> Iterator[Held]:
    """The complete responses that SurveyMonkey counts in each survey, and their ids."""
    api = _SurveyMonkey(is_whole=True)
    for survey_id in api.surveys:
        listed = list(api.responses(survey_id, status="completed"))
        ids = {record["id"] for page in listed for record in page.records}
        yield Held(survey_id, listed[-1].envelope["total"], ids, _bulk(survey_id))


def _questions(api: _SurveyMonkey, landing: Landing) -> Iterator[Any]:
    for survey_id, wanted in api.surveys.items():
        modified, questions = api.details(survey_id)
        path, rejects = f"/v3/surveys/{survey_id}/details", Rejects()
        readable = [each for each in wanted if api.question(survey_id, each) is not None]
        batch = landing.batch([questions[each] for each in readable], path)
        yield from landing.land(batch, survey_id=survey_id, version_at=modified)
        for question_id in sorted({*wanted} - {*readable}):
            detail = (
                f"questions: {question_id} of survey {survey_id} is not there or no choice of whole numbers, "
                "so no answer to it is read: label its choices 0 to 10, or correct the setting `surveys`"
            )
            record = f"{survey_id}:{question_id}"
            rejects.add(QUESTIONS.name, Reason.UNREADABLE, detail, 1, path, record, record)
        yield from landing.land_tables(landing.empty, rejects.table())
    cursors = dlt.current.resource_state("responses").get("seen_through", {})
    yield from api.unreadable.land(landing, "details", cursors)


def _responses(api: _SurveyMonkey, landing: Landing, window: Window | None = None) -> Iterator[Any]:
    state = dlt.current.resource_state()
    cursors: dict[str, str] = state.setdefault("seen_through", {})
    reading = reading_under(api.variables, CARRIED, state, "custom_variables")
    refused = api.passing_over()
    for survey_id, wanted in api.surveys.items():
        asked = [found for each in wanted if (found := api.question(survey_id, each)) is not None]
        # earlier answers to a question that is scored only now were never loaded
        cursor = " ".join([survey_id, *(each.question_id for each in asked), f"@{reading}"])
        seen, latest = cursors.get(cursor), None
        path = _bulk(survey_id)
        bounds = _since(seen, api.overlap) if window is None else _between(window)
        listed = api.responses(survey_id, status="completed", **bounds) if asked else ()
        with refused.reading(survey_id):
            for batch in landing.batches(listed, path):
                made = together(
                    [
                        convert_batch(
                            responses_table(each, api.variables, reading),
                            batch.renamed(f"{path}#{each.question_id}"),
                            {"survey_id": survey_id, "question_id": each.question_id},
                        )
                        for each in asked
                    ]
                )
                latest = latest_of(made.rows, latest)
                yield from landing.land_tables(*made)
        through = read_through(latest, seen)
        if window is None and survey_id not in refused and through is not None:
            cursors[cursor] = through
    refused.unless_all(len(api.surveys))
    yield from refused.land(landing, "responses", cursors)


def _partial(api: _SurveyMonkey, landing: Landing) -> Iterator[Any]:
    """What is not complete, and counts nowhere: a list of it that cannot be read keeps no answer out."""
    state: dict[str, str] = dlt.current.resource_state()
    for survey_id in api.surveys:
        seen, path, rejects = state.get(survey_id), f"{_bulk(survey_id)}#incomplete", Rejects()
        for status in _INCOMPLETE:
            try:
                for page in api.responses(survey_id, status=status, **_since(seen, api.overlap)):
                    yield from landing.land_page(page, path, survey_id=survey_id)
            except SourceError as failure:
                if not isinstance(failure, _ShrinkingError) and failure.status not in _REFUSED:
                    raise
                detail = f"{PARTIAL.name}: not all are read, which nothing counts: {failure}"
                record = f"{survey_id}:{status}"
                rejects.add(PARTIAL.name, Reason.UNREADABLE, detail, 1, path, record, record)
        yield from landing.land_tables(PARTIAL.schema.empty_table(), rejects.table())
        # of any survey so far: what this one listed is at least as recent
        if not rejects and (through := read_through(landing.latest, seen)) is not None:
            state[survey_id] = through


def _between(window: Window) -> dict[str, str]:
    bounds = {"start_modified_at": window.start, "end_modified_at": window.last_second}
    return {name: moment.isoformat(timespec="seconds") for name, moment in bounds.items()}


def _since(seen: str | None, overlap: timedelta) -> dict[str, str]:
    if seen is None:
        return {}
    moment = datetime.fromisoformat(seen) - overlap
    return {"start_modified_at": moment.isoformat(timespec="seconds")}
