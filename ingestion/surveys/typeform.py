"""Typeform: the scored fields of the forms a company names, and their responses, over the Responses API.

Endpoints: `GET /forms/{id}` and `GET /forms/{id}/responses`, newest first, up to 1,000 on a page. The next
page is asked for by `before`, the token of the last response. `total_items` counts what a request matches.

Cursor: `since`, the last `submitted_at` seen in the form less an overlap, because a response may be listed
half an hour late. Partial responses have no moment that moves with them; all of them are read each time.

Deletes: a deleted response leaves the list and is not reported; it stays in raw. Nobody edits a submitted
response.

Limits: two requests a second (429).

Disposition: insert-only. A response is a row for each scored field that the settings name for its form. A
partial response was not submitted and is no answer: it has a table of its own, which nothing counts.

The API and the webhook's `form_response` write a response alike, so `answers` reads both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, Final

import dlt
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.arrow import Converted, Rejects, convert_batch, dig, together
from ingestion.counting import counted_page
from ingestion.http import VendorClient
from ingestion.landing import Landing, latest_of, raw_resource, read_through
from ingestion.lossless import Held
from ingestion.pages import Page, split_page
from ingestion.paging import Following, pages
from ingestion.records import Batch
from ingestion.surveys.configured import CARRIED, carried_columns, own_names, reading_under, scored
from ingestion.surveys.unreadable import Unreadable
from ingestion.tables import Column, Kind, Reason, TableSpec
from ingestion.windows import Window
from vault.tokens import Kind as Personal

NAME: Final = "typeform"
_API: Final = "https://api.typeform.com"
_LARGEST_PAGE: Final = 1_000


def scale(place: int, field: Any) -> int | None:
    """The lowest or highest number of a field's scale, or how many numbers it has; of others nothing."""
    kind, said = field["type"], field.get("properties") or {}
    if kind not in ("nps", "opinion_scale", "rating"):
        return None
    low = 1 if kind == "rating" or said.get("start_at_one") else 0
    points = said.get("steps", 11)
    return (low, low + points - 1, points)[place]


# A form has one modification time for all its fields, which is not part of a field's text.
QUESTIONS: Final = TableSpec(
    "questions",
    ("survey_id", "question_id"),
    (
        Column("survey_id", required=True),
        Column("question_id", required=True),
        Column("question_text", source="title"),
        Column("question_type", source="type", required=True),
        Column("scale_min", Kind.INTEGER, partial(scale, 0)),
        Column("scale_max", Kind.INTEGER, partial(scale, 1)),
        Column("scale_points", Kind.INTEGER, partial(scale, 2)),
    ),
    Column("version_at", Kind.TIMESTAMP),
    versioned_by_payload=False,
    is_of_the_company=True,
)
#: Keys of what was written into a form, whatever it asked for.
_WRITTEN: Final = {"text": Personal.TEXT, "email": Personal.EMAIL, "phone_number": Personal.PHONE}
PARTIAL: Final = TableSpec(
    "partial_responses",
    ("response_id",),
    (
        Column("response_id", source="token", required=True),
        Column("survey_id", required=True),
        Column("started_at", Kind.TIMESTAMP, "landed_at", required=True),
    ),
    personal=_WRITTEN,
)


def responses_table(question: str, hidden: Mapping[str, str], reading: int = 0) -> TableSpec:
    """Responses as they are read for one field of a form; the columns are always the same."""
    return TableSpec(
        "responses",
        ("response_id", "question_id"),
        (
            Column("response_id", source="token", required=True),
            Column("survey_id", required=True),
            Column("question_id", required=True),
            Column("score", Kind.DOUBLE, partial(_answered, question)),
            Column("comment", Kind.TEXT, _comment),
            Column("started_at", Kind.TIMESTAMP, "landed_at"),
            Column("responded_at", Kind.TIMESTAMP, "submitted_at", required=True),
            *carried_columns("hidden", hidden),
        ),
        Column("version_at", Kind.TIMESTAMP, "submitted_at", required=True),
        reading=reading,
        personal=_WRITTEN,
    )


@dataclass(frozen=True)
class Form:
    """A form, its scored fields, the hidden fields that its links carry, and how often these changed."""

    form_id: str
    questions: tuple[str, ...]
    hidden: Mapping[str, str]
    reading: int = 0

    @property
    def path(self) -> str:
        """Where its responses are; also what its quarantined responses name as their origin."""
        return f"/forms/{self.form_id}/responses"

    @property
    def cursor(self) -> str:
        """What was asked: earlier answers to a field that is scored only now were never loaded."""
        return " ".join([self.form_id, *self.questions, f"@{self.reading}"])


def answers(batch: Batch, form: Form) -> Converted:
    """A row for each scored field of each response: an item of the API or a webhook's `form_response`."""
    made = []
    for question in form.questions:
        table = responses_table(question, form.hidden, form.reading)
        constants = {"survey_id": form.form_id, "question_id": question}
        made.append(convert_batch(table, batch.renamed(f"{form.path}#{question}"), constants))
    return together(made)


def _answered(question: str, response: Any) -> Any:
    """The value of the answer to a field, by its `ref` or id, in the type that the answer has."""
    for answer in response.get("answers") or ():
        if question in (answer["field"].get("ref"), answer["field"].get("id")):
            return answer[answer["type"]]
    return None


def _comment(response: Any) -> Any:
    """The first text that was written."""
    return next((each["text"] for each in response.get("answers") or () if each["type"] == "text"), None)


class _Typeform:
    """The API: forms and the pages of their responses."""

    def __init__(self, is_whole: bool = False) -> None:
        self._is_whole = is_whole
        headers = {"Authorization": f"Bearer {warehouse.required_setting(NAME, 'access_token')}"}
        self.client = VendorClient(NAME, warehouse.setting(NAME, "base_url", _API), lambda: headers)
        self._wanted = scored(NAME, "forms")
        self.unreadable = self.passing_over()
        self.hidden = own_names("sources.typeform.hidden", CARRIED, warehouse.setting(NAME, "hidden", {}))
        self.overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 120)))
        self._page_size = int(warehouse.setting(NAME, "page_size", _LARGEST_PAGE))
        self._fields: dict[str, Page] = {}

    def passing_over(self) -> Unreadable:
        """For what is read of each form; a month of a backfill passes over none."""
        return Unreadable(NAME, "/forms/{}", self._is_whole)

    @cached_property
    def forms(self) -> dict[str, tuple[str, ...]]:
        """The forms whose fields can be read, and which are scored."""
        for form_id in self._wanted:
            with self.unreadable.reading(form_id):
                self.fields(form_id)
        self.unreadable.unless_all(len(self._wanted))
        return {form: asked for form, asked in self._wanted.items() if form not in self.unreadable}

    def fields(self, form_id: str) -> Page:
        """The fields of a form, asked for once a load."""
        if form_id not in self._fields:
            path = f"/forms/{form_id}"
            page = self.client.get(path, read=lambda body: counted_page(body, "fields"))
            if page is None:
                raise self.client.error(path, "sent a form without `fields`", "check `base_url`")
            self._fields[form_id] = page
        return self._fields[form_id]

    def responses(self, path: str, **params: Any) -> Iterator[Page]:
        """The pages of a form's responses, newest first."""
        asked = {"page_size": self._page_size, **params}

        def earlier(page: Page) -> Following | None:
            if not page.lines or page.envelope.get("total_items") == len(page.lines):
                return None
            last = dig(page.record(-1), "token")
            if type(last) is not str:
                raise self.client.error(path, "lists a last response without a token: no page can follow it")
            return Following(last, path, {**asked, "before": last})

        return pages(self.client, path, asked, "items", earlier)


@dlt.source(name=NAME)
def typeform_source() -> DltSource:
    """All Typeform tables. Settings: `access_token`, `forms` (form → its scored field or fields, by `ref` or
    id); optional `base_url` (of the EU: https://api.eu.typeform.com), `hidden` (column → hidden field),
    `overlap_minutes` (120), `page_size` (1000)."""
    api = _Typeform()
    resources: list[DltResource] = [
        raw_resource(QUESTIONS, partial(_questions, api)),
        raw_resource(responses_table("", CARRIED), partial(_responses, api)),
        raw_resource(PARTIAL, partial(_partial, api)),
    ]
    return resources  # type: ignore[return-value]


@dlt.source(name=NAME)
def typeform_within(window: Window) -> DltSource:
    """The responses that were submitted in a window."""
    read = partial(_responses, _Typeform(is_whole=True), window=window)
    return [raw_resource(responses_table("", CARRIED), read, window=window)]  # type: ignore[return-value]


def typeform_held() -> Iterator[Held]:
    """The submitted responses that Typeform counts in each form, and their tokens."""
    api = _Typeform(is_whole=True)
    for form_id in api.forms:
        path = f"/forms/{form_id}/responses"
        listed = list(api.responses(path, response_type="completed"))
        tokens = {record["token"] for page in listed for record in page.records}
        yield Held(form_id, listed[0].envelope["total_items"], tokens, path)


def _questions(api: _Typeform, landing: Landing) -> Iterator[Any]:
    for form_id, wanted in api.forms.items():
        page, path = api.fields(form_id), f"/forms/{form_id}"
        lines = list(_with_those_in_groups(page))
        rejects = Rejects()
        for question in wanted:
            own = [line for line, field in lines if question in (dig(field, "ref"), dig(field, "id"))]
            batch = landing.batch(own, path)
            modified = page.envelope.get("last_updated_at")
            yield from landing.land(batch, survey_id=form_id, question_id=question, version_at=modified)
            if not own:
                detail = (
                    f"questions: form {form_id} has no field {question}: answers to it are read, whatever "
                    "its scale was; correct `sources.typeform.forms` if it was never there"
                )
                record = f"{form_id}:{question}"
                rejects.add(QUESTIONS.name, Reason.UNREADABLE, detail, 1, path, record, record)
        yield from landing.land_tables(landing.empty, rejects.table())
    cursors = dlt.current.resource_state("responses").get("seen_through", {})
    yield from api.unreadable.land(landing, "fields", cursors)


def _with_those_in_groups(page: Page) -> Iterator[tuple[bytes, Any]]:
    """The text of each field and the field, those of groups too."""
    for line, field in zip(page.lines, page.records, strict=True):
        yield line, field
        inner = split_page(line, "properties", "fields") if type(field) is dict else None
        if inner is not None:
            yield from _with_those_in_groups(inner)


def _responses(api: _Typeform, landing: Landing, window: Window | None = None) -> Iterator[Any]:
    state = dlt.current.resource_state()
    cursors: dict[str, str] = state.setdefault("seen_through", {})
    reading = reading_under(api.hidden, CARRIED, state, "hidden")
    refused = api.passing_over()
    for form_id, questions in api.forms.items():
        form = Form(form_id, questions, api.hidden, reading)
        seen, latest = cursors.get(form.cursor), None
        if window is not None:
            bounds = {"since": _second(window.start), "until": _second(window.last_second)}
        else:
            bounds = {"since": _second(datetime.fromisoformat(seen) - api.overlap)} if seen else {}
        listed = api.responses(form.path, response_type="completed", **bounds)
        with refused.reading(form_id):
            for batch in landing.batches(listed, form.path):
                made = answers(batch, form)
                latest = latest_of(made.rows, latest)
                yield from landing.land_tables(*made)
        through = read_through(latest, seen)
        if window is None and form_id not in refused and through is not None:
            cursors[form.cursor] = through
    refused.unless_all(len(api.forms))
    yield from refused.land(landing, "responses", cursors)


def _partial(api: _Typeform, landing: Landing) -> Iterator[Any]:
    """What was not submitted, and counts nowhere: a form whose list of it is refused keeps no answer out."""
    refused = api.passing_over()
    for form_id in api.forms:
        path = f"/forms/{form_id}/responses"
        with refused.reading(form_id):
            for page in api.responses(path, response_type="partial"):
                yield from landing.land_page(page, f"{path}#partial", survey_id=form_id)
    yield from refused.land(landing, "partial responses", {}, is_gap=False)


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
