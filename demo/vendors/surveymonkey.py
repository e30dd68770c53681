"""SurveyMonkey's API v3 as far as a survey loader reads it.

The company's surveys have the ids 507000001, 507000002 …; their questions are `<survey>01` (NPS),
`<survey>02` (a text) and `<survey>03` (ease, of the support survey).

Authentication: `Authorization: bearer <token>`; else 401. Every refusal is `{"error": {"docs", "message",
"id", "name", "http_status_code"}}`. Answers tell the limits in `X-Ratelimit-App-Global-Minute-{Limit,
Remaining,Reset}`; there is no `Retry-After`.

* `GET /v3/surveys/{id}/details`: id, title, date_created, date_modified, response_count, pages [{id,
  questions [{id, family, subtype, headings [{heading}], answers {rows, choices [{id, text, weight, position,
  is_na}]}}]}].
* `GET /v3/surveys/{id}/responses/bulk`: `page`, `per_page` (50, up to 100), `sort_by` (date_modified),
  `sort_order` (ASC, DESC), `start_modified_at`, `end_modified_at` (ISO 8601, UTC where no zone is named),
  `status` (completed, partial, overquota, disqualified). → per_page, page, total, data, links {self, prev,
  next, first, last}. A response: id, survey_id, collector_id, recipient_id, email_address, response_status,
  collection_mode (default, preview, survey_preview), date_created (when it was begun), date_modified,
  total_time, custom_variables, metadata, pages [{id, questions [{id, answers [{choice_id} | {text}]}]}] of
  what was answered.

Belongs here: routes, parameters, paging, shapes. Does not belong here: what people answer (`demo.company`).
"""

from datetime import datetime
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock, parse_moment
from demo.company.surveys import SURVEYS, Survey
from demo.vendors.allowance import Allowance
from demo.vendors.limits import Limits
from demo.vendors.records import Records, Rendered, naive, visible
from demo.vendors.replies import RefusalError, json_bytes, refuse

THROTTLED = 429
#: What a throttled client is told when it may ask again at once.
AT_ONCE = {"X-Ratelimit-App-Global-Minute-Reset": "0"}
TOKEN = "demo-surveymonkey-token"

CATALOGUE: dict[str, Survey] = {str(507000001 + at): survey for at, survey in enumerate(SURVEYS)}
_CARRIED = ("invitation_id", "account_id", "contact_id", "email", "branch_id", "employee_id", "device_id")
_PARAMETERS = {"page", "per_page", "sort_by", "sort_order", "start_modified_at", "end_modified_at", "status"}
_STATUSES = ("completed", "partial", "overquota", "disqualified")
_MODIFIED = "2022-01-03T09:00:00+00:00"
_USUAL = {
    400: ("1002", "Bad Request", "Invalid parameters were provided."),
    401: ("1011", "Authorization Error", "The authorization token provided was invalid."),
    404: ("1020", "Resource Not Found", "There was an error retrieving the requested resource."),
    429: ("1040", "Rate limit reached", "Too many requests were made, try again later."),
    500: ("1050", "Internal Server Error", "Oh bananas! We couldn't process your request."),
}


def _iso(moment: str) -> str:
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%S+00:00')"


def _answered(place: str, value: str, answer: str) -> str:
    return f"""case when {value} is not null then
        '{{"id":"' || $own_id || '{place}","answers":[{{' || {answer} || '}}]}}' end"""


def _chosen(place: str, value: str) -> str:
    """A scale can only be answered by one of its choices."""
    number = f"case when regexp_full_match({value}, '[0-9]|10') then lpad({value}, 2, '0') end"
    return _answered(place, number, f"""'"choice_id":"' || $own_id || '{place}' || {number} || '"'""")


_RESPONSE = f"""
'{{' || member('id', response_id) || ',' || member('survey_id', $own_id) || ',"collector_id":"430000001"'
|| ',"recipient_id":"","first_name":"","last_name":"","email_address":"","custom_value":"","logic_path":{{}}'
|| ',' || member('response_status', case when is_finished then 'completed' else 'partial' end)
|| ',' || member('collection_mode',
    case status when 0 then 'default' when 1 then 'preview' else 'survey_preview' end)
|| ',' || member('total_time', duration_seconds) || ',' || member('date_created', {_iso("started_at")})
|| ',' || member('date_modified', {_iso("visible_at")}) || ',"metadata":{{"contact":{{}}}},"page_path":[]'
|| ',"custom_variables":{{"source":"link"'
{" ".join(f"|| member_if_given('{name}', {name})" for name in _CARRIED)}
|| member_if_given('event_at', iso(event_at)) || '}},"pages":[{{"id":"1","questions":[' || concat_ws(',',
    {_chosen("01", "score_text")},
    {_answered("02", "comment", "member('text', comment)")},
    {_chosen("03", "other_score_text")}) || ']}}]}}'
"""


def settings(base_url: str) -> dict[str, str]:
    """The dlt configuration, as environment variables, that points the loader at a server."""
    surveys = {
        own_id: [f"{own_id}01", f"{own_id}03"][: len(each.scored)] for own_id, each in CATALOGUE.items()
    }
    return {
        "SOURCES__SURVEYMONKEY__BASE_URL": f"{base_url}/surveymonkey",
        "SOURCES__SURVEYMONKEY__ACCESS_TOKEN": TOKEN,
        "SOURCES__SURVEYMONKEY__SURVEYS": orjson.dumps(surveys).decode(),
    }


def error(status: int, message: str | None = None) -> dict[str, object]:
    """SurveyMonkey's error body."""
    code, name, usual = _USUAL.get(status, _USUAL[500])
    docs = "https://developer.surveymonkey.com/api/v3/#error-codes"
    said = {"docs": docs, "message": message or usual, "id": code, "name": name, "http_status_code": status}
    return {"error": said}


def application(records: Records, clock: Clock, limits: Limits) -> Starlette:
    """The API as an ASGI application; routes start at `/v3`."""
    api = _Api(records, clock, limits)
    routes = [
        Route("/v3/surveys/{survey_id}/details", api.details),
        Route("/v3/surveys/{survey_id}/responses/bulk", api.responses),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(self, records: Records, clock: Clock, limits: Limits) -> None:
        self._records = records
        self._clock = clock
        self._requests = Allowance(limits.surveymonkey_requests, 60, 120)

    def details(self, request: Request) -> Response:
        own_id, headers = self._survey(request)
        survey = CATALOGUE[own_id]
        questions = [
            _scale(f"{own_id}{place}", text)
            for place, (_, text) in zip(("01", "03"), survey.scored, strict=False)
        ]
        why = {
            "id": f"{own_id}02",
            "family": "open_ended",
            "subtype": "essay",
            "headings": [{"heading": "Why?"}],
        }
        said = {"id": own_id, "title": survey.name, "date_created": _MODIFIED, "date_modified": _MODIFIED}
        pages = [{"id": "1", "questions": [*questions, why]}]
        count = len(self._listed(own_id, {}))
        return json_bytes(orjson.dumps({**said, "response_count": count, "pages": pages}), headers=headers)

    def responses(self, request: Request) -> Response:
        own_id, headers = self._survey(request)
        asked = dict(request.query_params)
        if unknown := set(asked) - _PARAMETERS:
            raise RefusalError(400, error(400, f"Unknown parameter {min(unknown)}."))
        page, size = asked.pop("page", "1"), asked.pop("per_page", "50")
        if not page.isdecimal() or int(page) < 1 or not size.isdecimal() or not 1 <= int(size) <= 100:
            raise RefusalError(400, error(400, "page begins with 1, and per_page is 1 to 100."))
        listed = self._listed(own_id, asked)
        start, last = (int(page) - 1) * int(size), max(-(-len(listed) // int(size)), 1)
        places = {"self": int(page), "first": 1, "last": last, "prev": int(page) - 1, "next": int(page) + 1}
        links = {
            name: str(request.url.include_query_params(page=place))
            for name, place in places.items()
            if name == "self" or 1 <= place <= last
        }
        body = b'{"per_page":%b,"page":%b,"total":%d,"data":[%b],"links":%b}' % (
            size.encode(),
            page.encode(),
            len(listed),
            bytes(listed.cut(start, start + int(size))),
            orjson.dumps(links),
        )
        return json_bytes(body, headers=headers)

    def _listed(self, own_id: str, asked: dict[str, str]) -> Rendered:
        order = asked.get("sort_order", "ASC")
        if order not in ("ASC", "DESC") or asked.get("sort_by", "date_modified") != "date_modified":
            raise RefusalError(400, error(400, "sort_by is date_modified, sort_order ASC or DESC."))
        conditions = ["survey_id = $survey_id", "started_at <= $now"]
        values: dict[str, object] = {"survey_id": CATALOGUE[own_id].survey_id, "own_id": own_id}
        values["now"] = naive(self._clock.now)
        if status := asked.get("status"):
            if status not in _STATUSES:
                raise RefusalError(400, error(400, f"status is one of {', '.join(_STATUSES)}."))
            conditions.append({"completed": "is_finished", "partial": "not is_finished"}.get(status, "false"))
        for name, comparison in (("start_modified_at", ">="), ("end_modified_at", "<=")):
            if name in asked:
                conditions.append(f"date_trunc('second', visible_at) {comparison} ${name}")
                values[name] = naive(_moment(asked[name]))
        query = f"""
            select response_id as id, {_RESPONSE} || ',' as text
            from {visible("responses")}
            where {" and ".join(conditions)}
            qualify row_number() over (partition by response_id order by position) = 1
            order by visible_at {order}, response_id {order}
        """
        return self._records.render(query, values)

    def _survey(self, request: Request) -> tuple[str, dict[str, str]]:
        """The survey asked for, of one who may ask, now; and the headers that tell the limits."""
        if request.headers.get("authorization", "").lower() != f"bearer {TOKEN}":
            raise RefusalError(401, error(401))
        asked = self._requests.ask()
        headers = {
            "X-Ratelimit-App-Global-Minute-Limit": str(self._requests.most),
            "X-Ratelimit-App-Global-Minute-Remaining": str(asked.remaining),
            "X-Ratelimit-App-Global-Minute-Reset": str(asked.wait),
        }
        if not asked.is_allowed:
            raise RefusalError(429, error(429), headers)
        survey_id = request.path_params["survey_id"]
        if survey_id not in CATALOGUE:
            raise RefusalError(404, error(404), headers)
        return survey_id, headers


def _scale(question_id: str, text: str) -> dict[str, Any]:
    choices = [
        {"id": f"{question_id}{number:02d}", "text": str(number), "position": number + 1, "is_na": False}
        | {"weight": -100 if number < 7 else 100 if number > 8 else 0, "visible": True, "description": ""}
        for number in range(11)
    ]
    answers = {"rows": [{"id": f"{question_id}99", "text": "", "position": 1}], "choices": choices}
    said = {"id": question_id, "family": "matrix", "subtype": "rating", "headings": [{"heading": text}]}
    return said | {"answers": answers}


def _moment(text: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError:
        raise RefusalError(400, error(400, "Moments are ISO 8601.")) from None
