"""Medallia's Query API as far as a survey loader reads it. Queries are executed as GraphQL, by graphql-core.

`POST /oauth/verdant/token`: the client as Basic authentication, `grant_type=client_credentials` as a form. →
access_token, token_type, expires_in. `POST /data/v0/query`: `{"query", "variables"}` with `Authorization:
Bearer <token>`; else 401. → `{"data", "errors"}`, with status 200 also where there are errors. Answers tell
the limits in `X-RateLimit-{Limit,Remaining,Reset}`; 429 beyond them.

A page has up to 1,000 records; its cursor says which was the last one. A query that costs too much is
refused; it costs its fields times its page size. A field hidden from the client's role has no data, and is
not among `fields`.

Who answered to the end is feedback; previews and tests are not. A response's number follows the order in
which the company's records were made.

Belongs here: HTTP, the token, limits, records. Does not belong here: types and filters (`medallia_schema`).
"""

import base64
from datetime import datetime
from typing import Any

import orjson
from graphql import FieldNode, GraphQLError, GraphQLResolveInfo, graphql_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock
from demo.company.surveys import SURVEYS, Survey
from demo.vendors.allowance import Allowance
from demo.vendors.limits import Limits
from demo.vendors.medallia_schema import FIELDS, SCHEMA, Node, fits, known, ordered
from demo.vendors.records import Records, naive, visible
from demo.vendors.replies import RefusalError, json_object, json_response, refuse

THROTTLED = 429
CLIENT = ("demo-medallia-client", "demo-medallia-secret")
TOKEN_PATH = "/oauth/verdant/token"

CATALOGUE: dict[str, Survey] = {str(at + 1): survey for at, survey in enumerate(SURVEYS)}
NAMES = {
    "survey_id": "e_program",
    "comment": "q_recommend_why",
    "invitation_id": "e_invitation_id_txt",
    "account_id": "e_account_id_txt",
    "contact_id": "e_contact_id_txt",
    "respondent_email": "e_email",
    "branch_id": "e_branch_id_txt",
    "event_at": "e_event_datetime",
    "employee_id": "e_employee_id_txt",
    "device_id": "e_device_id_txt",
}
_FIRST_NUMBER = 700_000_001
_USUAL = {
    400: "Bad request",
    401: "Unauthorized",
    429: "API rate limit exceeded",
    500: "Internal server error",
}


def _moment(column: str) -> str:
    return f"strftime({column}, '%Y-%m-%d %H:%M:%S')"


def _whole(column: str, further: int) -> str:
    """A scale can only be answered by one of its options."""
    return f"case when regexp_full_match({column}, '[0-9]|10') then ({column}::int + {further})::varchar end"


_VALUES = {
    "e_responsedate": _moment("recorded_at"),
    "e_lastupdated": _moment("visible_at"),
    "q_recommend": _whole("score_text", 1),
    "q_ease": _whole("other_score_text", 0),
    "e_event_datetime": _moment("event_at"),
    **{
        NAMES[column]: {"respondent_email": "email"}.get(column, column)
        for column in NAMES
        if column not in ("survey_id", "event_at")
    },
}
_FEEDBACK = f"""
    with numbered as (
        select *, min(position) over (partition by response_id) + {_FIRST_NUMBER} - 1 as number from responses
    )
    select response_id as id,
        '{{' || member('a_surveyid', number::varchar) || ',' || member('survey', survey_id)
        {" ".join(f"|| member_if_given('{name}', {value})" for name, value in _VALUES.items())}
        || '}},' as text
    from {visible("numbered")}
    where is_finished and status = 0 and started_at <= $now
    qualify row_number() over (partition by response_id order by position) = 1
"""


def settings(base_url: str) -> dict[str, str]:
    """The dlt configuration, as environment variables, that points the loader at a server."""
    surveys = {own_id: ["q_recommend", "q_ease"][: len(each.scored)] for own_id, each in CATALOGUE.items()}
    return {
        "SOURCES__MEDALLIA__BASE_URL": f"{base_url}/medallia",
        "SOURCES__MEDALLIA__TOKEN_URL": f"{base_url}/medallia{TOKEN_PATH}",
        "SOURCES__MEDALLIA__CLIENT_ID": CLIENT[0],
        "SOURCES__MEDALLIA__CLIENT_SECRET": CLIENT[1],
        "SOURCES__MEDALLIA__SURVEYS": orjson.dumps(surveys).decode(),
        "SOURCES__MEDALLIA__FIELDS": orjson.dumps(NAMES).decode(),
    }


def error(status: int, message: str | None = None) -> dict[str, object]:
    """The gateway's error body."""
    return {"message": message or _USUAL.get(status, _USUAL[500])}


def application(records: Records, clock: Clock, limits: Limits) -> Starlette:
    """The API as an ASGI application; its routes are `/oauth/verdant/token` and `/data/v0/query`."""
    api = _Api(records, clock, limits)
    routes = [
        Route(TOKEN_PATH, api.token, methods=["POST"]),
        Route("/data/v0/query", api.query, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(self, records: Records, clock: Clock, limits: Limits) -> None:
        self._records = records
        self._clock = clock
        self._limits = limits
        self._requests = Allowance(limits.medallia_requests, 1, 10)
        self._calls_left: dict[str, float] = {}
        self._nodes: tuple[datetime, list[Node]] | None = None

    async def token(self, request: Request) -> Response:
        basic = base64.b64encode(":".join(CLIENT).encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            raise RefusalError(401, error(401))
        if (await request.body()) != b"grant_type=client_credentials":
            raise RefusalError(400, error(400, "unsupported_grant_type"))
        token = f"medallia-{len(self._calls_left) + 1}"
        allowed = self._limits.medallia_token_calls
        self._calls_left[token] = float("inf") if allowed is None else allowed
        return json_response({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    async def query(self, request: Request) -> Response:
        headers = self._allowed(request)
        asked = json_object(await request.body())
        if asked is None or not isinstance(asked.get("query"), str):
            raise RefusalError(400, error(400), headers)
        root = _Root(self._feedback(), self._limits)
        done = graphql_sync(SCHEMA, asked["query"], root, variable_values=asked.get("variables"))
        errors = [{"message": each.message} for each in done.errors or ()]
        return json_response({"data": done.data, "errors": errors or None}, headers=headers)

    def _feedback(self) -> list[Node]:
        now = naive(self._clock.now)
        if self._nodes is None or self._nodes[0] != now:
            rendered = self._records.render(_FEEDBACK, {"now": now})
            programs = {survey.survey_id: own_id for own_id, survey in CATALOGUE.items()}
            nodes = orjson.loads(b"[%b]" % bytes(rendered.cut(0, len(rendered))))
            self._nodes = now, [{**node, "e_program": programs[node.pop("survey")]} for node in nodes]
        return self._nodes[1]

    def _allowed(self, request: Request) -> dict[str, str]:
        """The headers that tell the limits to one who may ask, now."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._calls_left.get(token, 0) < 1:
            raise RefusalError(401, error(401))
        self._calls_left[token] -= 1
        asked = self._requests.ask()
        headers = {
            "X-RateLimit-Limit": f"{self._requests.most}, {self._requests.most};w=1",
            "X-RateLimit-Remaining": str(asked.remaining),
            "X-RateLimit-Reset": str(asked.wait),
        }
        if not asked.is_allowed:
            raise RefusalError(THROTTLED, error(THROTTLED), headers)
        return headers


class _Root:
    """What a query begins with; graphql-core asks it for each field by its name."""

    def __init__(self, nodes: list[Node], limits: Limits) -> None:
        self._nodes = nodes
        self._limits = limits

    def feedback(self, info: GraphQLResolveInfo, first: int, **asked: Any) -> dict[str, Any]:
        cost = first * _asked_of_each(info)
        if cost > self._limits.medallia_cost:
            raise GraphQLError(f"Query cost {cost} exceeds the limit of {self._limits.medallia_cost}")
        wanted = asked.get("ids")
        chosen = [
            node
            for node in self._nodes
            if fits(node, asked.get("filter")) and (wanted is None or node["a_surveyid"] in wanted)
        ]
        listed = [
            _Feedback(node, self._limits.medallia_hidden) for node in ordered(chosen, asked.get("orderBy"))
        ]
        return _connection(listed, first, asked.get("after"))

    def fields(self, _info: GraphQLResolveInfo, first: int, **asked: Any) -> dict[str, Any]:
        wanted, kinds = asked.get("ids"), asked.get("dataTypes")
        shown = [_described(field_id) for field_id in FIELDS if field_id not in self._limits.medallia_hidden]
        if wanted is not None:  # has priority, and knows no pages
            listed = [each for each in shown if each["id"] in wanted]
            return _connection(listed, max(len(listed), 1), None)
        said = asked.get("q") or ""
        listed = [
            each for each in shown if said in each["name"] and (kinds is None or each["dataType"] in kinds)
        ]
        if asked.get("filterable") is not None:
            listed = [each for each in listed if each["filterable"] is asked["filterable"]]
        return _connection(listed, first, asked.get("after"))


class _Feedback:
    def __init__(self, node: Node, hidden: frozenset[str]) -> None:
        self.id = node["a_surveyid"]
        self._node = node
        self._hidden = hidden

    def fieldData(self, _info: GraphQLResolveInfo, fieldId: str) -> dict[str, Any] | None:  # noqa: N802, N803
        known(fieldId)
        if fieldId in self._hidden:
            return None
        value = self._node.get(fieldId)
        return {"values": [] if value is None else [value]}


def _described(field_id: str) -> dict[str, Any]:
    field = FIELDS[field_id]
    said: dict[str, Any] = {
        "id": field_id,
        "name": field.name,
        "dataType": field.kind,
        "valueType": "SINGLE_VALUED",
    }
    said |= {"filterable": field.filterable, "__typename": "PlainField"}
    if field.options:
        options = [{"id": option, "name": name} for option, name in field.options]
        said |= {"__typename": "EnumField", "options": options}
    return said


def _connection(listed: list[Any], first: int, after: str | None) -> dict[str, Any]:
    """A page after the record that the cursor names."""
    if not 1 <= first <= 1_000:
        raise GraphQLError("first should be 1 to 1000")
    ids = [each["id"] if isinstance(each, dict) else each.id for each in listed]
    last = base64.b64decode(after).decode() if after else None
    if last is not None and last not in ids:
        raise GraphQLError("Invalid cursor")
    start = 0 if last is None else ids.index(last) + 1
    nodes = listed[start : start + first]
    end = base64.b64encode(ids[start + len(nodes) - 1].encode()).decode() if nodes else None
    info = {"endCursor": end, "hasNextPage": start + first < len(listed)}
    return {"totalCount": len(listed), "pageInfo": info, "nodes": nodes}


def _asked_of_each(info: GraphQLResolveInfo) -> int:
    """How many selections a query makes of each record, fragments counted as one."""
    connections = [node.selection_set for node in info.field_nodes]
    nodes = [
        each.selection_set
        for chosen in connections
        for each in (chosen.selections if chosen else ())
        if isinstance(each, FieldNode) and each.name.value == "nodes"
    ]
    return sum(len(each.selections) for each in nodes if each) or 1
