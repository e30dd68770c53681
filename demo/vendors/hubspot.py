"""HubSpot's CRM API v3 as far as a CRM loader reads it.

Authentication: `Authorization: Bearer <token of a private app>`; else 401. Every refusal is `{"status":
"error", "message", "correlationId", "category"}`; 429 has `errorType` RATE_LIMIT and `policyName` instead
of a category. Answers but those of a search tell the limits in
`X-HubSpot-RateLimit-{Max,Remaining,Interval-Milliseconds, Daily,Daily-Remaining}`; there is no
`Retry-After`.

* `GET /crm/v3/objects/{object}`: `limit` (10, up to 100; 50 with history), `after`, `properties` and
  `propertiesWithHistory` (separated by commas), `archived`. → results, paging {next {after, link}} while
  there is more. A record: id, properties, propertiesWithHistory {property: [{value, timestamp, sourceType,
  …}]}, createdAt, updatedAt, archived, archivedAt.
* `POST /crm/v3/objects/{object}/search`: filterGroups [{filters [{propertyName, operator, value}]}], sorts,
  properties, limit (10, up to 200), after. → total, results, paging. Beyond 10,000 results: 400.
* `POST /crm/v3/objects/{object}/batch/read`: inputs [{id}], up to 100 (50 with history), properties,
  propertiesWithHistory. → status, results; 207 with errors where an id is not there.
* `GET /crm/v3/pipelines/{object}` (deals, tickets): id, label, stages [{id, label, displayOrder, metadata,
  createdAt, updatedAt, archived}], all at once.
* `GET /crm/v3/properties/{object}`: every property, with options [{label, value, …}]; `GET
  /crm/v3/owners`: `limit` (100, up to 500), `after`, `archived`.

* Tasks are written: `demo.vendors.hubspot_tasks`.

A property that does not exist is left out. Archived records are shown for ever, and not for 90 days, unless
`Limits.hubspot_archive_days` says otherwise.
Filters understood: `GT`, `GTE`, `LTE` on the moment of the last change or `hs_object_id`, which also order.

Belongs here: routes, parameters, paging. Does not belong here: the objects (`demo.vendors.hubspot_objects`).
"""

from datetime import timedelta
from urllib.parse import urlencode

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock
from demo.vendors.allowance import Allowance
from demo.vendors.hubspot_objects import BRANCHES, OBJECTS, HubObject
from demo.vendors.hubspot_stages import PIPELINES, options
from demo.vendors.hubspot_tasks import TaskApi
from demo.vendors.limits import Limits
from demo.vendors.records import Records, Rendered, naive, visible
from demo.vendors.replies import RefusalError, json_bytes, json_object, json_response, refuse
from demo.vendors.tasks import Tasks

THROTTLED = 429
TOKEN = "pat-eu1-demo"
CORRELATION = "aeb5f871-7f07-4993-9211-075dc63e7cbf"
_INTERVAL = 10
_PER_INTERVAL = 190
_DAILY = 625_000
_ID_DIGITS = 24
_OPERATORS = {"GT": ">", "GTE": ">=", "LTE": "<="}
_CATEGORIES = {
    400: ("VALIDATION_ERROR", "Invalid input."),
    401: ("INVALID_AUTHENTICATION", "Authentication credentials not found."),
    404: ("OBJECT_NOT_FOUND", "resource not found"),
    500: ("INTERNAL_ERROR", "internal error"),
}
_OWNERS = f"""
    select
        user_id as id,
        '{{' || member('id', user_id) || ',' || member('email', email) || ',"type":"PERSON",'
        || member('firstName', split_part(name, ' ', 1)) || ','
        || member('lastName', substr(name, length(split_part(name, ' ', 1)) + 2))
        || ',"userId":1,"createdAt":"' || iso(first_visible_at) || '","updatedAt":"' || iso(visible_at)
        || '","archived":' || text_or_null(not is_active) || '}},' as text
    from {visible("employees")}
    where user_type = 'Standard' and is_active <> $archived
    order by user_id
"""


def settings(base_url: str) -> dict[str, str]:
    """The dlt configuration, as environment variables, that points the loader at a server."""
    return {
        "SOURCES__HUBSPOT__BASE_URL": f"{base_url}/hubspot",
        "SOURCES__HUBSPOT__ACCESS_TOKEN": TOKEN,
        "SOURCES__HUBSPOT__OBJECTS": orjson.dumps({"branches": BRANCHES}).decode(),
    }


def error(status: int, message: str | None = None) -> dict[str, object]:
    """HubSpot's error body."""
    said = {"status": "error", "correlationId": CORRELATION}
    if status == THROTTLED:
        limited = {"errorType": "RATE_LIMIT", "policyName": "SECONDLY"}
        return {**said, "message": "You have reached your secondly limit.", **limited}
    category, usual = _CATEGORIES.get(status, _CATEGORIES[500])
    return {**said, "message": message or usual, "category": category}


def application(records: Records, clock: Clock, limits: Limits, tasks: Tasks | None = None) -> Starlette:
    """The API as an ASGI application; routes start at `/crm`. `tasks` has those that were written."""
    api = _Api(records, clock, limits)
    writing = TaskApi(api.allowed, error, Tasks() if tasks is None else tasks)
    routes = [
        *writing.routes(),
        Route("/crm/v3/objects/{name}", api.listed),
        Route("/crm/v3/objects/{name}/search", api.search, methods=["POST"]),
        Route("/crm/v3/objects/{name}/batch/read", api.batch, methods=["POST"]),
        Route("/crm/v3/properties/{name}", api.properties),
        Route("/crm/v3/pipelines/{name}", api.pipelines),
        Route("/crm/v3/owners", api.owners),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(self, records: Records, clock: Clock, limits: Limits) -> None:
        self._records = records
        self._clock = clock
        self._limits = limits
        self._requests = Allowance(limits.hubspot_requests, _INTERVAL, _PER_INTERVAL)
        self._searches = Allowance(limits.hubspot_searches, 1, _PER_INTERVAL)

    def listed(self, request: Request) -> Response:
        headers = self.allowed(request)
        query = request.query_params
        name, history = request.path_params["name"], _split(query.get("propertiesWithHistory"))
        limit = _limit(query.get("limit", "10"), 50 if history else 100)
        archived = query.get("archived", "false") == "true"
        rendered = self._rendered(
            name, _split(query.get("properties")), history, "is_archived = $archived", {"archived": archived}
        )
        return self._page(request, rendered, limit, headers)

    async def search(self, request: Request) -> Response:
        self.allowed(request, searching=True)
        asked = json_object(await request.body()) or {}
        name, conditions = request.path_params["name"], ["not is_archived"]
        values: dict[str, object] = {}
        for number, told in enumerate(asked.get("filterGroups", [{"filters": []}])[0]["filters"]):
            place, value = _compared(_known(name), told["propertyName"], told.get("value", ""))
            if told["operator"] not in _OPERATORS:
                raise RefusalError(400, error(400, f"Invalid operator {told['operator']}"))
            conditions.append(f"{place} {_OPERATORS[told['operator']]} $value_{number}")
            values[f"value_{number}"] = value
        limit, start = _limit(str(asked.get("limit", 10)), 200), int(asked.get("after", 0))
        if start + limit > self._limits.hubspot_results:
            most = f"The maximum number of results is {self._limits.hubspot_results}."
            raise RefusalError(400, error(400, most))
        order = [_compared(_known(name), sort["propertyName"])[0] for sort in asked.get("sorts", [])]
        condition = " and ".join(conditions)
        rendered = self._rendered(name, asked.get("properties", []), [], condition, values, order)
        stop = min(start + limit, len(rendered))
        paging = b',"paging":{"next":{"after":"%d"}}' % stop if stop < len(rendered) else b""
        found = bytes(rendered.cut(start, stop))
        return json_bytes(b'{"total":%d,"results":[%b]%b}' % (len(rendered), found, paging))

    async def batch(self, request: Request) -> Response:
        headers = self.allowed(request)
        asked = json_object(await request.body()) or {}
        history = asked.get("propertiesWithHistory", [])
        ids = [each["id"] for each in asked.get("inputs", [])]
        if len(ids) > (most := 50 if history else 100):
            refused = f"The maximum number of inputs supported in a batch request is {most}."
            raise RefusalError(400, error(400, refused), headers)
        name = request.path_params["name"]
        condition = f"not is_archived and list_contains($ids, records.{_known(name).key})"
        properties = asked.get("properties", [])
        rendered = self._rendered(name, properties, history, condition, {"ids": tuple(ids)})
        found = bytes(rendered.cut(0, len(rendered)))
        missing = sorted(set(ids) - set(rendered.ids.to_pylist()))
        told = orjson.dumps({**error(404), "context": {"ids": missing}})
        errors = b',"numErrors":1,"errors":[%b]' % told if missing else b""
        body = b'{"status":"COMPLETE","results":[%b]%b}' % (found, errors)
        return json_bytes(body, 207 if missing else 200, headers)

    def properties(self, request: Request) -> Response:
        headers = self.allowed(request)
        each = _known(request.path_params["name"])
        results = [
            {"name": name, "label": name, "type": "string", "archived": False, "options": options(name)}
            for name in each.properties
        ]
        return json_response({"results": results}, headers=headers)

    def pipelines(self, request: Request) -> Response:
        headers = self.allowed(request)
        if (name := request.path_params["name"]) not in PIPELINES:
            raise RefusalError(400, error(400, f"Unable to infer object type from: {name}"), headers)
        return json_response({"results": PIPELINES[name]}, headers=headers)

    def owners(self, request: Request) -> Response:
        headers = self.allowed(request)
        archived = request.query_params.get("archived", "false") == "true"
        values = {"now": naive(self._clock.now), "archived": archived}
        rendered = self._records.render(_OWNERS, values)
        return self._page(request, rendered, _limit(request.query_params.get("limit", "100"), 500), headers)

    def _page(self, request: Request, rendered: Rendered, limit: int, headers: dict[str, str]) -> Response:
        after = request.query_params.get("after")
        start = 0 if after is None else rendered.position(after) + 1
        if after is not None and not start:
            raise RefusalError(400, error(400, f"Invalid paging cursor {after}"), headers)
        paging, stop = b"", start + limit
        if stop < len(rendered):
            last = rendered.ids[stop - 1].as_py()
            asked = urlencode({**request.query_params, "after": last})
            following = {"after": last, "link": f"{request.url.replace(query=asked)}"}
            paging = b',"paging":%b' % orjson.dumps({"next": following})
        found = bytes(rendered.cut(start, stop))
        return json_bytes(b'{"results":[%b]%b}' % (found, paging), headers=headers)

    def _rendered(
        self,
        name: str,
        properties: list[str],
        history: list[str],
        condition: str,
        values: dict[str, object],
        order: list[str] | None = None,
    ) -> Rendered:
        each = _known(name)
        usual = ["createdate", each.modified, "hs_object_id"]
        asked = [known for known in dict.fromkeys([*properties, *usual]) if known in each.properties]
        members = " || ',' || ".join(f"member('{known}', {each.properties[known]})" for known in asked)
        told = [known for known in history if known in each.history]
        versions = " || ',' || ".join(
            f"""'"{known}":[' || coalesce(history.{known}_versions, '') || ']'""" for known in told
        )
        with_history = f"""|| ',"propertiesWithHistory":{{' || {versions} || '}}'""" if told else ""
        if (kept := self._limits.hubspot_archive_days) is not None:
            condition += " and not (is_archived and records.visible_at <= $archive_start)"
            values = {**values, "archive_start": naive(self._clock.now - timedelta(days=kept))}
        query = f"""
            {each.records()}
            {each.versions() if told else ""}
            select
                records.{each.key} as id,
                '{{' || member('id', records.{each.key}) || ',"properties":{{' || {members} || '}}'
                {with_history}
                || ',"createdAt":"' || iso(created) || '","updatedAt":"' || iso(modified)
                || '","archived":' || text_or_null(is_archived)
                || case when is_archived then ',"archivedAt":"' || iso(records.visible_at) || '"' else '' end
                || '}},' as text
            from records
            {f"left join history on records.{each.key} = history.record_id" if told else ""}
            where {condition}
            order by {", ".join([*(order or []), _compared(each, "hs_object_id")[0]])}
        """
        return self._records.render(query, {**values, "now": naive(self._clock.now)})

    def allowed(self, request: Request, searching: bool = False) -> dict[str, str]:
        """The headers that tell the limits, for one who may ask, now."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise RefusalError(401, error(401))
        allowance = self._searches if searching else self._requests
        asked = allowance.ask()
        headers = {
            "X-HubSpot-RateLimit-Max": str(allowance.most),
            "X-HubSpot-RateLimit-Remaining": str(asked.remaining),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(1000 * allowance.seconds),
            "X-HubSpot-RateLimit-Daily": str(_DAILY),
            "X-HubSpot-RateLimit-Daily-Remaining": str(_DAILY - 1),
        }
        if not asked.is_allowed:
            raise RefusalError(THROTTLED, error(THROTTLED), None if searching else headers)
        return headers


def _known(name: str) -> HubObject:
    if name not in OBJECTS:
        raise RefusalError(400, error(400, f"Unable to infer object type from: {name}"))
    return OBJECTS[name]


def _compared(each: HubObject, name: str, value: str = "") -> tuple[str, object]:
    """SQL for a property by which records are found and ordered, and a value as it is compared with it."""
    if name == "hs_object_id":
        return f"lpad(records.{each.key}, {_ID_DIGITS}, '0')", value.zfill(_ID_DIGITS)
    if name == each.modified:
        return "epoch_ms(modified)", int(value or 0)
    raise RefusalError(400, error(400, f"There was a problem with the request: {name}"))


def _split(names: str | None) -> list[str]:
    return [name for name in (names or "").split(",") if name]


def _limit(text: str, most: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise RefusalError(400, error(400, f"Page size must be between 1 and {most}: {text}"))
    return int(text)
