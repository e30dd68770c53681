"""What a customer was worth when they answered."""

from typing import Final

from tests.mutation.mutations import Edit, Mutation, change

MODELS: Final = "dbt_project/models/intermediate/billing"
_WHY: Final = "{{ why_nothing_is_given_back('billed.invoice_id', 'known_invoices.invoice_id') }}"
SET_ASIDE: Final = f"        {_WHY} as set_aside_reason\n"
STRIPE: Final = f"{MODELS}/int_stripe_documents__translated.sql"
LINES: Final = f"{MODELS}/int_stripe_invoice_lines__allocated.sql"
DOCUMENTS: Final = "dbt_project/macros/billing_documents.sql"
STATUSES: Final = "dbt_project/seeds/billing_statuses.csv"
RECOGNISED: Final = f"{MODELS}/int_revenue__recognised.sql"
TRAILING: Final = "dbt_project/macros/trailing_revenue.sql"


def kept(kind: str) -> str:
    """Nothing of this kind of document is set aside."""
    nothing = "cast(null as {{ dbt.type_string() }})"
    chosen = "{% if document_kind == '" + kind + "' %}" + nothing + "{% else %}" + _WHY + "{% endif %}"
    return f"        {chosen} as set_aside_reason\n"


MUTATIONS: Final[tuple[Mutation, ...]] = (
    Mutation(
        "revenue_when_invoiced",
        "recognises an annual invoice on the day it is written",
        (
            Edit(DOCUMENTS, "then served_from else", "then issued_at else"),
            Edit(DOCUMENTS, "then served_to else", "then issued_at else"),
        ),
    ),
    change(
        "revenue_with_tax",
        "counts tax as revenue",
        LINES,
        "'invoices.subtotal_minor_amount'",
        "'invoices.total_minor_amount'",
    ),
    change(
        "first_line_only",
        "takes the first line's period for the whole invoice",
        DOCUMENTS,
        "    ) as texts\n",
        "    ) as texts\n    where place = 1\n",
    ),
    change(
        "coupons_are_revenue",
        "leaves out what is on no line",
        DOCUMENTS,
        "(net_amount - lines_amount) * abs(line_amount)",
        "0 * abs(line_amount)",
    ),
    change(
        "drafts_are_revenue",
        "counts drafts",
        STATUSES,
        "invoice,draft,false,false",
        "invoice,draft,true,false",
    ),
    change(
        "notes_of_void_invoices",
        "takes off what a credit note of a void invoice says",
        DOCUMENTS,
        SET_ASIDE,
        kept("credit_note"),
    ),
    change(
        "refunds_of_other_sales",
        "takes off refunds of what was no invoice's",
        DOCUMENTS,
        SET_ASIDE,
        kept("refund"),
    ),
    change(
        "no_refunds",
        "forgets refunds",
        DOCUMENTS,
        "        union all\n        select * from refunds_recognised\n",
        "",
    ),
    change(
        "refunds_twice",
        "takes a refund twice where a credit note names it",
        STRIPE,
        "        and refunds_credited.refund_id is null\n",
        "",
    ),
    change(
        "refunds_with_tax",
        "takes tax off with the refund",
        DOCUMENTS,
        "then {{ amount }} * billed.net_amount / billed.total_amount",
        "then {{ amount }}",
    ),
    change(
        "failed_refunds",
        "takes refunds that never went through",
        STRIPE,
        "lower(latest_refunds.status) = 'succeeded'",
        "latest_refunds.status is not null",
    ),
    Mutation(
        "cents_everywhere",
        "divides every currency by 100",
        (
            Edit("dbt_project/macros/billing_status.sql", "power(10, {{ minor_units }})", "100"),
            Edit(DOCUMENTS, "power(10, minor_units)", "100"),
        ),
    ),
    change(
        "no_exchange",
        "adds dollars to euros",
        RECOGNISED,
        "cast(documents.amount as {{ double() }})\n        * cast(rates.rate_to_reporting as {{ double() }})",
        "cast(documents.amount as {{ double() }})",
    ),
    change(
        "revenue_of_the_merged",
        "leaves revenue with the account that was merged away",
        RECOGNISED,
        "merged.survivor_key as account_key",
        "documents.given_account_key as account_key",
    ),
    change("revenue_of_two_years", "looks back two years", TRAILING, "'day', -365", "'day', -730"),
    change(
        "revenue_to_come",
        "counts revenue that was still to come when the customer answered",
        TRAILING,
        "least(revenue.recognised_to, windows.{{ moment }}) as overlap_to",
        "revenue.recognised_to as overlap_to",
    ),
    change(
        "revenue_of_today",
        "counts what the customer paid after the answer",
        TRAILING,
        "            and windows.{{ moment }} > revenue.recognised_from\n",
        "",
    ),
)
