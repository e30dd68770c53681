"""Typeform's Create and Responses APIs as far as a survey loader reads them.

The company's surveys as forms: `SV_Support0000001` is the form `Support0000001`. Its fields are `nps` (on the
form of the product `useful`), a text `reason`, and `ease` in a group.

Authentication: `Authorization: Bearer <token>`; else 401. Every refusal is `{"code", "description"}`.

* `GET /forms/{id}`: id, title, type, fields [{id, ref, title, type, properties {steps, start_at_one,
  fields}}], hidden, last_updated_at.
* `GET /forms/{id}/responses`: `page_size` (25, up to 1000), `since` and `until` (both inclusive, seconds
  since 1970 or ISO 8601 in UTC), `before` (a response's token, exclusive; not with `sort`), `response_type`
  (`completed`, which is filtered and sorted by `submitted_at`, or `partial`, by `landed_at`). → total_items,
  page_count, items, newest first. An item: response_id, token, landing_id, response_type, landed_at,
  submitted_at (of partial ones the year 1), hidden, calculated, metadata, answers [{type, number | text,
  field {id, ref, type}}]; a field that was skipped has no answer.

A submitted response does not change, so the first version of an answer is shown, from its submission on.
Typeform stores no previews and no tests, and dates by its own clock, so that nothing is submitted in future.

Belongs here: routes, parameters, paging, shapes. Does not belong here: what people answer (`demo.company`).
"""

from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock, parse_moment
from demo.company.surveys import RECOMMEND, SURVEYS, Survey
from demo.vendors.allowance import Allowance
from demo.vendors.limits import Limits
from demo.vendors.records import Records, Rendered, naive
from demo.vendors.replies import RefusalError, json_bytes, json_response, refuse

THROTTLED = 429
TOKEN = "tfp_demo"

FORMS: dict[str, Survey] = {survey.survey_id.removeprefix("SV_"): survey for survey in SURVEYS}
_HIDDEN = ("account_id", "contact_id", "email", "branch_id", "event_at", "employee_id", "device_id")
_PARAMETERS = {"page_size", "since", "until", "before", "sort", "response_type"}
_LAST_UPDATED = "2022-01-03T09:00:00Z"
_USUAL = {
    401: ("AUTHENTICATION_FAILED", "Authentication credentials not found on the Request Headers"),
    404: ("FORM_NOT_FOUND", "The form does not exist"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
    500: ("INTERNAL_ERROR", "An internal error occurred"),
}


def _iso(moment: str) -> str:
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%SZ')"


def _answer(kind: str, value: str, ref: str, field_type: str) -> str:
    field = orjson.dumps({"id": f"field_{ref}", "type": field_type, "ref": ref}).decode()
    return f"""case when {value} is not null then
        '{{"type":"{kind}","{kind}":' || {value} || ',"field":{field}}}' end"""


_ITEM = f"""
'{{' || member('landing_id', response_id) || ',' || member('token', response_id)
|| ',' || member('response_id', response_id)
|| ',' || member('response_type', case when is_finished then 'completed' else 'partial' end)
|| ',' || member('landed_at', {_iso("started_at")})
|| ',' || member('submitted_at',
    case when is_finished then {_iso("recorded_at")} else '0001-01-01T00:00:00Z' end)
|| ',"metadata":{{"platform":"other","browser":"default"}},"calculated":{{"score":0}}'
|| ',"hidden":{{"source":"link"' || member_if_given('invitation_id', invitation_id)
{" ".join(f"|| member_if_given('{name}', {name})" for name in _HIDDEN if name != "event_at")}
|| member_if_given('event_at', iso(event_at)) || '}},"answers":[' || concat_ws(',',
    {_answer("number", "score_text", "nps", "opinion_scale")},
    {_answer("text", "to_json(comment)::varchar", "reason", "long_text")},
    {_answer("number", "other_score_text", "ease", "opinion_scale")}) || ']}}'
"""


def settings(base_url: str) -> dict[str, str]:
    """The dlt configuration, as environment variables, that points the loader at a server."""
    forms = {form: ["nps", "ease"][: len(each.scored)] for form, each in FORMS.items()}
    return {
        "SOURCES__TYPEFORM__BASE_URL": f"{base_url}/typeform",
        "SOURCES__TYPEFORM__ACCESS_TOKEN": TOKEN,
        "SOURCES__TYPEFORM__FORMS": orjson.dumps(forms).decode(),
    }


def error(status: int, description: str | None = None) -> dict[str, object]:
    """Typeform's error body."""
    code, usual = _USUAL.get(status, ("VALIDATION_ERROR", "The request is not valid"))
    return {"code": code, "description": description or usual}


def application(records: Records, clock: Clock, limits: Limits) -> Starlette:
    """The API as an ASGI application; routes start at `/forms`."""
    api = _Api(records, clock, limits)
    routes = [Route("/forms/{form_id}", api.form), Route("/forms/{form_id}/responses", api.responses)]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(self, records: Records, clock: Clock, limits: Limits) -> None:
        self._records = records
        self._clock = clock
        self._requests = Allowance(limits.typeform_requests, 1)

    def form(self, request: Request) -> Response:
        form_id, survey = self._form(request)
        first, *others = map(_field, ("nps", "ease"), dict(survey.scored).values())
        group = {"id": "group_ease", "type": "group", "properties": {"fields": others}}
        reason = {"id": "field_reason", "ref": "reason", "title": "Why?", "type": "long_text"}
        fields = [first, *([group] if others else []), reason]
        said = {"id": form_id, "type": "form", "title": survey.name, "fields": fields}
        return json_response(said | {"hidden": list(_HIDDEN), "last_updated_at": _LAST_UPDATED})

    def responses(self, request: Request) -> Response:
        _, survey = self._form(request)
        asked = request.query_params
        if unknown := set(asked) - _PARAMETERS:
            raise RefusalError(400, error(400, f"unknown parameter {min(unknown)}"))
        size = asked.get("page_size", "25")
        if not size.isdecimal() or not 1 <= int(size) <= 1000:
            raise RefusalError(400, error(400, "page_size must be between 1 and 1000"))
        if "sort" in asked and "before" in asked:
            raise RefusalError(400, error(400, "sort cannot be used together with before"))
        listed = self._listed(request, survey)
        first = self._place(listed, asked["before"]) + 1 if "before" in asked else 0
        total = len(listed) - first
        return json_bytes(
            b'{"total_items":%d,"page_count":%d,"items":[%b]}'
            % (total, -(-total // int(size)), bytes(listed.cut(first, first + int(size))))
        )

    def _listed(self, request: Request, survey: Survey) -> Rendered:
        asked = request.query_params
        kind = asked.get("response_type", "completed")
        if kind not in ("completed", "partial"):
            raise RefusalError(400, error(400, "response_type must be completed or partial"))
        moment = "recorded_at" if kind == "completed" else "started_at"
        conditions = ["survey_id = $survey_id", "status = 0", f"is_finished = {kind == 'completed'}"]
        values: dict[str, object] = {"survey_id": survey.survey_id, "now": naive(self._clock.now)}
        for name, comparison in (("since", ">="), ("until", "<=")):
            if name in asked:
                conditions.append(f"date_trunc('second', {moment}) {comparison} ${name}")
                values[name] = naive(_moment(asked[name]))
        query = f"""
            select response_id as id, {_ITEM} || ',' as text
            from responses
            where visible_at = first_visible_at and recorded_at <= $now and {" and ".join(conditions)}
            qualify row_number() over (partition by response_id order by position) = 1
            order by {moment} desc, response_id desc
        """
        return self._records.render(query, values)

    def _place(self, listed: Rendered, token: str) -> int:
        place = listed.position(token)
        if place < 0:
            raise RefusalError(400, error(400, f"there is no response {token}"))
        return place

    def _form(self, request: Request) -> tuple[str, Survey]:
        """The form asked for, of one who may ask, now."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise RefusalError(401, error(401))
        if not (asked := self._requests.ask()).is_allowed:
            raise RefusalError(429, error(429), {"Retry-After": str(asked.wait)})
        form_id = request.path_params["form_id"]
        if form_id not in FORMS:
            raise RefusalError(404, error(404))
        return form_id, FORMS[form_id]


def _field(ref: str, text: str) -> dict[str, Any]:
    kind = "nps" if text == RECOMMEND else "opinion_scale"
    properties = {"steps": 11, "start_at_one": False}
    return {"id": f"field_{ref}", "ref": ref, "title": text, "type": kind, "properties": properties}


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else parse_moment(text)
    except ValueError:
        raise RefusalError(400, error(400, "since and until are seconds or ISO 8601")) from None
