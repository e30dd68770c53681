"""Where each column of the vendors' raw tables is in the payload, said apart from the loaders.

Belongs here: paths and kinds. Does not belong here: columns that are worked out of several values (a month's
price, a question's scale, a translated score), which the recount works out again; how values are read at
their paths (`payloads`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """How a value is written in the payload."""

    AS_IT_IS = auto()
    FLAG = auto()  # true and false, or 1 and 0
    MOMENT = auto()  # ISO 8601; "" where there is none
    SECONDS = auto()  # since 1970
    DAY = auto()  # ISO 8601
    TEXT = auto()  # whatever it is, in JSON's words
    NOT_REAL = auto()  # Qualtrics' status, of whose bits some say that nobody answered


class Field(NamedTuple):
    """A value at the first of the dotted `paths` that has one, or at `keys`, which may hold dots."""

    kind: Kind
    paths: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @property
    def steps(self) -> list[tuple[str, ...]]:
        """The keys and list places of each path; `.` is the whole record. Qualtrics' values are flat."""
        if self.keys:
            return [self.keys]
        divided = (path.split(".", 1 if path.startswith("values.") else -1) for path in self.paths)
        return [tuple(filter(None, steps)) for steps in divided]


Fields = Mapping[str, Field]
VendorFields = Mapping[str, Mapping[str, Fields]]

#: Column of Qualtrics' answers → the key of embedded data that it is read from, unless configured otherwise.
EMBEDDED_DATA: Mapping[str, str] = {
    "invitation_id": "InvitationId",
    "account_id": "AccountId",
    "contact_id": "ContactId",
    "respondent_email": "Email",
    "branch_id": "BranchId",
    "event_at": "EventAt",
    "employee_id": "EmployeeId",
    "device_id": "DeviceId",
}


def vendor_fields(
    embedded_data: Mapping[str, str] | None = None,
    salesforce_fields: Mapping[str, Mapping[str, str]] | None = None,
) -> VendorFields:
    """Vendor → table → column → field.

    `embedded_data` are Qualtrics' keys and `salesforce_fields` Salesforce's names (table → column → name),
    where they are configured; a column without a name is not sent.
    """
    keys = {**EMBEDDED_DATA, **(embedded_data or {})}
    embedded = {
        column: Field(Kind.MOMENT if column == "event_at" else Kind.AS_IT_IS, (f"values.{key}",))
        for column, key in keys.items()
    }
    names = salesforce_fields or {}
    renamed = {
        table: {
            column: field._replace(paths=(name,)) if name else field
            for column, field in fields.items()
            if (name := names.get(table, {}).get(column)) != ""
        }
        for table, fields in _FIELDS["salesforce"].items()
    }
    answers = {**_FIELDS["qualtrics"]["responses"], **embedded}
    return {**_FIELDS, "qualtrics": {**_FIELDS["qualtrics"], "responses": answers}, "salesforce": renamed}


def for_the_recount(fields: VendorFields) -> VendorFields:
    """The same with columns that are not in the raw tables: those that files have under another name or in
    another form, and whole parts of a record that mean something together."""
    net = "net=total_excluding_tax|subtotal_excluding_tax|subtotal"  # after discounts and before tax
    more = {
        ("qualtrics", "responses"): {
            **_fields("responded_at=values.recordedDate channel=values.distributionChannel score=values"),
            "is_test": Field(Kind.NOT_REAL, ("values.status",)),
        },
        ("qualtrics", "invitations"): {
            # only whether anything is there is asked
            "reached_at": Field(Kind.AS_IT_IS, ("openedAt", "responseStartedAt", "responseCompletedAt"))
        },
        ("qualtrics", "questions"): _fields("definition=."),
        ("stripe", "invoices"): _fields(f"{net} lines=lines.data"),
        ("stripe", "credit_notes"): _fields(f"{net} refund=refund.id|refund refunds=refunds"),
        ("stripe", "refunds"): _fields(
            "invoice_id=charge.invoice.id|charge.invoice customer_id=charge.customer.id|charge.customer"
        ),
    }
    return {
        vendor: {table: {**of, **more.get((vendor, table), {})} for table, of in tables.items()}
        for vendor, tables in fields.items()
    }


def _fields(declared: str, moments: Kind = Kind.MOMENT) -> Fields:
    """`column=path|other.path …`; the column's name tells the kind, `moments` how a vendor writes them."""
    columns = (each.partition("=") for each in declared.split())
    return {name: Field(_kind(name, moments), tuple(paths.split("|"))) for name, _, paths in columns}


def _kind(column: str, moments: Kind) -> Kind:
    if column.endswith("_at"):
        return moments
    if column.startswith("is_"):
        return Kind.FLAG
    return Kind.DAY if column.endswith("_on") else Kind.AS_IT_IS


_FIELDS: Mapping[str, Mapping[str, Fields]] = {
    "qualtrics": {
        "surveys": _fields("survey_id=id name=name is_active=isActive last_modified_at=lastModified"),
        "questions": _fields(
            "question_id=QuestionID question_text=QuestionText question_type=QuestionType selector=Selector"
        ),
        "responses": _fields(
            "response_id=responseId status=values.status is_finished=values.finished "
            "progress=values.progress duration_seconds=values.duration started_at=values.startDate "
            "ended_at=values.endDate recorded_at=values.recordedDate "
            "last_modified_at=values.lastModifiedDate version_at=values.lastModifiedDate "
            "distribution_channel=values.distributionChannel user_language=values.userLanguage "
            "external_reference=values.externalDataReference"
        ),
        "invitations": _fields(
            "invitation_id=id distribution_id=distributionId contact_id=contactId email=contact.email "
            "status=status sent_at=sentAt opened_at=openedAt started_at=responseStartedAt "
            "finished_at=responseCompletedAt response_id=responseId channel=distributionChannel"
        ),
    },
    "salesforce": {
        "accounts": _fields(
            "account_id=Id name=Name parent_account_id=ParentId branch_id=Branch__c owner_id=OwnerId "
            "plan=Plan__c industry=Industry region=Region__c lifecycle_stage=Lifecycle_Stage__c "
            "status=Status__c acquired_by_referral=Acquired_By_Referral__c created_at=CreatedDate "
            "is_deleted=IsDeleted merged_into_id=MasterRecordId version_at=SystemModstamp"
        ),
        "account_history": _fields(
            "history_id=Id account_id=AccountId field=Field old_value=OldValue new_value=NewValue "
            "changed_at=CreatedDate version_at=CreatedDate"
        ),
        "contacts": _fields(
            "contact_id=Id account_id=AccountId email=Email created_at=CreatedDate is_deleted=IsDeleted "
            "merged_into_id=MasterRecordId version_at=SystemModstamp"
        ),
        "users": _fields(
            "user_id=Id name=Name email=Email is_active=IsActive branch_id=Branch__c user_type=UserType "
            "version_at=SystemModstamp"
        ),
        "branches": _fields(
            "branch_id=Id name=Name region=Region__c owner_id=OwnerId opened_on=Opened_On__c "
            "closed_on=Closed_On__c version_at=SystemModstamp"
        ),
    },
    "stripe": {
        "customers": _fields(
            "customer_id=id email=email name=name account_id=metadata.account_id created_at=created",
            Kind.SECONDS,
        ),
        "subscriptions": _fields(
            "subscription_id=id customer_id=customer.id|customer status=status "
            "plan=items.data.0.price.nickname|items.data.0.price.lookup_key currency=currency "
            "started_at=start_date cancelled_at=ended_at|canceled_at",
            Kind.SECONDS,
        ),
        "invoices": _fields(
            "invoice_id=id customer_id=customer.id|customer "
            "subscription_id=subscription.id|subscription|parent.subscription_details.subscription "
            "status=status currency=currency total_minor=total "
            "issued_at=status_transitions.finalized_at|created",
            Kind.SECONDS,
        ),
        "credit_notes": _fields(
            "credit_note_id=id invoice_id=invoice.id|invoice customer_id=customer.id|customer status=status "
            "currency=currency created_at=created",
            Kind.SECONDS,
        ),
        "refunds": _fields(
            "refund_id=id charge_id=charge.id|charge customer_id=charge.customer invoice_id=charge.invoice "
            "status=status currency=currency amount_minor=amount created_at=created",
            Kind.SECONDS,
        ),
    },
}
