"""Zendesk's incremental exports as far as a loader of tickets reads them.

Authentication: `Authorization: Bearer <token>`; else 401. Every refusal is `{"error", "description"}`.

* `GET /api/v2/incremental/tickets/cursor` and `…/users/cursor`: `start_time` (seconds since 1970) or
  `cursor`, `per_page` (1000, up to 1000), of tickets `include=metric_sets`. → tickets or users, after_cursor,
  after_url, before_cursor, before_url, end_of_stream. Each record is listed as it is now, in the order in
  which they were changed, so that one that changes between two pages comes again.
* `GET /api/v2/incremental/organizations` and `…/ticket_events`: `start_time` (inclusive), `per_page`. → the
  records, count, end_time, next_page, end_of_stream. What changed in the same second is on one page.

An export leaves out what has changed in the last minute, and refuses a later `start_time` (422). A deleted
ticket has the status `deleted`. Ten exports in a minute; then 429 with `Retry-After`.

Belongs here: routes, parameters, paging, shapes. Does not belong here: what happens in a case
(`demo.company.tickets`).
"""

import base64
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock
from demo.vendors.allowance import Allowance
from demo.vendors.limits import Limits
from demo.vendors.records import Records, naive, visible
from demo.vendors.replies import RefusalError, json_bytes, refuse

THROTTLED = 429
TOKEN = "zendesk-demo-token"
_LARGEST_PAGE = 1_000
_MINUTE = 60
_USUAL = {
    400: ("InvalidValue", "The value of a parameter is not valid"),
    401: ("invalid_token", "The access token provided is expired, revoked, malformed or invalid"),
    404: ("RecordNotFound", "Not found"),
    422: ("InvalidValue", "Too recent start_time. Use a start_time older than 60 seconds"),
    429: ("APIRateLimitExceeded", "Number of allowed incremental exports per minute exceeded"),
    500: ("InternalError", "An internal error occurred"),
}


def _z(moment: str) -> str:
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%SZ')"


_TICKET = f"""
'{{' || member('id', ticket_id) || ',' || member('external_id', null::varchar)
|| ',' || member('organization_id', organization_id) || ',' || member('requester_id', requester_id)
|| ',' || member('priority', priority) || ',' || member('status', status)
|| ',"via":{{' || member('channel', channel) || ',"source":{{"from":{{}},"to":{{}},"rel":null}}}}'
|| ',"satisfaction_rating":{{"score":"' || case when status = 'solved' then 'offered' else 'unoffered' end
|| '"}},"subject":"A case","tags":[]'
|| ',' || member('created_at', {_z("created_at")}) || ',' || member('updated_at', {_z("visible_at")})
|| ',' || member('generated_timestamp', seconds(visible_at))
"""
_METRICS = f"""
'{{' || member('ticket_id', ticket_id) || ',' || member('reopens', reopens)
|| ',' || member('solved_at', {_z("solved_at")})
|| ',"reply_time_in_minutes":{{' || member('calendar', first_reply_minutes) || ',"business":null}}}}'
"""
_USER = f"""
'{{' || member('id', requester_id) || ',' || member('external_id', contact_id)
|| ',' || member('email', email) || ',"role":"end-user","active":true'
|| ',' || member('created_at', {_z("visible_at")}) || ',' || member('updated_at', {_z("visible_at")}) || '}}'
"""
_ORGANIZATION = f"""
'{{' || member('id', organization_id) || ',' || member('external_id', account_id)
|| ',' || member('name', name) || ',' || member('created_at', {_z("visible_at")})
|| ',' || member('updated_at', {_z("visible_at")}) || '}}'
"""
_EVENT = f"""
'{{' || member('id', event_id) || ',' || member('ticket_id', ticket_id)
|| ',' || member('timestamp', seconds(visible_at)) || ',' || member('created_at', {_z("visible_at")})
|| ',"event_type":"Audit","child_events":[{{' || member('id', event_id + 500000000)
|| ',' || member('event_type', case when old_status is null then 'Create' else 'Change' end)
|| ',' || member('status', new_status) || ',' || member('previous_value', old_status)
|| '}},{{' || member('id', event_id + 600000000) || ',"event_type":"Change","tags":["case"]}}]}}'
"""


def settings(base_url: str) -> dict[str, str]:
    """The dlt configuration, as environment variables, that points the loader at a server."""
    return {
        "SOURCES__ZENDESK__BASE_URL": f"{base_url}/zendesk",
        "SOURCES__ZENDESK__ACCESS_TOKEN": TOKEN,
    }


def error(status: int, description: str | None = None) -> dict[str, object]:
    """Zendesk's error body."""
    code, usual = _USUAL.get(status, _USUAL[400])
    return {"error": code, "description": description or usual}


def application(records: Records, clock: Clock, limits: Limits) -> Starlette:
    """The API as an ASGI application; routes start at `/api`."""
    api = _Api(records, clock, limits)
    routes = [
        Route("/api/v2/incremental/tickets/cursor", api.tickets),
        Route("/api/v2/incremental/users/cursor", api.users),
        Route("/api/v2/incremental/organizations", api.organizations),
        Route("/api/v2/incremental/ticket_events", api.ticket_events),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(self, records: Records, clock: Clock, limits: Limits) -> None:
        self._records = records
        self._clock = clock
        self._exports = Allowance(limits.zendesk_exports, _MINUTE)

    def tickets(self, request: Request) -> Response:
        included = request.query_params.get("include", "").split(",")
        metrics = f"|| ',\"metric_set\":' || {_METRICS}" if "metric_sets" in included else ""
        return self._by_cursor(request, "tickets", "ticket_id", f"{_TICKET} {metrics} || '}}'", "tickets")

    def users(self, request: Request) -> Response:
        return self._by_cursor(request, "requesters", "requester_id", _USER, "users")

    def organizations(self, request: Request) -> Response:
        return self._by_time(request, "organizations", "organization_id", _ORGANIZATION)

    def ticket_events(self, request: Request) -> Response:
        return self._by_time(request, "ticket_events", "event_id", _EVENT)

    def _by_cursor(self, request: Request, table: str, key: str, text: str, records: str) -> Response:
        size = self._allowed(request, {"start_time", "cursor", "per_page", "include"})
        cursor = request.query_params.get("cursor")
        since, last = _unpacked(cursor) if cursor else (self._start(request), -1)
        listed = self._records.render(
            f"""
            select seconds(visible_at) || ':' || {key} as id, {text} || ',' as text
            from {visible(table)}
            where seconds(visible_at) > $since or (seconds(visible_at) = $since and {key} > $last)
            order by visible_at, {key}
            limit $limit
            """,
            {"now": naive(self._until), "since": since, "last": last, "limit": size + 1},
            keep=False,
        )
        here = min(len(listed), size)
        after = listed.ids[here - 1].as_py() if here else f"{since}:{last}"
        packed = base64.urlsafe_b64encode(after.encode()).decode()
        url = f"{request.url.replace(query='')}?cursor={packed}"
        return json_bytes(
            b'{"%b":[%b],"after_cursor":"%b","after_url":"%b","before_cursor":null,"before_url":null,'
            b'"end_of_stream":%b}'
            % (
                records.encode(),
                bytes(listed.cut(0, here)),
                packed.encode(),
                url.encode(),
                b"true" if len(listed) <= size else b"false",
            )
        )

    def _by_time(self, request: Request, table: str, key: str, text: str) -> Response:
        size = self._allowed(request, {"start_time", "per_page"})
        since = self._start(request)
        listed = self._records.render(
            f"""
            with found as (
                select *, rank() over (order by seconds(visible_at)) as place
                from {visible(table)}
                where seconds(visible_at) >= $since
            )
            select seconds(visible_at) as id, {text} || ',' as text
            from found
            where place <= $limit
            order by visible_at, {key}
            """,
            {"now": naive(self._until), "since": since, "limit": size},
            keep=False,
        )
        end = str(listed.ids[len(listed) - 1].as_py()) if len(listed) else "null"
        more = len(listed) >= size
        url = f'"{request.url.replace(query="")}?start_time={end}"' if len(listed) else "null"
        return json_bytes(
            b'{"%b":[%b],"count":%d,"end_time":%b,"next_page":%b,"end_of_stream":%b}'
            % (
                table.encode(),
                bytes(listed.cut(0, len(listed))),
                len(listed),
                end.encode(),
                url.encode(),
                b"false" if more else b"true",
            )
        )

    @property
    def _until(self) -> datetime:
        return self._clock.now - timedelta(seconds=_MINUTE)

    def _start(self, request: Request) -> int:
        given = request.query_params.get("start_time", "")
        if not given.isdecimal():
            raise RefusalError(400, error(400, "start_time is missing or is no number"))
        if datetime.fromtimestamp(int(given), UTC) > self._until:
            raise RefusalError(422, error(422))
        return int(given)

    def _allowed(self, request: Request, parameters: set[str]) -> int:
        """The size of a page, for one who may ask, now."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise RefusalError(401, error(401))
        if not (told := self._exports.ask()).is_allowed:
            raise RefusalError(THROTTLED, error(THROTTLED), {"Retry-After": str(told.wait)})
        asked = request.query_params
        size = asked.get("per_page", str(_LARGEST_PAGE))
        if set(asked) - parameters or not size.isdecimal() or not 1 <= int(size) <= _LARGEST_PAGE:
            raise RefusalError(400, error(400))
        return int(size)


def _unpacked(cursor: str) -> tuple[int, int]:
    try:
        since, _, last = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
        return int(since), int(last)
    except ValueError:
        raise RefusalError(400, error(400, "cursor is not valid")) from None
