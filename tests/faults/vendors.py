"""What the tests of faults know of each vendor: a line for each.

Belongs here: where a vendor lists records on several pages, and where it is unlike the others. A vendor of
the registry that has no line here fails `test_matrix.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from demo.server import environment
from demo.vendors import chargebee, hubspot, medallia, scripts, surveymonkey, typeform, zendesk
from demo.vendors.faults import Script
from demo.vendors.hubspot_objects import with_ids_of_hubspot
from tests.faults.outcomes import Outcome

Settings = Callable[[str], dict[str, str]]
Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Vendor:
    """A vendor with a list on several pages.

    `settings` point its loader at a server, on which `prepared` tables of the company are. `listed` is what
    the list's addresses match, and `table` where its records land, read `page` at a time; `wild` are those of
    another list, for records that nobody can ask more about. `needed` are addresses, and a field of their
    records without which nobody can use one. `deleted` is a deletion between two pages, `repeated` a page
    that comes again, and `unlike` are the outcomes that differ from those of most vendors. `way` is one of
    several ways in which the vendor gives its records.
    """

    name: str
    settings: Settings
    listed: str
    table: str
    needed: tuple[str, str]
    page: int = 20
    prepared: Callable[[Tables], Tables] = dict
    deleted: Callable[[str], Script] = lambda path: scripts.refused(path, 400, after=1)
    repeated: Callable[[str], Script] = scripts.repeated_page
    wild: tuple[str, str] | None = None
    way: str = ""
    unlike: dict[str, Outcome] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """How it is called where it is one of many."""
        return f"{self.name} {self.way}".rstrip()


VENDORS: Final = (
    Vendor(
        "qualtrics",
        environment,
        r"/API/v3/distributions$",
        "invitations",
        (r"/history$", "status"),
        5,
        wild=(r"/history$", "invitations"),
    ),
    Vendor(
        "salesforce",
        environment,
        r"/query/01g",
        "account_history",
        (r"/services/data", "Email"),
        unlike={"token expires": Outcome.SAME_LOAD},
    ),
    Vendor(
        "hubspot",
        hubspot.settings,
        r"/objects/contacts$",
        "contacts",
        (r"/objects/contacts$", "properties.email"),
        prepared=with_ids_of_hubspot,
    ),
    Vendor(
        "stripe",
        environment,
        r"/v1/invoices$",
        "invoices",
        (r"/v1/invoices$", "currency"),
        wild=(r"/v1/customers$", "customers"),
    ),
    Vendor(
        "chargebee",
        chargebee.settings,
        r"/api/v2/invoices$",
        "invoices",
        (r"/api/v2/invoices$", "invoice.currency_code"),
    ),
    Vendor(
        "typeform",
        typeform.settings,
        r"/Relationship001/responses$",
        "responses",
        (r"/responses$", "submitted_at"),
    ),
    Vendor(
        "surveymonkey",
        surveymonkey.settings,
        r"/507000001/responses/bulk$",
        "responses",
        (r"/responses/bulk$", "date_created"),
        deleted=scripts.shifted_page,
        unlike={"deletion between pages": Outcome.SAME_LOAD},
    ),
    Vendor(
        "medallia",
        medallia.settings,
        r"/data/v0/query$",
        "responses",
        (r"/data/v0/query$", "e_responsedate"),
        unlike={"token expires": Outcome.SAME_LOAD},
    ),
    Vendor(
        "zendesk",
        zendesk.settings,
        r"/incremental/tickets/cursor$",
        "tickets",
        (r"/incremental/tickets/cursor$", "status"),
    ),
)
#: Salesforce once more, where a query has so many records that each is a job whose pages are CSV. A page has
#: as many rows as its header says, so a doubled row is asked for again, and a column that nobody asked for is
#: a page that cannot be read.
BULK: Final = Vendor(
    "salesforce",
    lambda base_url: environment(base_url) | {"SOURCES__SALESFORCE__BULK_FROM_RECORDS": "0"},
    r"/jobs/query/[^/]+/results$",
    "accounts",
    (r"/jobs/query/[^/]+/results$", "SystemModstamp"),
    repeated=scripts.first_page_again,
    way="bulk",
    unlike={"token expires": Outcome.SAME_LOAD, "new field": Outcome.NEXT_LOAD},
)
COLUMNS: Final = (*VENDORS[:2], BULK, *VENDORS[2:])
#: A database sends no pages: what goes wrong there is tried in tests/ingestion/test_billing_database.py.
OTHER_WAYS: Final = frozenset({"billing_database"})
