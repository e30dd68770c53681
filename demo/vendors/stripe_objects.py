"""Stripe's objects as SQL that renders a row of the simulated company to JSON.

The shapes are those of API version 2024-06-20: `invoice.subscription`, `invoice.tax` and
`charge.invoice` stand where that version has them. Events show their objects in the account's own, later
version, where that has moved what we render. Belongs here: fields. Does not belong here: paging, filters and
authentication (`demo.vendors.stripe`).
"""

from dataclasses import dataclass

API_VERSION = "2024-06-20"
ACCOUNT_VERSION = "2025-03-31.basil"

_CUSTOMER = """
'{' || member('id', customer_id) || ',"object":"customer"'
|| ',' || member('created', seconds(created_at))
|| ',' || member('email', email) || ',' || member('name', name)
|| ',"balance":0,"currency":null,"delinquent":false,"description":null,"livemode":false'
|| case when is_deleted then ',"deleted":true' else '' end
|| ',"metadata":{' || coalesce(member('account_id', nullif(account_id, '')), '') || '}}'
"""

# Every fourth price is billed by the year: a monthly amount is there to be worked out, not to be read.
_YEARLY = "substr(md5(subscription_id), 1, 1) < '4'"

_SUBSCRIPTION = f"""
'{{' || member('id', subscription_id) || ',"object":"subscription"'
|| ',' || member('created', seconds(started_at)) || ',' || member('start_date', seconds(started_at))
|| ',' || member('canceled_at', seconds(cancelled_at)) || ',' || member('ended_at', seconds(cancelled_at))
|| ',' || member('status', status) || ',' || member('customer', customer_id)
|| ',' || member('currency', lower(currency))
|| ',"cancel_at_period_end":false,"collection_method":"charge_automatically","livemode":false'
|| ',"metadata":{{}},"items":{{"object":"list","has_more":false,"data":[{{"object":"subscription_item"'
|| ',' || member('id', 'si_' || substr(md5(subscription_id), 1, 14))
|| ',' || member('subscription', subscription_id) || ',"quantity":1,"metadata":{{}},"price":{{'
|| member('id', 'price_' || lower(plan) || '_' || lower(currency))
|| ',"object":"price","active":true,"billing_scheme":"per_unit","livemode":false,"type":"recurring"'
|| ',' || member('nickname', plan) || ',' || member('lookup_key', lower(plan))
|| ',' || member('currency', lower(currency))
|| ',' || member('unit_amount', mrr_minor * case when {_YEARLY} then 12 else 1 end)
|| ',"recurring":{{"interval":' || case when {_YEARLY} then '"year"' else '"month"' end
|| ',"interval_count":1,"usage_type":"licensed"}}}}}}],'
|| member('url', '/v1/subscription_items?subscription=' || subscription_id) || '}}}}'
"""

_FINALISED = "status in ('open', 'paid', 'void', 'uncollectible')"

EMBEDDED_LINES = 10

LINE = """
'{' || member('id', line_id) || ',"object":"line_item"'
|| ',' || member('amount', amount_minor) || ',' || member('invoice', invoice_id)
|| ',"discount_amounts":' || case when discount_minor = 0 then '[]' else
    '[{' || member('amount', discount_minor) || ',"discount":"di_1"}]' end
|| ',"proration":' || case when amount_minor < 0 then 'true' else 'false' end
|| ',"quantity":1,"type":"subscription","period":{'
|| member('start', seconds(period_start)) || ',' || member('end', seconds(period_end)) || '}}'
"""


def _invoice(is_basil: bool) -> str:
    """An invoice in the version asked for, or in the account's own, in which events show it.

    Its own period looks back at the time of creation; the service periods are the lines'.
    """
    subscription = (
        ',"parent":{"type":"subscription_details","subscription_details":{'
        "' || member('subscription', subscription_id) || '}}"
        ",\"total_taxes\":[{' || member('amount', tax_minor) || '}]"
        if is_basil
        else ",' || member('subscription', subscription_id) || ',' || member('charge', charge_id) || ','"
        " || member('tax', tax_minor) || '"
    )
    return f"""
'{{' || member('id', invoice_id) || ',"object":"invoice"'
|| ',' || member('created', seconds(issued_at))
|| ',' || member('customer', customer_id) || '{subscription}'
|| ',' || member('status', status) || ',' || member('currency', lower(currency))
|| ',' || member('subtotal', subtotal_minor) || ',' || member('subtotal_excluding_tax', subtotal_minor)
|| ',' || member('total_excluding_tax', subtotal_minor)
|| ',' || member('total', total_minor) || ',' || member('amount_due', total_minor)
|| ',' || member('amount_paid', case when status = 'paid' then total_minor else 0 end)
|| ',' || member('period_start', seconds(issued_at)) || ',' || member('period_end', seconds(issued_at))
|| ',"billing_reason":"subscription_cycle","collection_method":"charge_automatically","livemode":false'
|| ',"metadata":{{}},"status_transitions":{{'
|| member('finalized_at', case when {_FINALISED} then seconds(issued_at) end)
|| ',' || member('marked_uncollectible_at', case when status = 'uncollectible' then seconds(visible_at) end)
|| ',' || member('paid_at', case when status = 'paid' then seconds(visible_at) end)
|| ',' || member('voided_at', case when status = 'void' then seconds(visible_at) end)
|| '}},"lines":{{"object":"list","has_more":'
|| (select case when count(*) > {EMBEDDED_LINES} then 'true' else 'false' end || ',"data":['
    || coalesce(string_agg({LINE}, ',' order by place) filter (where place <= {EMBEDDED_LINES}), '')
    from numbered_lines where numbered_lines.invoice_id = invoices.invoice_id)
|| '],' || member('url', '/v1/invoices/' || invoice_id || '/lines') || '}}}}'
"""


def _credit_note(is_basil: bool) -> str:
    """A credit note; in the account's own version its refunds are a list."""
    refund = (
        ",\"refunds\":[' || case when refund_id is null then ''"
        " else '{' || member('refund', refund_id) || '}' end || ']"
        if is_basil
        else ",' || member('refund', refund_id) || '"
    )
    return f"""
'{{' || member('id', credit_note_id) || ',"object":"credit_note"'
|| ',' || member('created', seconds(created_at))
|| ',' || member('customer', customer_id) || ',' || member('invoice', invoice_id)
|| '{refund}' || ',' || member('status', status)
|| ',' || member('currency', lower(currency))
|| ',' || member('amount', total_minor) || ',' || member('total', total_minor)
|| ',' || member('subtotal', subtotal_minor) || ',' || member('subtotal_excluding_tax', subtotal_minor)
|| ',' || member('total_excluding_tax', subtotal_minor)
|| ',"livemode":false,"metadata":{{}},"type":"post_payment"}}'
"""


_CHARGE = """
'{' || member('id', charge_id) || ',"object":"charge"'
|| ',' || member('customer', customer_id) || ',' || member('invoice', invoice_id)
|| ',' || member('currency', lower(currency)) || ',"livemode":false,"paid":true,"status":"succeeded"}'
"""


def _refund(charge: str) -> str:
    return f"""
'{{' || member('id', refund_id) || ',"object":"refund"'
|| ',' || member('created', seconds(created_at))
|| ',' || member('amount', amount_minor) || ',' || member('currency', lower(currency))
|| ',' || member('status', status) || ',"charge":' || {charge}
|| ',"metadata":{{}},"payment_intent":null,"reason":"requested_by_customer"}}'
"""


@dataclass(frozen=True)
class Resource:
    """One list endpoint: the table behind it and how a row becomes an object.

    `hidden_by_default` and `hidden_always` are SQL conditions; `expansions` maps an `expand[]` value to
    the rendering with that part expanded; `event_render` is the object in events where it is another;
    `event_type` is SQL for the type of the event a version makes.
    """

    noun: str
    table: str
    key: str
    created: str
    render: str
    event_type: str
    event_render: str = ""
    hidden_always: str = "false"
    hidden_by_default: str = "false"
    expansions: tuple[tuple[str, str], ...] = ()
    filters: tuple[tuple[str, str], ...] = ()


_FIRST = "visible_at = first_visible_at"

RESOURCES: dict[str, Resource] = {
    "customers": Resource(
        noun="customer",
        table="customers",
        key="customer_id",
        created="created_at",
        render=_CUSTOMER,
        event_type=f"case when is_deleted then 'customer.deleted' when {_FIRST} then 'customer.created'"
        " else 'customer.updated' end",
        hidden_always="is_deleted",
        filters=(("email", "email"),),
    ),
    "subscriptions": Resource(
        noun="subscription",
        table="subscriptions",
        key="subscription_id",
        created="started_at",
        render=_SUBSCRIPTION,
        event_type="case when status = 'canceled' then 'customer.subscription.deleted'"
        f" when {_FIRST} then 'customer.subscription.created' else 'customer.subscription.updated' end",
        hidden_by_default="status = 'canceled'",
        filters=(("customer", "customer_id"), ("status", "status")),
    ),
    "invoices": Resource(
        noun="invoice",
        table="invoices",
        key="invoice_id",
        created="issued_at",
        render=_invoice(is_basil=False),
        event_render=_invoice(is_basil=True),
        event_type=f"case when {_FIRST} then 'invoice.created' when status = 'open' then 'invoice.finalized'"
        " when status = 'paid' then 'invoice.paid' when status = 'void' then 'invoice.voided'"
        " when status = 'uncollectible' then 'invoice.marked_uncollectible' else 'invoice.updated' end",
        filters=(("customer", "customer_id"), ("status", "status"), ("subscription", "subscription_id")),
    ),
    "credit_notes": Resource(
        noun="credit_note",
        table="credit_notes",
        key="credit_note_id",
        created="created_at",
        render=_credit_note(is_basil=False),
        event_render=_credit_note(is_basil=True),
        event_type=f"case when {_FIRST} then 'credit_note.created'"
        " when status = 'void' then 'credit_note.voided' else 'credit_note.updated' end",
        filters=(("customer", "customer_id"), ("invoice", "invoice_id")),
    ),
    "refunds": Resource(
        noun="refund",
        table="refunds",
        key="refund_id",
        created="created_at",
        render=_refund("text_or_null(charge_id)"),
        event_type=f"case when {_FIRST} then 'refund.created' else 'refund.updated' end",
        expansions=(("data.charge", _refund(f"coalesce({_CHARGE}, 'null')")),),
        filters=(("charge", "charge_id"),),
    ),
}
