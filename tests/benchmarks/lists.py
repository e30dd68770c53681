"""One list of each vendor, as our loader and dlt's `rest_api` both read it.

Belongs here: what is asked for. Does not belong here: running it (`throughput.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Read:
    """A list of a vendor as both loaders read it: our table, and for dlt where its records are, what it asks
    and how it comes to the next page. `body` is for a list that is asked for by POST; `token` is the setting
    that holds the bearer's token, empty where one is fetched."""

    table: str
    path: str
    records: str
    paginator: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    token: str = "ACCESS_TOKEN"
    body: Mapping[str, Any] | None = None


def _cursor(path: str, param: str, **more: Any) -> dict[str, Any]:
    return {"type": "cursor", "cursor_path": path, "cursor_param": param, **more}


def _link(path: str) -> dict[str, Any]:
    return {"type": "json_link", "next_url_path": path}


_QUERY: Final = """query feedback($after: ID) {
    feedback(
        first: 1000, after: $after,
        filter: {and: [{fieldIds: ["e_program"], in: ["{survey}"]}]},
        orderBy: [{fieldId: "a_surveyid", direction: ASC}]
    ) { totalCount pageInfo { endCursor hasNextPage } nodes { id {fields} } }
}"""
_ASKED: Final = (
    "e_responsedate e_lastupdated q_recommend q_recommend_why e_invitation_id_txt e_account_id_txt e_program "
    "e_contact_id_txt e_email e_branch_id_txt e_event_datetime e_employee_id_txt e_device_id_txt"
)
VENDORS: Final = {
    "qualtrics": Read(
        "invitations",
        "API/v3/distributions/EMD_1/history",
        "result.elements",
        _link("result.nextPage"),
        token="API_TOKEN",
    ),
    "surveymonkey": Read(
        "responses",
        "v3/surveys/{survey}/responses/bulk",
        "data",
        _link("links.next"),
        {"per_page": 100, "status": "completed", "sort_by": "date_modified", "sort_order": "DESC"},
    ),
    "typeform": Read(
        "responses",
        "forms/{survey}/responses",
        "items",
        _cursor("items[-1].token", "before", stop_after_empty_page=True),
        {"page_size": 1_000, "response_type": "completed"},
    ),
    "medallia": Read(
        "responses",
        "data/v0/query",
        "data.feedback.nodes",
        {
            "type": "cursor",
            "cursor_path": "data.feedback.pageInfo.endCursor",
            "cursor_body_path": "variables.after",
            "has_more_path": "data.feedback.pageInfo.hasNextPage",
        },
        token="",
        body={
            "query": _QUERY.replace(
                "{fields}",
                " ".join(f'{each}: fieldData(fieldId: "{each}") {{ values }}' for each in _ASKED.split()),
            ),
            "variables": {"after": None},
        },
    ),
    "salesforce": Read(
        "account_history",
        "services/data/v62.0/queryAll",
        "records",
        _link("nextRecordsUrl"),
        {
            "q": "SELECT Id, AccountId, Field, OldValue, NewValue, CreatedDate FROM AccountHistory "
            "WHERE Field IN ('Branch__c', 'Region__c', 'Owner', 'Plan__c', 'Lifecycle_Stage__c', "
            "'Status__c') ORDER BY CreatedDate, Id"
        },
        token="",
    ),
    "hubspot": Read(
        "contacts",
        "crm/v3/objects/contacts",
        "results",
        _cursor("paging.next.after", "after"),
        {
            "limit": 100,
            "properties": "associatedcompanyid,email,lastmodifieddate,createdate,hs_merged_object_ids",
        },
    ),
    "zendesk": Read(
        "tickets",
        "api/v2/incremental/tickets/cursor",
        "tickets",
        _cursor("after_cursor", "cursor", stop_after_empty_page=True),
        {"per_page": 1_000, "include": "metric_sets", "start_time": 0},
    ),
    "stripe": Read(
        "invoices",
        "v1/invoices",
        "data",
        _cursor("data[-1].id", "starting_after", has_more_path="has_more"),
        {"limit": 100},
        token="API_KEY",
    ),
    "chargebee": Read(
        "invoices",
        "api/v2/invoices",
        "list",
        _cursor("next_offset", "offset"),
        {"limit": 100, "include_deleted": "true"},
        token="API_KEY",
    ),
}
