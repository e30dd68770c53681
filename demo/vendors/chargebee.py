"""Chargebee's API v2 as far as a billing loader reads it, of a site with plans (product catalogue 1.0).

Authentication: Basic, the key as user name and no password; else 401. Every refusal is
`{"message", "type", "api_error_code", "error_code", "http_status_code", "param"}`.

`GET /api/v2/{customers,subscriptions,invoices,credit_notes}` answer `{"list": [{"invoice": {…}}, …],
"next_offset"}`, the newest record first, without `next_offset` on the last page; with `limit` (1 to 100,
default 10), `offset` (opaque; else 400), `include_deleted` (default false), `sort_by[asc|desc]` (the moment
of making, or `updated_at`, which credit notes do not have), and of `updated_at`, `created_at` and `date` the
filters `[after]`, `[before]` (exclusive), `[on]` and `[between]` (`[from,to]`). An unknown parameter is a
400. All times are seconds since 1970, all amounts whole numbers in the currency's minor unit, and a field
without a value is left out. A minute's limit is answered 429 with `Retry-After`.

The simulated company's refunds are credit notes here, as `with_credit_notes` makes them.

Belongs here: routes, parameters, paging, shapes. Does not belong here: what was billed
(`demo.company.billing`).
"""

import base64
import json
import re
import time
from collections import deque
from typing import Final

import duckdb
import pyarrow as pa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.clock import Clock
from demo.vendors.limits import Limits
from demo.vendors.records import Records, naive, visible
from demo.vendors.replies import RefusalError, json_bytes, refuse

THROTTLED: Final = 429
SITE, API_KEY = "verdant-test", "test_chargebee_demo"
_LARGEST_PAGE: Final = 100
_MINUTE: Final = 60
_FILTER: Final = re.compile(r"(updated_at|created_at|date)\[(after|before|on|between)\]")
_SORTING: Final = re.compile(r"sort_by\[(asc|desc)\]")
_USUAL: Final = {
    401: ("api_authentication_failed", "untyped", "Sorry, authentication failed. Invalid api key"),
    404: ("resource_not_found", "invalid_request", "Sorry, we couldn't find that resource"),
    429: ("api_request_limit_exceeded", "operation_failed", "Sorry, request limit exceeded"),
    500: ("internal_error", "operation_failed", "Sorry, something went wrong"),
    503: ("internal_temporary_error", "operation_failed", "Sorry, please try again"),
}
_REFUSED: Final = ("invalid_request", "invalid_request", "Sorry, your request could not be understood")


def _given(name: str, value: str) -> str:
    return f"|| member_if_given('{name}', {value})"


_CUSTOMER: Final = f"""
'{{' || member('id', customer_id) {_given("email", "email")} {_given("company", "name")}
|| ',"auto_collection":"on","net_term_days":0,"allow_direct_debit":false'
|| ',' || member('created_at', seconds(created_at)) || ',' || member('updated_at', seconds(visible_at))
|| ',"taxability":"taxable","pii_cleared":"active","object":"customer"'
|| ',' || member('resource_version', epoch_ms(visible_at)) || ',' || member('deleted', is_deleted)
|| ',"promotional_credits":0,"account_credits":0,"refundable_credits":0,"excess_payments":0'
|| case when account_id <> '' then ',"meta_data":{{' || member('account_id', account_id) || '}}' else '' end
|| '}}'
"""
_SUBSCRIPTION: Final = f"""
'{{' || member('id', subscription_id) || ',' || member('customer_id', customer_id)
|| ',' || member('plan_id', plan) || ',"plan_quantity":1,' || member('plan_unit_price', mrr_minor)
|| ',"billing_period":1,"billing_period_unit":"month",' || member('mrr', mrr_minor)
|| ',' || member('status', case status when 'canceled' then 'cancelled' else status end)
|| ',' || member('currency_code', upper(currency)) || ',' || member('created_at', seconds(started_at))
|| ',' || member('started_at', seconds(started_at)) {_given("cancelled_at", "seconds(cancelled_at)")}
|| ',' || member('updated_at', seconds(visible_at)) || ',"has_scheduled_changes":false,"deleted":false'
|| ',' || member('resource_version', epoch_ms(visible_at)) || ',"object":"subscription"}},"customer":'
|| coalesce((
    select {_CUSTOMER} from {visible("customers")} where customers.customer_id = subscriptions.customer_id
), 'null')
"""
_LINE: Final = """
'{' || member('id', line_id) || ',' || member('date_from', seconds(period_start))
|| ',' || member('date_to', seconds(period_end)) || ',' || member('unit_amount', amount_minor)
|| ',"quantity":1,' || member('amount', amount_minor) || ',"pricing_model":"per_unit","is_taxed":false'
|| ',"tax_amount":0,' || member('discount_amount', discount_minor)
|| ',"object":"line_item","description":"Subscription","entity_type":"plan","item_level_discount_amount":0'
|| ',' || member('subscription_id', invoices.subscription_id) || '}'
"""
_DISCOUNTED: Final = """
    coalesce(
        (select sum(discount_minor) from invoice_lines
        where invoice_lines.invoice_id = invoices.invoice_id), 0
    )
"""
_INVOICE: Final = f"""
'{{' || member('id', invoice_id) || ',' || member('customer_id', customer_id)
|| ',' || member('subscription_id', subscription_id) || ',"recurring":true,"price_type":"tax_exclusive"'
|| ',' || member('status', case status when 'draft' then 'pending' when 'open' then 'payment_due'
    when 'void' then 'voided' when 'uncollectible' then 'not_paid' else status end)
|| ',' || member('date', seconds(issued_at)) || ',' || member('total', total_minor)
|| ',' || member('tax', tax_minor) || ',' || member('sub_total', subtotal_minor + {_DISCOUNTED})
|| ',' || member('amount_paid', case when status = 'paid' then total_minor else 0 end)
|| ',' || member('amount_due', case when status in ('open', 'uncollectible') then total_minor else 0 end)
|| ',"amount_adjusted":0,"write_off_amount":0,"credits_applied":0,"first_invoice":false,"deleted":false'
|| ',' || member('updated_at', seconds(visible_at)) || ',"object":"invoice"'
|| ',' || member('resource_version', epoch_ms(visible_at)) || ',' || member('currency_code', upper(currency))
|| ',"line_items":[' || coalesce((select string_agg({_LINE}, ',' order by invoice_lines.position)
    from invoice_lines where invoice_lines.invoice_id = invoices.invoice_id), '')
|| '],"linked_payments":[]}}'
"""
_CREDIT_NOTE: Final = """
'{' || member('id', credit_note_id) || ',' || member('customer_id', customer_id)
|| ',' || member('reference_invoice_id', invoice_id)
|| ',' || member('type', case when refund_id is null then 'adjustment' else 'refundable' end)
|| ',"reason_code":"service_unsatisfactory","price_type":"tax_exclusive"'
|| ',' || member('status', case when status = 'void' then 'voided' when refund_id is null then 'adjusted'
    else 'refunded' end)
|| ',' || member('date', seconds(created_at)) || ',' || member('currency_code', upper(currency))
|| ',' || member('total', total_minor) || ',' || member('sub_total', subtotal_minor)
|| case when total_minor = subtotal_minor then ',"taxes":[]' else
    ',"taxes":[{"object":"tax","name":"VAT",' || member('amount', total_minor - subtotal_minor) || '}]' end
|| case when refund_id is null then ',"linked_refunds":[]' else ',"linked_refunds":[{'
    || member('txn_id', refund_id) || ',' || member('applied_amount', total_minor) || '}]' end
|| ',' || member('updated_at', seconds(visible_at)) || ',"deleted":false,"object":"credit_note"'
|| ',' || member('resource_version', epoch_ms(visible_at)) || '}'
"""
#: List → member of an entry, id, moment by which the list is ordered, the record, and that moment's filter.
_LISTS: Final = {
    "customers": ("customer", "customer_id", "created_at", _CUSTOMER, "created_at"),
    "subscriptions": (
        "subscription",
        "subscription_id",
        "started_at",
        _SUBSCRIPTION,
        "created_at",
    ),
    "invoices": ("invoice", "invoice_id", "issued_at", _INVOICE, "date"),
    "credit_notes": ("credit_note", "credit_note_id", "created_at", _CREDIT_NOTE, "date"),
}
_COMPARED: Final = {"after": ("{} > {}", 1), "before": ("{} < {}", 1), "on": ("{} = {}", 1)} | {
    "between": ("{} between {} and {}", 2)
}


def settings(base_url: str) -> dict[str, str]:
    """The dlt configuration, as environment variables, that points the loader at a server."""
    return {
        "SOURCES__CHARGEBEE__SITE": SITE,
        "SOURCES__CHARGEBEE__API_KEY": API_KEY,
        "SOURCES__CHARGEBEE__BASE_URL": f"{base_url}/chargebee",
    }


def with_credit_notes(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The company's tables as Chargebee keeps its books: a refund of an invoice that no note covers has a
    credit note, net in whole minor units; one that failed or is of no invoice is none of billing's."""
    with duckdb.connect() as company:
        for name in ("credit_notes", "refunds", "invoices"):
            company.register(name, tables[name])
        made = company.execute("""
            with sizes as (
                select invoice_id, any_value(subtotal_minor) as net, any_value(total_minor) as total
                from invoices group by invoice_id
            )
            select
                'cn_' || refund_id as credit_note_id, invoice_id, customer_id, 'issued' as status, currency,
                case
                    when total > 0 then cast(round(amount_minor * net / total) as bigint) else amount_minor
                end as subtotal_minor,
                amount_minor as total_minor, refund_id, created_at, visible_at
            from refunds
            join sizes using (invoice_id)
            where
                status = 'succeeded'
                and refund_id not in (
                    select refund_id from credit_notes where status = 'issued' and refund_id is not null
                )
            order by visible_at, credit_note_id
        """).to_arrow_table()
    notes = tables["credit_notes"]
    together = pa.concat_tables([notes, made.select(notes.column_names).cast(notes.schema)])
    return tables | {
        "credit_notes": together.sort_by([("visible_at", "ascending"), ("credit_note_id", "ascending")]),
        "refunds": tables["refunds"].slice(0, 0),
    }


def error(status: int, message: str | None = None, param: str | None = None) -> dict[str, object]:
    """Chargebee's error body."""
    code, kind, usual = _USUAL.get(status, _REFUSED)
    body = {"message": message or usual, "type": kind, "api_error_code": code, "error_code": code}
    return {**body, "http_status_code": status} | ({"param": param} if param else {})


def application(records: Records, clock: Clock, limits: Limits) -> Starlette:
    """The API as an ASGI application; routes start at `/api/v2`."""
    api = _Api(records, clock, limits)
    return Starlette(routes=[Route("/api/v2/{name}", api.list)], exception_handlers={RefusalError: refuse})


class _Api:
    def __init__(self, records: Records, clock: Clock, limits: Limits) -> None:
        self._records = records
        self._clock = clock
        self._limits = limits
        self._asked: deque[float] = deque()

    def list(self, request: Request) -> Response:
        self._allow(request)
        name = request.path_params["name"]
        if name not in _LISTS:
            raise RefusalError(404, error(404))
        member, key, made, record, created = _LISTS[name]
        size = _size(request)
        columns = {created: f"seconds({made})", "updated_at": "seconds(visible_at)"}
        conditions, values = _filters(request, columns)
        sort, direction = _sorting(
            request, columns if name != "credit_notes" else {created: columns[created]}
        )
        if name == "customers" and request.query_params.get("include_deleted", "false") != "true":
            conditions.append("not is_deleted")
        if (offset := request.query_params.get("offset")) is not None:
            values["from"], values["last"] = _unpacked(offset)
            conditions.append(f"({sort}, {key}) {'<' if direction == 'desc' else '>'} ($from, $last)")
        listed = self._records.render(
            f"""
            select {sort} || ':' || {key} as id, '{{"{member}":' || {record} || '}},' as text
            from {visible(name)}
            where {" and ".join(["true", *conditions])}
            order by {sort} {direction}, {key} {direction}
            limit $limit
            """,
            {**values, "now": naive(self._clock.now), "limit": size + 1},
            keep=False,
        )
        here = min(len(listed), size)
        body = b'{"list":[%b]' % bytes(listed.cut(0, here))
        if len(listed) > size:
            moment, _, last = listed.ids[here - 1].as_py().partition(":")
            offset = json.dumps([moment, last], separators=(",", ":"))
            body += b',"next_offset":%b' % json.dumps(offset).encode()
        return json_bytes(body + b"}")

    def _allow(self, request: Request) -> None:
        expected = base64.b64encode(f"{API_KEY}:".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            raise RefusalError(401, error(401))
        now, allowed = time.monotonic(), self._limits.chargebee_requests
        while self._asked and now - self._asked[0] >= _MINUTE:
            self._asked.popleft()
        if allowed is not None and len(self._asked) >= allowed:
            wait = int(_MINUTE - (now - self._asked[0])) + 1
            raise RefusalError(THROTTLED, error(THROTTLED), {"Retry-After": str(wait)})
        self._asked.append(now)


def _size(request: Request) -> int:
    text = request.query_params.get("limit", "10")
    if not text.isdecimal() or not 1 <= int(text) <= _LARGEST_PAGE:
        raise RefusalError(400, error(400, f"limit : should be between 1 and {_LARGEST_PAGE}", "limit"))
    return int(text)


def _sorting(request: Request, columns: dict[str, str]) -> tuple[str, str]:
    """By what the list is sorted, and in which direction: the newest first."""
    asked = [
        (match[1], text) for name, text in request.query_params.items() if (match := _SORTING.fullmatch(name))
    ]
    direction, attribute = asked[0] if asked else ("desc", next(iter(columns)))
    if attribute not in columns:
        raise RefusalError(400, error(400, f"sort_by : {attribute} is not supported", "sort_by"))
    return columns[attribute], direction


def _filters(request: Request, columns: dict[str, str]) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    values: dict[str, object] = {}
    for parameter, text in request.query_params.items():
        if parameter in ("limit", "offset", "include_deleted") or _SORTING.fullmatch(parameter):
            continue
        match = _FILTER.fullmatch(parameter)
        if match is None or match[1] not in columns:
            raise RefusalError(400, error(400, f"{parameter} : is not a parameter of this list", parameter))
        condition, many = _COMPARED[match[2]]
        given = text.strip("[]").split(",")
        if len(given) != many or not all(each.isdecimal() for each in given):
            raise RefusalError(400, error(400, f"{parameter} : {text} is no time", parameter))
        names = [f"{match[1]}_{match[2]}_{place}" for place in range(many)]
        conditions.append(condition.format(columns[match[1]], *(f"${name}" for name in names)))
        values |= dict(zip(names, map(int, given), strict=True))
    return conditions, values


def _unpacked(offset: str) -> tuple[int, str]:
    try:
        made, last = json.loads(offset)
        return int(made), str(last)
    except (ValueError, TypeError):
        raise RefusalError(400, error(400, "offset : is not valid", "offset")) from None
