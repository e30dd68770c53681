"""Medallia: the scored fields of the surveys a company names, and their feedback, over the Query API.

Queries: `fields(ids)` for what a field is, and `feedback(filter, orderBy, first, after)`, up to 1,000 on a
page, in the order of the responses' numbers. `totalCount` counts what a filter matches.

Cursor: `e_lastupdated`, the last one seen in the survey less an overlap: edits come again.

Deletes: deleted feedback leaves the list and is not reported; it stays in raw.

Limits: ten requests a second (a 429 says in `X-RateLimit-Reset` how many seconds are left), and a cost for
each query, by its fields and page size.

Disposition: insert-only, because only the last version of an edited response is shown. A response is a row
for each scored field that the settings name for its survey. A field that the client's role may not see has
no values, which is the same as missing answers. So every field is looked up before each load, and one that
is not shown stops it. Moments have no zone; they are read as UTC.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.arrow import Rejects, convert_batch, together
from ingestion.errors import ConfigurationError
from ingestion.landing import Landing, latest_of, raw_resource, read_through
from ingestion.lossless import Held
from ingestion.surveys.configured import own_names, reading_under, scored
from ingestion.surveys.medallia_api import NAME, RESPONSE, QueryApi
from ingestion.surveys.medallia_tables import FIELDS, QUESTIONS, Question, options, responses_table
from ingestion.tables import Reason

_MOMENTS: Final = ("responded_at", "version_at")


class _Medallia:
    """The company's surveys and fields, and the API."""

    def __init__(self) -> None:
        self.query = QueryApi()
        self.surveys = scored(NAME, "surveys")
        self.fields = own_names(f"sources.{NAME}.fields", FIELDS, warehouse.setting(NAME, "fields", {}))
        self.overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 60)))
        if missing := [column for column in _MOMENTS if not self.fields[column]]:
            raise ConfigurationError(f"`sources.{NAME}.fields.{missing[0]}` should be the id of a field")
        if not self.fields["survey_id"] and len(self.surveys) > 1:
            raise ConfigurationError(
                f"`sources.{NAME}.surveys` names {len(self.surveys)} surveys; set "
                f"`sources.{NAME}.fields.survey_id` to the field that tells them apart"
            )

    def readable(self) -> None:
        """`ConfigurationError` for a field that is not shown, or that cannot be what it is used as."""
        named = [field for field in self.fields.values() if field]
        found = self.query.described({RESPONSE, *named, *(q for each in self.surveys.values() for q in each)})
        for column in (*_MOMENTS, "survey_id"):
            if not self.fields[column]:
                continue
            field = found[self.fields[column]][1]
            wrong = column in _MOMENTS and field["dataType"] != "DATETIME"
            if wrong or (column != "responded_at" and not field["filterable"]):
                wanted = "a DATETIME" if column in _MOMENTS else "a field"
                raise ConfigurationError(
                    f"`sources.{NAME}.fields.{column}` should be {wanted} that can be filtered by; "
                    f"{field['id']} is {field['dataType']}, filterable: {str(field['filterable']).lower()}"
                )

    def question(self, question_id: str) -> Question | None:
        """A scored field; None where its options are no numbers."""
        try:
            return Question(question_id, options(self.query.described([question_id])[question_id][1]))
        except (ValueError, TypeError, LookupError):
            return None

    def of(self, survey_id: str) -> list[dict[str, Any]]:
        """The filters that choose a survey's feedback."""
        told_apart = self.fields["survey_id"]
        return [{"fieldIds": [told_apart], "in": [survey_id]}] if told_apart else []

    def since(self, seen: str | None) -> list[dict[str, Any]]:
        """The filters that choose what was changed since the last load."""
        if seen is None:
            return []
        moment = (datetime.fromisoformat(seen) - self.overlap).astimezone(UTC)
        return [{"fieldIds": [self.fields["version_at"]], "gte": f"{moment:%Y-%m-%d %H:%M:%S}"}]


def _path(survey_id: str) -> str:
    return f"feedback/{survey_id}"


@dlt.source(name=NAME)
def medallia_source() -> DltSource:
    """All Medallia tables. Settings: `base_url` (the API gateway), `token_url`, `client_id`, `client_secret`,
    `surveys` (survey → its scored field or fields); optional `fields` (column → field; `survey_id` is the one
    that tells surveys apart), `overlap_minutes` (60), `page_size` (1000)."""
    api = _Medallia()
    resources: list[DltResource] = [
        raw_resource(QUESTIONS, partial(_questions, api)),
        raw_resource(responses_table(Question(""), FIELDS), partial(_responses, api)),
    ]
    return resources  # type: ignore[return-value]


def medallia_held() -> Iterator[Held]:
    """The feedback that Medallia counts in each survey, and its ids."""
    api = _Medallia()
    for survey_id in api.surveys:
        listed = list(api.query.feedback((), api.of(survey_id)))
        ids = {record["id"] for page in listed for record in page.records}
        yield Held(survey_id, listed[-1].envelope["totalCount"], ids, f"{_path(survey_id)}#")


def _questions(api: _Medallia, landing: Landing) -> Iterator[Any]:
    api.readable()
    for survey_id, wanted in api.surveys.items():
        path, rejects = f"fields/{survey_id}", Rejects()
        found = api.query.described(wanted)
        readable = [each for each in wanted if api.question(each) is not None]
        yield from landing.land(
            landing.batch([found[each][0] for each in readable], path), survey_id=survey_id
        )
        for question_id in sorted({*wanted} - {*readable}):
            detail = (
                f"questions: {question_id} of survey {survey_id} has options that are no whole numbers, so "
                "no answer to it is read: let the names of its options begin with 0 to 10, or correct the "
                "setting `surveys`"
            )
            record = f"{survey_id}:{question_id}"
            rejects.add(QUESTIONS.name, Reason.UNREADABLE, detail, 1, path, record, record)
        yield from landing.land_tables(QUESTIONS.schema.empty_table(), rejects.table())


def _responses(api: _Medallia, landing: Landing) -> Iterator[Any]:
    api.readable()
    state = dlt.current.resource_state()
    cursors: dict[str, str] = state.setdefault("seen_through", {})
    reading = reading_under(api.fields, FIELDS, state, "fields")
    for survey_id, wanted in api.surveys.items():
        asked = [found for each in wanted if (found := api.question(each)) is not None]
        # earlier answers to a field that is scored only now were never loaded
        cursor = " ".join([survey_id, *(each.question_id for each in asked), f"@{reading}"])
        seen, latest, path = cursors.get(cursor), None, _path(survey_id)
        selected = [*filter(None, api.fields.values()), *(each.question_id for each in asked)]
        listed = api.query.feedback(selected, api.of(survey_id) + api.since(seen)) if asked else ()
        for batch in landing.batches(listed, path):
            made = together(
                [
                    convert_batch(
                        responses_table(each, api.fields, reading),
                        batch.renamed(f"{path}#{each.question_id}"),
                        _constants(survey_id, each),
                    )
                    for each in asked
                ]
            )
            latest = latest_of(made.rows, latest)
            yield from landing.land_tables(*made)
        if (through := read_through(latest, seen)) is not None:
            cursors[cursor] = through


def _constants(survey_id: str, question: Question) -> Mapping[str, str]:
    return {"survey_id": survey_id, "question_id": question.question_id}
