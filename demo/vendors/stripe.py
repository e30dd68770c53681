"""Stripe's REST API as far as a billing loader reads it, in the shape of API version 2024-06-20.

Authentication: the secret key as `Authorization: Bearer <key>` or as the Basic user name; else 401.

`GET /v1/{customers,subscriptions,invoices,credit_notes,refunds,events}` answer
`{"object": "list", "url", "has_more", "data": [...]}`, newest first, with `limit` (1 to 100, default 10),
`starting_after` (an id of the list, else 400 `resource_missing`), `created` or
`created[gte|gt|lte|lt]` (epoch seconds), and the list's own filters; an unknown parameter is a 400.
All times are epoch seconds, all amounts integers in the currency's minor unit, currencies lower case.

* customers: id, created, email, name, metadata.account_id, deleted (only when true, only in events: a
  deleted customer is in no list).
* subscriptions: id, created, start_date, canceled_at, ended_at, status, customer, currency,
  items.data[0].{quantity, price.{nickname, lookup_key, unit_amount, currency, recurring.interval,
  recurring.interval_count}}; a price may be yearly. Without `status=all` canceled ones are hidden.
* invoices: id, created, customer, subscription, charge, status, currency, subtotal,
  subtotal_excluding_tax, tax, total_excluding_tax, total, status_transitions.{finalized_at, paid_at,
  voided_at, marked_uncollectible_at}, lines.data[].{id, amount, discount_amounts, period.{start, end}}
  (the service periods; the invoice's own period_start/period_end are none). The first ten lines;
  `lines.has_more` says that there are others, under `GET /v1/invoices/{id}/lines`.
* credit_notes: id, created, customer, invoice, refund, status, currency, subtotal_excluding_tax, total.
* refunds: id, created, amount (with tax), currency, status, charge: an id, or with
  `expand[]=data.charge` an object with customer and invoice.
* events: id, created, type, api_version, data.object (the object at that time, never expanded, and in the
  account's own version: an invoice's parent.subscription_details.subscription and no charge or tax, a
  credit note's refunds[].refund); types
  customer.{created,updated,deleted}, customer.subscription.*, invoice.*, credit_note.*, refund.*;
  filters `type` and `types[]`. They reach back 30 days.

Belongs here: the routes, parameters and paging. Does not belong here: the objects' fields
(`demo.vendors.stripe_objects`).
"""

import base64
import re
from datetime import timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock
from demo.vendors.limits import Limits
from demo.vendors.records import Records, Rendered, naive, visible
from demo.vendors.replies import RefusalError, json_bytes, refuse
from demo.vendors.stripe_objects import ACCOUNT_VERSION, API_VERSION, LINE, RESOURCES, Resource

EVENTS_REACH_BACK = timedelta(days=30)
THROTTLED = 429

_CREATED = re.compile(r"created(?:\[(gte|gt|lte|lt)\])?")
_COMPARISONS = {None: "=", "gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
_PAGING = {"limit", "starting_after"}


def error(status: int, message: str | None = None, **details: str) -> dict[str, object]:
    """Stripe's error envelope."""
    kinds = {429: "rate_limit_error", 500: "api_error"}
    wording = {
        401: "Invalid API Key provided: sk_****",
        429: "Too many requests hit the API too quickly.",
        500: "An unknown error occurred.",
    }
    kind = kinds.get(status, "invalid_request_error")
    return {"error": {"message": message or wording.get(status, kind), "type": kind, **details}}


def application(records: Records, clock: Clock, api_key: str, limits: Limits) -> Starlette:
    """The API as an ASGI application; routes start at `/v1`."""
    api = _Api(records, clock, api_key, limits)
    routes = [
        Route("/v1/events", api.events),
        Route("/v1/invoices/{invoice}/lines", api.lines),
        Route("/v1/{name}", api.objects),
    ]
    return Starlette(routes=routes, exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(self, records: Records, clock: Clock, api_key: str, limits: Limits) -> None:
        self._records = records
        self._clock = clock
        self._api_key = api_key
        self._limits = limits

    def objects(self, request: Request) -> Response:
        self._authenticate(request)
        name = request.path_params["name"]
        resource = RESOURCES.get(name)
        if resource is None:
            raise RefusalError(404, error(404, f"Unrecognized request URL (GET: {request.url.path})."))
        own = dict(resource.filters)
        expansions = dict(resource.expansions)
        _refuse_unknown(request, {*own, "expand[]"})
        render = resource.render
        for expansion in request.query_params.getlist("expand[]"):
            if expansion not in expansions:
                raise RefusalError(400, error(400, f"This property cannot be expanded ({expansion})."))
            render = expansions[expansion]

        conditions, values = _created_filters(request, f"seconds({resource.created})")
        conditions.append(f"not coalesce({resource.hidden_always}, false)")
        if "status" not in request.query_params:
            conditions.append(f"not ({resource.hidden_by_default})")
        for parameter, column in own.items():
            value = request.query_params.get(parameter)
            if value is not None and not (resource.noun == "subscription" and value == "all"):
                conditions.append(f"{column} = ${parameter}")
                values[parameter] = value
        query = f"""
            {_NUMBERED_LINES}
            select {resource.key} as id, {render} || ',' as text
            from {visible(resource.table)}
            where {" and ".join(conditions)}
            order by {resource.created} desc, {resource.key} desc
        """
        rendered = self._records.render(query, {**values, "now": naive(self._clock.now)})
        return self._page(request, rendered, resource.noun, f"/v1/{name}")

    def lines(self, request: Request) -> Response:
        self._authenticate(request)
        _refuse_unknown(request, set())
        query = f"""
            select line_id as id, {LINE} || ',' as text from invoice_lines
            where invoice_id = $invoice and visible_at <= $now order by position
        """
        invoice = request.path_params["invoice"]
        rendered = self._records.render(query, {"invoice": invoice, "now": naive(self._clock.now)})
        return self._page(request, rendered, "line_item", f"/v1/invoices/{invoice}/lines")

    def events(self, request: Request) -> Response:
        self._authenticate(request)
        _refuse_unknown(request, {"type", "types[]"})
        now = naive(self._clock.now)
        conditions, values = _created_filters(request, "seconds(visible_at)")
        kinds = request.query_params.getlist("types[]") or request.query_params.getlist("type")
        for number, kind in enumerate(kinds):
            values[f"kind_{number}"] = kind
        if kinds:
            conditions.append(f"kind in ({', '.join(f'$kind_{number}' for number in range(len(kinds)))})")
        versions = " union all by name ".join(_versions(resource) for resource in RESOURCES.values())
        query = f"""
            {_NUMBERED_LINES}, versions as ({versions}),
            events as (
                select *, 'evt_' || substr(md5(key || kind || visible_at || position), 1, 24) as id
                from versions
                where {" and ".join(["true", *conditions])}
            )
            select
                id,
                '{{' || member('id', id) || ',"object":"event",' || member('api_version', '{ACCOUNT_VERSION}')
                || ',' || member('created', seconds(visible_at)) || ',' || member('type', kind)
                || ',"livemode":false,"pending_webhooks":0,"data":{{"object":' || object || '}}}},' as text
            from events
            order by visible_at desc, key desc, position desc
        """
        values |= {"now": now, "oldest": now - EVENTS_REACH_BACK}
        return self._page(request, self._records.render(query, values), "event", "/v1/events")

    def _page(self, request: Request, rendered: Rendered, noun: str, url: str) -> Response:
        limit = self._limit(request)
        after = request.query_params.get("starting_after")
        start = 0
        if after is not None:
            start = rendered.position(after) + 1
            if start == 0:
                message = f"No such {noun}: '{after}'"
                raise RefusalError(400, error(400, message, code="resource_missing", param="starting_after"))
        has_more = b"true" if start + limit < len(rendered) else b"false"
        body = b"".join(
            [
                b'{"object":"list","url":"%s","has_more":%s,"data":[' % (url.encode(), has_more),
                rendered.cut(start, start + limit),
                b"]}",
            ]
        )
        return json_bytes(body, headers={"Stripe-Version": API_VERSION})

    def _limit(self, request: Request) -> int:
        maximum = self._limits.stripe_maximum_page
        text = request.query_params.get("limit", str(min(self._limits.stripe_page, maximum)))
        if not text.isdecimal() or not 1 <= int(text) <= maximum:
            raise RefusalError(
                400, error(400, f"This value must be between 1 and {maximum} (inclusive).", param="limit")
            )
        return int(text)

    def _authenticate(self, request: Request) -> None:
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                credential = base64.b64decode(credential).decode().partition(":")[0]
            except ValueError:
                credential = ""
        if not credential:
            raise RefusalError(401, error(401, "You did not provide an API key."))
        if credential.strip() != self._api_key:
            raise RefusalError(401, error(401))


#: Places of the lines of each invoice, for objects that show the first of them.
_NUMBERED_LINES = """
    with numbered_lines as (
        select *, row_number() over (partition by invoice_id order by position) as place from invoice_lines
    )
"""


def _versions(resource: Resource) -> str:
    rendered = resource.event_render or resource.render
    return f"""
        select {resource.key} as key, {resource.event_type} as kind, {rendered} as object,
            visible_at, position
        from {resource.table}
        where visible_at <= $now and visible_at > $oldest
    """


def _created_filters(request: Request, column: str) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    values: dict[str, object] = {}
    for parameter, text in request.query_params.multi_items():
        match = _CREATED.fullmatch(parameter)
        if match is None:
            continue
        if not text.isdecimal():
            raise RefusalError(400, error(400, f"Invalid integer: {text}", param=parameter))
        name = f"created_{match[1] or 'at'}"
        conditions.append(f"{column} {_COMPARISONS[match[1]]} ${name}")
        values[name] = int(text)
    return conditions, values


def _refuse_unknown(request: Request, own: set[str]) -> None:
    for parameter in request.query_params:
        if parameter not in own | _PAGING and _CREATED.fullmatch(parameter) is None:
            message = f"Received unknown parameter: {parameter}"
            raise RefusalError(400, error(400, message, code="parameter_unknown", param=parameter))
