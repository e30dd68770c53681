"""Salesforce's OAuth token and REST query endpoints as far as a CRM loader reads them.

* `POST /services/oauth2/token`, form `grant_type=client_credentials`, `client_id`, `client_secret` →
  `access_token`, `instance_url` (not the host the token came from), `token_type`,
  `issued_at`, `id`, `scope`. Wrong credentials: 400 `{"error": "invalid_client",
  "error_description"}`.
* `GET /services/data/vXX.X/query?q=SOQL` → `totalSize`, `done`, `records` (each with `attributes`
  `{type, url}` and the selected fields) and, while not done, `nextRecordsUrl` (a path on the instance,
  under `query` for both verbs); 2,000 records a page. `query` hides deleted and merged records,
  `queryAll` shows them.
* `GET /services/data/vXX.X/sobjects/{object}/deleted/?start=…&end=…` → `deletedRecords` [{`id`,
  `deletedDate`}], `earliestDateAvailable`, `latestDateCovered`: what was deleted then and up to 15 days ago,
  also where the recycle bin does not show it any more.
* `PATCH /services/data/vXX.X/sobjects/Task/…`, and queries of Task: `demo.vendors.salesforce_tasks`.
* Errors are a list `[{"message", "errorCode"}]`: 401 INVALID_SESSION_ID when the token has expired,
  403 REQUEST_LIMIT_EXCEEDED, 400 INVALID_FIELD, INVALID_TYPE, MALFORMED_QUERY, INVALID_QUERY_LOCATOR.

SOQL understood: `SELECT field[, …] FROM object [WHERE condition [AND …]] [ORDER BY field[, …]]` where a
condition is `time op literal` (`time` is SystemModstamp or CreatedDate, `op` one of >=, >, <=, <, =, and a
literal like 2026-01-31T10:11:12.000Z) or `field IN ('text'[, …])`.

Belongs here: the routes and the SOQL subset. Does not belong here: jobs (`demo.vendors.salesforce_bulk`), the
objects and their fields (`demo.vendors.salesforce_objects`).
"""

import re
import secrets
from collections import Counter, OrderedDict
from datetime import date, timedelta
from threading import Lock
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock, parse_moment
from demo.vendors.limits import Limits
from demo.vendors.records import Records, Rendered, naive
from demo.vendors.replies import RefusalError, json_bytes, json_response, refuse
from demo.vendors.salesforce_bulk import Jobs
from demo.vendors.salesforce_objects import OBJECTS
from demo.vendors.salesforce_tasks import TaskApi, queried
from demo.vendors.tasks import Tasks

THROTTLED = 503
KEPT_LOCATORS = 64
DELETE_LOG = timedelta(days=15)
_WRITTEN = "%Y-%m-%dT%H:%M:%S.000+0000"


_SOQL = re.compile(
    r"\s*select\s+(?P<fields>.+?)\s+from\s+(?P<object>\w+)"
    r"(?:\s+where\s+(?P<where>.+?))?(?:\s+order\s+by\s+(?P<order>.+?))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(?P<field>\w+)\s*(?P<operator>>=|<=|>|<|=)\s*(?P<literal>\S+)")
_AMONG = re.compile(r"(?P<field>\w+)\s+in\s*\((?P<texts>'\w+'(?:\s*,\s*'\w+')*)\)", re.IGNORECASE)


def error(status: int, code: str | None = None, message: str | None = None) -> list[dict[str, str]]:
    """Salesforce's error envelope."""
    codes = {
        401: ("INVALID_SESSION_ID", "Session expired or invalid"),
        403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        500: ("UNKNOWN_EXCEPTION", "An unexpected error occurred."),
        503: ("SERVER_UNAVAILABLE", "Server unavailable, try again."),
    }
    usual_code, usual_message = codes.get(status, ("UNKNOWN_EXCEPTION", "Error"))
    return [{"message": message or usual_message, "errorCode": code or usual_code}]


def application(
    records: Records,
    clock: Clock,
    client_id: str,
    client_secret: str,
    limits: Limits,
    tasks: Tasks | None = None,
) -> Starlette:
    """The API as an ASGI application; routes start at `/services`. `tasks` has those that were written."""
    tasks = Tasks() if tasks is None else tasks
    api = _Api(records, clock, client_id, client_secret, limits, tasks)
    jobs = Jobs(api.authenticate, api.run, error, limits)
    writing = TaskApi(records, clock, api.authenticate, error, tasks)
    routes = [
        Route("/services/oauth2/token", api.token, methods=["POST"]),
        Route("/services/data/{version}/sobjects/{name}/describe", jobs.describe),
        Route("/services/data/{version}/jobs/query", jobs.create, methods=["POST"]),
        Route("/services/data/{version}/jobs/query/{job}", jobs.state),
        Route("/services/data/{version}/jobs/query/{job}/results", jobs.results),
        Route("/services/data/{version}/sobjects/{name}/deleted/", api.deleted),
        *writing.routes(),
        Route("/services/data/{version}/{verb:str}", api.query),
        Route("/services/data/{version}/{verb:str}/{locator}", api.more),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(
        self,
        records: Records,
        clock: Clock,
        client_id: str,
        client_secret: str,
        limits: Limits,
        tasks: Tasks,
    ) -> None:
        self._tasks = tasks
        self._records = records
        self._clock = clock
        self._credentials = (client_id, client_secret)
        self._limits = limits
        self._lock = Lock()
        self._tokens: Counter[str] = Counter()
        self._calls: Counter[date] = Counter()
        self._locators: OrderedDict[str, Rendered] = OrderedDict()
        self._opened = 0

    async def token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if form.get("grant_type") != "client_credentials":
            body = {"error": "unsupported_grant_type", "error_description": "grant type not supported"}
            raise RefusalError(400, body)
        if (form.get("client_id"), form.get("client_secret")) != self._credentials:
            body = {"error": "invalid_client", "error_description": "invalid client credentials"}
            raise RefusalError(400, body)
        token = f"00D{secrets.token_hex(24)}"
        with self._lock:
            self._tokens[token] = 0
        instance = str(request.base_url).rstrip("/")
        return json_response(
            {
                "access_token": token,
                "instance_url": instance,
                "id": f"{instance}/id/00D000000000001EAA/005000000000001AAA",
                "token_type": "Bearer",
                "issued_at": str(int(self._clock.now.timestamp() * 1000)),
                "scope": "api",
            }
        )

    def query(self, request: Request) -> Response:
        self.authenticate(request)
        verb = _verb(request)
        _, rendered = self.run(request.query_params.get("q", ""), verb == "queryAll")
        with self._lock:
            self._opened += 1
            locator = f"01g{self._opened:012d}AAA"
            self._locators[locator] = rendered
            while len(self._locators) > KEPT_LOCATORS:
                self._locators.popitem(last=False)
        return self._page(request, rendered, locator, 0)

    def more(self, request: Request) -> Response:
        self.authenticate(request)
        _verb(request)
        locator, _, offset = request.path_params["locator"].rpartition("-")
        with self._lock:
            rendered = self._locators.get(locator)
        if rendered is None or not offset.isdecimal():
            raise RefusalError(400, error(400, "INVALID_QUERY_LOCATOR", "invalid query locator"))
        return self._page(request, rendered, locator, int(offset))

    def deleted(self, request: Request) -> Response:
        self.authenticate(request)
        sobject, now = OBJECTS[request.path_params["name"]], self._clock.now
        earliest = now - DELETE_LOG
        try:
            start, end = (parse_moment(request.query_params.get(name, "")) for name in ("start", "end"))
        except ValueError:
            raise RefusalError(400, error(400, "INVALID_REPLICATION_DATE", "start and end")) from None
        query = f"""
            select {sobject.fields["Id"]} as id,
                '{{' || member('id', id) || ',' || member('deletedDate', {sobject.fields["SystemModstamp"]})
                || '}},' as text
            from {sobject.visible}
            where {sobject.hidden} and visible_at between greatest($start, $earliest) and $end
            order by id
        """
        moments = {"now": now, "start": start, "end": end, "earliest": earliest}
        rendered = self._records.render(query, {name: naive(moment) for name, moment in moments.items()})
        told = f'"earliestDateAvailable":"{earliest:{_WRITTEN}}","latestDateCovered":"{now:{_WRITTEN}}"'
        found = bytes(rendered.cut(0, len(rendered)))
        return json_bytes(b'{"deletedRecords":[%b],%b}' % (found, told.encode()))

    def _page(self, request: Request, rendered: Rendered, locator: str, start: int) -> Response:
        stop = start + self._limits.salesforce_page
        done = stop >= len(rendered)
        # The next page is always under `query`, whichever of the two opened the cursor.
        following_path = f"/services/data/{request.path_params['version']}/query/{locator}-{stop}"
        following = b"" if done else f',"nextRecordsUrl":"{following_path}"'.encode()
        head = b'{"totalSize":%d,"done":%s' % (len(rendered), b"true" if done else b"false")
        return json_bytes(b"".join([head, following, b',"records":[', rendered.cut(start, stop), b"]}"]))

    def run(self, soql: str, show_deleted: bool) -> tuple[str, Rendered]:
        """The object that a query asks for, and what it finds."""
        match = _SOQL.fullmatch(soql)
        if match is None:
            raise RefusalError(400, error(400, "MALFORMED_QUERY", f"unexpected token in: {soql!r}"))
        if match["object"] == "Task":
            return "Task", queried(self._tasks, match["fields"], match["where"])
        sobject = OBJECTS.get(match["object"])
        if sobject is None:
            message = f"sObject type '{match['object']}' is not supported."
            raise RefusalError(400, error(400, "INVALID_TYPE", message))
        fields = [_known(field, match["object"]) for field in match["fields"].split(",")]
        conditions, values = _conditions(match["where"], match["object"])
        if (kept := self._limits.salesforce_bin_days) is not None:
            values["binned"] = naive(self._clock.now - timedelta(days=kept))
            conditions.append(f"not ({sobject.hidden} and visible_at <= $binned)")
        if not show_deleted:
            conditions.append(f"not coalesce({sobject.hidden}, false)")
        order = [_order_term(term, match["object"]) for term in (match["order"] or "Id").split(",")]
        members = "|| ',' ||".join(f"member('{field}', {sobject.fields[field]})" for field in fields)
        url = f"/services/data/v62.0/sobjects/{match['object']}/"
        query = f"""
            select
                {sobject.fields["Id"]} as id,
                '{{"attributes":{{"type":"{match["object"]}","url":"{url}' || id || '"}},' || {members}
                || '}},' as text
            from {sobject.visible}
            where {" and ".join(["true", *conditions])}
            order by {", ".join(order)}
        """
        return match["object"], self._records.render(query, {**values, "now": naive(self._clock.now)})

    def authenticate(self, request: Request) -> None:
        """Refuse a request without a token that lives, or one too many."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        lifetime = self._limits.salesforce_token_calls
        today = self._clock.now.date()
        with self._lock:
            known = scheme == "Bearer" and token in self._tokens
            if not known or (lifetime is not None and self._tokens[token] >= lifetime):
                raise RefusalError(401, error(401))
            self._tokens[token] += 1
            self._calls[today] += 1
            allowed = self._limits.salesforce_daily_calls
            if allowed is not None and self._calls[today] > allowed:
                raise RefusalError(403, error(403))


def _verb(request: Request) -> str:
    verb: str = request.path_params["verb"]
    if verb not in ("query", "queryAll"):
        raise RefusalError(404, error(404, "NOT_FOUND", "The requested resource does not exist"))
    return verb


def _known(field: str, name: str) -> str:
    field = field.strip()
    if field not in OBJECTS[name].fields:
        message = f"No such column '{field}' on entity '{name}'."
        raise RefusalError(400, error(400, "INVALID_FIELD", message))
    return field


def _conditions(where: str | None, name: str) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    values: dict[str, object] = {}
    for number, term in enumerate(re.split(r"\s+and\s+", where, flags=re.IGNORECASE) if where else []):
        if among := _AMONG.fullmatch(term.strip()):
            conditions.append(f"{OBJECTS[name].fields[_known(among['field'], name)]} in ({among['texts']})")
            continue
        match = _CONDITION.fullmatch(term.strip())
        if match is None:
            raise RefusalError(400, error(400, "MALFORMED_QUERY", f"unexpected token in: {term!r}"))
        field = _known(match["field"], name)
        column = OBJECTS[name].times.get(field)
        try:
            moment = parse_moment(match["literal"])
        except ValueError:
            moment = None
        if column is None or moment is None:
            message = f"filter criteria must be a dateTime and its literal one: {term}"
            raise RefusalError(400, error(400, "INVALID_FIELD", message))
        # The API knows milliseconds: a filter on a timestamp it wrote must find that record.
        conditions.append(f"date_trunc('millisecond', {column}) {match['operator']} $moment_{number}")
        values[f"moment_{number}"] = naive(moment)
    return conditions, values


def _order_term(term: str, name: str) -> str:
    field, _, direction = term.strip().partition(" ")
    if direction.strip().lower() not in ("", "asc", "desc"):
        raise RefusalError(400, error(400, "MALFORMED_QUERY", f"unexpected token in: {term!r}"))
    field = _known(field, name)
    return f"{OBJECTS[name].times.get(field, OBJECTS[name].fields[field])} {direction.strip()}"
