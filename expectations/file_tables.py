"""The nine tables that files fill, as docs/how-to/load-files.md tells them to the person who delivers.

Said apart from the loader's own list: a column that is left out of one of the two is a difference. Belongs
here: names, kinds, what must be there and what stands in for it. Does not belong here: how a text is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """What a column holds."""

    TEXT = auto()
    ID = auto()
    NUMBER = auto()
    AMOUNT = auto()
    FLAG = auto()
    MOMENT = auto()
    DAY = auto()


#: Columns in which a date that never comes says that there is no end.
MAY_NEVER_COME = frozenset({"closed_on", "cancelled_at", "period_end"})


@dataclass(frozen=True)
class FileTable:
    """One table: `filled` columns have a value in every row, the `others` may be empty.

    A record is identified by `record_id`, joined by colons; `own_id` is the part that the file gives. Of
    `one_of`, where there are any, each row fills at least one.
    """

    own_id: str
    filled: tuple[str, ...]
    others: tuple[str, ...]
    record_id: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that a file may give."""
        return (*self.filled, *self.others)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that make the record's id."""
        return self.record_id or (self.own_id,)


def kind_of(column: str) -> Kind:
    """What a column of that name holds, in every table."""
    if column == "score":
        return Kind.NUMBER
    if column.endswith("_id"):
        return Kind.ID
    if column.endswith("_at") or column in ("period_start", "period_end"):
        return Kind.MOMENT
    if column.endswith("_on"):
        return Kind.DAY
    if column.endswith("_amount"):
        return Kind.AMOUNT
    if column.startswith("is_") or column == "acquired_by_referral":
        return Kind.FLAG
    return Kind.TEXT


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FILE_TABLES: Mapping[str, FileTable] = {
    "surveys_responses": FileTable(
        "response_id",
        _names("response_id responded_at survey_id question_id"),
        _names(
            "score comment account_id contact_id respondent_email person_id branch_id invitation_id event_at"
            " started_at channel employee_id device_id is_test"
        ),
        record_id=_names("survey_id response_id question_id"),
        defaults={"survey_id": "relationship", "question_id": "nps"},
    ),
    "surveys_invitations": FileTable(
        "invitation_id",
        _names("invitation_id survey_id sent_at"),
        _names("contact_id account_id email status event_id event_at employee_id branch_id"),
    ),
    "surveys_erasures": FileTable(
        "erasure_id",
        _names("erasure_id requested_at"),
        _names("response_id contact_id email person_id source"),
        one_of=_names("response_id contact_id email person_id"),
    ),
    "crm_accounts": FileTable(
        "account_id",
        _names("account_id updated_at"),
        _names(
            "name parent_account_id branch_id region industry plan owner_id lifecycle_stage status created_at"
            " merged_into_id is_deleted acquired_by_referral"
        ),
    ),
    "crm_contacts": FileTable(
        "contact_id",
        _names("contact_id updated_at"),
        _names("account_id email merged_into_id is_deleted created_at"),
    ),
    "crm_branches": FileTable(
        "branch_id", _names("branch_id name"), _names("region owner opened_on closed_on")
    ),
    "billing_subscriptions": FileTable(
        "subscription_id",
        _names("subscription_id account_id status started_at mrr_amount currency updated_at"),
        _names("plan cancelled_at"),
    ),
    "billing_invoices": FileTable(
        "invoice_id",
        _names("invoice_id account_id issued_at status net_amount currency updated_at"),
        _names("tax_amount refunded_amount period_start period_end"),
    ),
    "billing_movements": FileTable(
        "movement_id", _names("movement_id account_id moved_at mrr_amount currency"), _names("kind")
    ),
}
