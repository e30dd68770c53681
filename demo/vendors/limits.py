"""Page sizes and rate limits of the vendor APIs, with the vendors' documented values as defaults.

Belongs here: numbers a test or a benchmark may want to change. Does not belong here: faults
(`demo.vendors.faults`), credentials (`demo.server`).
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Limits:
    """What the vendor APIs allow; every `None` means "no limit".

    `qualtrics_polls` is how often an export at least says `inProgress`; `qualtrics_exports` is exports
    started in a minute of real time; `salesforce_token_calls` is how many calls an access token lives;
    `salesforce_daily_calls` is calls in a day of the simulated clock; `typeform_requests` is requests in a
    second of real time, `surveymonkey_requests` in a minute, `hubspot_requests` in ten seconds and
    `hubspot_searches` in one; `hubspot_results` is how many results of a search can be paged through.
    `salesforce_polls` is how often a job at least says `InProgress`, and `salesforce_bulk_page` how many of
    its rows come at a time.
    `salesforce_bin_days` is how long the recycle bin shows a deleted record, and `hubspot_archive_days` how
    long the archive does (0: never).
    `medallia_requests` is requests in a second of real time, `medallia_token_calls` as of Salesforce,
    `medallia_cost` what a query may cost, and `medallia_hidden` are fields that the client's role may not
    see.
    `zendesk_exports` is incremental exports, `chargebee_requests` requests in a minute of real time.
    """

    qualtrics_page: int = 100
    qualtrics_maximum_page: int = 500
    qualtrics_polls: int = 1
    qualtrics_exports: int | None = None
    salesforce_page: int = 2_000
    salesforce_token_calls: int | None = None
    salesforce_daily_calls: int | None = None
    salesforce_bin_days: int | None = None
    salesforce_polls: int = 1
    salesforce_bulk_page: int = 50_000
    stripe_page: int = 10
    stripe_maximum_page: int = 100
    typeform_requests: int | None = None
    surveymonkey_requests: int | None = None
    hubspot_requests: int | None = None
    hubspot_searches: int | None = None
    hubspot_results: int = 10_000
    hubspot_archive_days: int | None = None
    medallia_requests: int | None = None
    medallia_token_calls: int | None = None
    medallia_cost: int = 3_000_000
    medallia_hidden: frozenset[str] = frozenset()
    zendesk_exports: int | None = None
    chargebee_requests: int | None = None

    def with_maximum_page(self, rows: int) -> "Limits":
        """The same limits, but with pages of up to `rows` rows wherever a client may choose."""
        return replace(self, qualtrics_maximum_page=rows, salesforce_page=rows, stripe_maximum_page=rows)
