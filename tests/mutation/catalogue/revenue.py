"""What a customer was worth when they answered."""

from typing import Final

from tests.mutation.mutations import Edit, Mutation, change

MODELS: Final = "dbt_project/models/intermediate/billing"
SET_ASIDE: Final = (
    "        {{ why_nothing_is_given_back('billed.invoice_id', 'known_invoices.invoice_id') }}"
    " as set_aside_reason\n"
)
KEPT: Final = "        cast(null as {{ dbt.type_string() }}) as set_aside_reason\n"
STRIPE: Final = f"{MODELS}/int_stripe_documents__translated.sql"
LINES: Final = f"{MODELS}/int_stripe_invoice_lines__allocated.sql"
STATUSES: Final = "dbt_project/seeds/billing_statuses.csv"
RECOGNISED: Final = f"{MODELS}/int_revenue__recognised.sql"
TRAILING: Final = "dbt_project/macros/trailing_revenue.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    Mutation(
        "revenue_when_invoiced",
        "recognises an annual invoice on the day it is written",
        (
            Edit(LINES, "then lines.period_start_at else", "then billed.issued_at else"),
            Edit(LINES, "then lines.period_end_at else", "then billed.issued_at else"),
        ),
    ),
    change(
        "revenue_with_tax",
        "counts tax as revenue",
        LINES,
        "cast(billed.subtotal_minor_amount - sizes",
        "cast(billed.total_minor_amount - sizes",
    ),
    change(
        "first_line_only",
        "takes the first line's period for the whole invoice",
        LINES,
        "    from texts\n",
        "    from texts\n    where place = 1\n",
    ),
    change(
        "coupons_are_revenue",
        "leaves out what is on no line",
        LINES,
        "cast(billed.subtotal_minor_amount - sizes.lines_minor_amount as double)",
        "cast(0 as double)",
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
        STRIPE,
        f"{SET_ASIDE}    from credit_notes_issued as notes",
        f"{KEPT}    from credit_notes_issued as notes",
    ),
    change(
        "refunds_of_other_sales",
        "takes off refunds of what was no invoice's",
        STRIPE,
        f"{SET_ASIDE}    from refunds\n    left join refunds_credited",
        f"{KEPT}    from refunds\n    left join refunds_credited",
    ),
    change(
        "no_refunds",
        "forgets refunds",
        STRIPE,
        "    union all\n    select * from refunds_recognised\n",
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
        STRIPE,
        "                    * billed.subtotal_minor_amount / billed.total_minor_amount\n",
        "",
    ),
    change(
        "failed_refunds",
        "takes refunds that never went through",
        STRIPE,
        "lower(refunds.status) = 'succeeded'",
        "refunds.status is not null",
    ),
    change(
        "cents_everywhere",
        "divides every currency by 100",
        STRIPE,
        "power(10, currencies.minor_units)",
        "100",
    ),
    change(
        "no_exchange",
        "adds dollars to euros",
        RECOGNISED,
        "cast(documents.amount as double) * cast(rates.rate_to_reporting as double)",
        "cast(documents.amount as double)",
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
