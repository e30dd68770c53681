"""The nine tables that can come from files: their columns, and what happens if one is empty.

Declares; reads nothing. docs/how-to/load-files.md says the same to the person who delivers the files.
"""

from dataclasses import dataclass

from ingestion.tables import Column, Kind, TableSpec


@dataclass(frozen=True)
class FileTable:
    """A raw table and the inbox folder it is filled from.

    `required` columns must be in the file (or among the mapping's defaults); of these `may_be_empty`
    may still be empty in a row. `defaults` stand in where the file has no such column or value. Of
    `one_of`, where it is not empty, each row must fill at least one.
    """

    family: str
    folder: str
    spec: TableSpec
    may_be_empty: frozenset[str] = frozenset()
    defaults: tuple[tuple[str, str], ...] = ()
    one_of: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The raw table's name: `<family>_<folder>`."""
        return self.spec.name

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns a file may carry, in order."""
        return self.spec.columns[:-1]

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that a file must carry."""
        constants = dict(self.defaults)
        return tuple(
            c.name
            for c in self.columns
            if (c.required or c.name in self.may_be_empty) and c.name not in constants
        )

    @property
    def own_id(self) -> str:
        """The column that identifies a record, for which a mapping may say `@row`."""
        return _OWN_ID[self.folder]

    @property
    def own_moment(self) -> str | None:
        """The column that says when what the record tells of happened; none where records last."""
        return _OWN_MOMENT.get(self.folder)

    @property
    def is_of_events(self) -> bool:
        """Whether a record tells of something that happened once, so that a corrected file may take it back.

        A request to erase holds for good; what lasts is said to be gone by a row.
        """
        return self.folder in ("responses", "invitations", "movements")


SCORE = "score"
#: Where a far year, such as that of 9999-12-31, says that there is no end.
ENDS = ("closed_on", "cancelled_at", "period_end")
#: The names of regions, of which "NA" is one.
REGION = "region"
_KINDS = {SCORE: Kind.DOUBLE, "period_start": Kind.TIMESTAMP, "period_end": Kind.TIMESTAMP}
_OWN_ID = {
    "responses": "response_id",
    "invitations": "invitation_id",
    "erasures": "erasure_id",
    "accounts": "account_id",
    "contacts": "contact_id",
    "branches": "branch_id",
    "subscriptions": "subscription_id",
    "invoices": "invoice_id",
    "movements": "movement_id",
}
_OWN_MOMENT = {
    "responses": "responded_at",
    "invitations": "sent_at",
    "erasures": "requested_at",
    "movements": "moved_at",
}
FILE_NAME = Column("file_name", required=True)


def _kind(name: str) -> Kind:
    if name in _KINDS:
        return _KINDS[name]
    if name.endswith("_at"):
        return Kind.TIMESTAMP
    if name.endswith("_on"):
        return Kind.DATE
    if name.endswith("_amount"):
        return Kind.AMOUNT
    if name.startswith("is_") or name == "acquired_by_referral":
        return Kind.BOOLEAN
    return Kind.TEXT


def _table(
    family: str,
    folder: str,
    required: str,
    optional: str,
    record_id: tuple[str, ...] = (),
    may_be_empty: str = "",
    defaults: tuple[tuple[str, str], ...] = (),
    one_of: tuple[str, ...] = (),
) -> FileTable:
    empty, never_empty = set(may_be_empty.split()), {name for name, _ in defaults}
    columns = [
        *(Column(name, _kind(name), required=name not in empty) for name in required.split()),
        *(Column(name, _kind(name), required=name in never_empty) for name in optional.split()),
    ]
    spec = TableSpec(
        name=f"{family}_{folder}",
        record_id=record_id or (_OWN_ID[folder],),
        columns=(*columns, FILE_NAME),
        version_at=next((column for column in columns if column.name == "updated_at"), None),
    )
    return FileTable(family, folder, spec, frozenset(empty), defaults, one_of)


FILE_TABLES: tuple[FileTable, ...] = (
    _table(
        "surveys",
        "responses",
        "response_id score responded_at",
        "survey_id question_id comment account_id contact_id respondent_email person_id branch_id "
        "invitation_id event_at started_at channel employee_id device_id is_test",
        record_id=("survey_id", "response_id", "question_id"),
        may_be_empty="score",
        defaults=(("survey_id", "relationship"), ("question_id", "nps")),
    ),
    _table(
        "surveys",
        "invitations",
        "invitation_id survey_id sent_at",
        "contact_id account_id email status event_id event_at employee_id branch_id",
    ),
    _table(
        "surveys",
        "erasures",
        "erasure_id requested_at",
        "response_id contact_id email person_id source",
        one_of=("response_id", "contact_id", "email", "person_id"),
    ),
    _table(
        "crm",
        "accounts",
        "account_id updated_at",
        "name parent_account_id branch_id region industry plan owner_id lifecycle_stage status created_at "
        "merged_into_id is_deleted acquired_by_referral",
    ),
    _table(
        "crm",
        "contacts",
        "contact_id updated_at",
        "account_id email merged_into_id is_deleted created_at",
    ),
    _table("crm", "branches", "branch_id name", "region owner opened_on closed_on"),
    _table(
        "billing",
        "subscriptions",
        "subscription_id account_id status started_at mrr_amount currency updated_at",
        "plan cancelled_at",
    ),
    _table(
        "billing",
        "invoices",
        "invoice_id account_id issued_at status net_amount currency updated_at",
        "tax_amount refunded_amount period_start period_end",
    ),
    _table("billing", "movements", "movement_id account_id moved_at mrr_amount currency", "kind"),
)
